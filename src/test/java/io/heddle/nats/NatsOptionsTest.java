package io.heddle.nats;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NatsOptionsTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Unable to connect to NATS servers: [nats://user:SEKRET@h:4222]",
                "nats://user:pa@SEKRET@h:4222",
                "nats://user:pa/SEKRET@h:4222",
                "Illegal character in authority at index 7: nats://user:pa SEKRET@h:4222",
                "nats://SEKRET@h1,nats://user:SEKRET@h2",
            })
    void showsNoPartOfACredentialInAnAddress(String text) {
        assertThat(NatsOptions.redact(text)).doesNotContain("SEKRET").contains("://***@h");
    }
}
