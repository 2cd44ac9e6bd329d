package io.heddle.mount.cubefs.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.heddle.mount.Secret;
import io.heddle.mount.cubefs.CubeFs;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedactorTest {

    private static final String SECRET = "p\"a/\\b\n<\u00e9";

    private final Redactor redactor =
            Redactor.of(new CubeFs("v", List.of("m:1"), "o", Secret.of("access-1"), Secret.of(SECRET), ""));

    @ParameterizedTest
    @ValueSource(
            strings = {
                SECRET,
                "p\\\"a/\\\\b\\n<\u00e9",
                "p\\\"a\\/\\\\b\\n\\u003c\\u00e9",
                "\\u0070\\u0022\\u0061\\u002F\\u005C\\u0062\\u000a\\u003C\\u00E9",
                "p\\\\\\\"a/\\\\\\\\b\\\\n<\u00e9",
                "p%22a%2F%5cb%0A%3c\u00e9",
                "p%22a/%5Cb%0A%3C%C3%A9",
                "p\\\"a/\\\\b\\n<\\u00e9",
                "p\\x22a/\\x5cb\\x0a<\\U000000e9",
            })
    void findsASecretInEveryFormThatItMayTake(String shown) {
        assertThat(redactor.redact("before " + shown + " after")).isEqualTo("before *** after");
    }

    @Test
    void hidesTheAccessKeyToo() {
        assertThat(redactor.redact("user access-1: denied")).isEqualTo("user ***: denied");
    }

    @Test
    void hidesTheBeginningOfASecretAtTheEndOfWhatWasWritten() {
        assertThat(redactor.redact("token acces")).isEqualTo("token ***");
    }

    @ParameterizedTest
    @ValueSource(strings = {"p\\\"a", "p\\\"a/\\", "p%22a%2", "p\\u0022a\\u00", "p\"a/\\b\n<\ufffd"})
    void hidesTheBeginningAlsoWhenItIsCutWithinACharacter(String beginning) {
        assertThat(redactor.redact("token " + beginning)).isEqualTo("token ***");
    }

    /** There are millions of ways to divide a row of backslashes among those of a secret. */
    @Test
    void aRowOfBackslashesTakesNoTime() {
        String row = "\\".repeat(30);
        Redactor ofRow = Redactor.of(new CubeFs("v", List.of("m:1"), "o", Secret.NONE, Secret.of(row + "a"), ""));

        String shown = assertTimeoutPreemptively(
                Duration.ofSeconds(10), () -> ofRow.redact(row + row + "\n" + "\\".repeat(60_000) + "\n" + row + "a"));

        assertThat(shown).endsWith("\n***");
    }

    @Test
    void hidesWhatIsCalledAKeyWhateverItIs() {
        assertThat(redactor.redact("{\"secretKey\":\"other\",\"volName\":\"v\"} access_key=xyz secretKey(abc)"))
                .isEqualTo("{\"secretKey\":\"***\",\"volName\":\"v\"} access_key=*** secretKey(***)");
    }

    @Test
    void leavesOtherTextAlone() {
        assertThat(redactor.redact("volume v: no such volume")).isEqualTo("volume v: no such volume");
    }

    @Test
    void showsNothingWhenTheSecretsAreNotKnown() {
        assertThat(Redactor.HIDE_ALL.redact("anything")).isEmpty();
    }
}
