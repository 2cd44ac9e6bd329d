package io.heddle.nats;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServerVersionTest {

    @ParameterizedTest
    @CsvSource({
        "2.15.1, 2.15.1, true",
        "v2.12.0, 2.12.0, true",
        "2.12.0-RC.3, 2.12.0, true",
        "2.12, 2.12.0, true",
        "3.0.0, 3.0.0, true",
        "2.11.9, 2.11.9, false",
        "2.9.10, 2.9.10, false",
        "gibberish, 0.0.0, false"
    })
    void readsVersionsAndJudgesThem(String text, String shown, boolean safe) {
        ServerVersion version = ServerVersion.parse(text);

        assertThat(version).hasToString(shown);
        assertThat(version.isSafe()).isEqualTo(safe);
    }
}
