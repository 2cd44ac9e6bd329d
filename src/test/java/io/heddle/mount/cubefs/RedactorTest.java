package io.heddle.mount.cubefs;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.mount.CubeFs;
import io.heddle.mount.Secret;
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
