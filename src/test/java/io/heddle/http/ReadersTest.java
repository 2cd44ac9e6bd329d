package io.heddle.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.heddle.http.hold.HoldBody.Announce;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a caller sends too much of costs neither time nor a long answer. */
class ReadersTest {

    private static final Duration SOON = Duration.ofSeconds(2);

    @Test
    void aQueryOfNothingButSeparatorsTakesNoTime() {
        String raw = "&".repeat(1_000_000);

        assertThat(assertTimeoutPreemptively(SOON, () -> Query.of(raw).has("path")))
                .isFalse();
    }

    @Test
    void aKeyMayHaveAnyNumberOfDots() {
        String key = "a" + ".a".repeat(100_000);

        assertThat(Query.key("key", key)).isEqualTo(key);
        for (String wrong : List.of("", ".", ".a", "a.", "a..b", "a*", "a b", "a>")) {
            assertThatThrownBy(() -> Query.key("key", wrong)).isInstanceOf(BadFieldException.class);
        }
    }

    @Test
    void aDurationOfAMillionPartsIsRefusedUnread() {
        String text = "1s".repeat(1_000_000);

        assertThatThrownBy(() -> Durations.parse("ttl", text))
                .isInstanceOf(BadFieldException.class)
                .hasNoCause();
    }

    @Test
    void aRefusalRepeatsOnlyABeginning() {
        byte[] body = ("{\"ttl\":[\"" + "x".repeat(100_000) + "\"]}").getBytes(StandardCharsets.UTF_8);
        String name = "n".repeat(100_000);

        var ofBody = catchThrowableOfType(BadFieldException.class, () -> JsonBody.read(body, Announce.class));
        var ofQuery = catchThrowableOfType(BadFieldException.class, () -> Query.of(name + "&" + name));

        assertThat(ofBody.problem().detail()).hasSizeLessThan(600);
        assertThat(ofQuery.problem().detail()).hasSizeLessThan(600);
        assertThat(ofQuery.problem().field()).hasSizeLessThan(100);
    }
}
