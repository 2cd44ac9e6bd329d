package io.heddle.http.security;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExposureCheckTest {

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.8.9.1", "localhost", "::1", "[::1]", "0:0:0:0:0:0:0:1"})
    void staysOnThisMachine(String host) {
        assertThat(ExposureCheck.isLoopback(host)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "::",
                "[::]",
                "10.0.0.1",
                "192.168.1.4",
                "fe80::1",
                "",
                " ",
                "nowhere.invalid",
                "::ffff:10.0.0.1"
            })
    void isSeenByOthers(String host) {
        assertThat(ExposureCheck.isLoopback(host)).isFalse();
    }
}
