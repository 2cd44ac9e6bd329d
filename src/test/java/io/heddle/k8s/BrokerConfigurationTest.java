package io.heddle.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testsupport.NatsServer;
import io.heddle.testsupport.SelfSigned;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The broker's configuration is one that a nats-server takes. */
class BrokerConfigurationTest {

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"k8s/overlays/dev", "k8s/overlays/prod"})
    void aServerTakesIt(String overlay) throws Exception {
        String configuration = configuration(overlay);

        String answer = checked(configuration);

        assertThat(answer).contains("configuration file").contains("is valid");
    }

    @Test
    void prodWaitsForTheDiskAndForTls() throws Exception {
        String configuration = configuration("k8s/overlays/prod");

        assertThat(configuration).contains("sync_interval: always").contains("verify: true");
        assertThat(checked(configuration.replace("sync_interval: always", "sync_interval: sometimes")))
                .as("this check can fail")
                .doesNotContain("is valid");
    }

    /** With the paths of this test in place of the container's. */
    private String configuration(String overlay) {
        return Manifests.rendered(overlay)
                .config("nats-config")
                .get("nats.conf")
                .replace("/etc/nats", directory.toString())
                .replace("/data", directory.resolve("data").toString())
                .replace("/run/nats", directory.toString());
    }

    private String checked(String configuration) throws Exception {
        Path tls = Files.createDirectories(directory.resolve("tls"));
        if (!Files.exists(tls.resolve("tls.crt"))) {
            SelfSigned identity = SelfSigned.in(tls, "dns:nats", "dns:*.nats-headless");
            Files.copy(identity.certificate(), tls.resolve("tls.crt"));
            Files.copy(identity.certificate(), tls.resolve("ca.crt"));
            Files.copy(identity.key(), tls.resolve("tls.key"));
        }
        Path accounts = Files.createDirectories(directory.resolve("accounts"));
        Files.writeString(
                accounts.resolve("accounts.conf"),
                "accounts { HEDDLE { jetstream: enabled, users: [ { user: a, password: b } ] } }");
        Path file = Files.writeString(directory.resolve("nats.conf"), configuration);
        ProcessBuilder server =
                new ProcessBuilder(NatsServer.binary(), "-t", "--config", file.toString()).redirectErrorStream(true);
        server.environment().put("POD_NAME", "nats-0");
        return new String(server.start().getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
