package io.heddle.mount;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.text.Text;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules as they are written down, in the slow way, must say the same of every text. */
class ShareTextTest {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
    private static final Pattern MASTER =
            Pattern.compile("(?:[A-Za-z0-9][A-Za-z0-9._-]*|\\[[0-9A-Fa-f:.]+\\]):([0-9]{1,5})");
    private static final String ALPHABET = "aZ09fG._-:[]/ \n\u0000\u0085\u00e9\ud83d\ude00";
    private static final int TEXTS = 200_000;

    @Test
    void saysWhatTheRulesSay() {
        long seed = Long.getLong("heddle.test.seed", System.nanoTime());
        Random random = new Random(seed);
        for (int i = 0; i < TEXTS; i++) {
            String text = text(random);
            String what = "-Dheddle.test.seed=" + seed + ": " + text;
            var master = MASTER.matcher(text);
            assertThat(ShareText.isName(text))
                    .as(what)
                    .isEqualTo(NAME.matcher(text).matches());
            assertThat(ShareText.isHostAndPort(text))
                    .as(what)
                    .isEqualTo(master.matches() && Integer.parseInt(master.group(1)) <= 65_535);
            assertThat(Text.flaw(text) == null).as(what).isEqualTo(!Text.hasControl(text) && Text.isUnicode(text));
            assertThat(Text.hasControl(text)).as(what).isEqualTo(text.chars().anyMatch(Character::isISOControl));
            assertThat(Text.isUnicode(text))
                    .as(what)
                    .isEqualTo(StandardCharsets.UTF_8.newEncoder().canEncode(text));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a:1", "host.example:65535", "10.9.0.1:17010", "[::1]:17010", "[fe80::1.2.3.4]:0", "1:00001"})
    void anAddress(String text) {
        assertThat(ShareText.isHostAndPort(text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                "a",
                "a:",
                ":1",
                "a:65536",
                "a:000001",
                "a:1a",
                "[]:1",
                "[::1:1",
                "::1:1",
                "a b:1",
                "-a:1",
                "[g]:1"
            })
    void noAddress(String text) {
        assertThat(ShareText.isHostAndPort(text)).isFalse();
    }

    @Test
    void aNameHas128CharactersAtMost() {
        assertThat(ShareText.isName("n".repeat(128))).isTrue();
        assertThat(ShareText.isName("n".repeat(129))).isFalse();
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int length = random.nextInt(10); length > 0; length--) {
            text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return random.nextBoolean() ? text.toString() : text + ":" + random.nextInt(100_000);
    }
}
