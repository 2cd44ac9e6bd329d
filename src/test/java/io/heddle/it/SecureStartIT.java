package io.heddle.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.testsupport.CommandLine;
import io.heddle.testsupport.PackagedService;
import io.heddle.testsupport.SelfSigned;
import io.heddle.testsupport.TokenIssuer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The packaged service on an address that the network sees: safe, or not started. */
class SecureStartIT {

    private static final Duration SOON = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private PackagedService service;

    @BeforeEach
    void begin() {
        // No broker: it is not needed to decide.
        service = new PackagedService(directory.resolve("service.log"))
                .set("quarkus.http.host", "0.0.0.0")
                .set("heddle.nats.servers", "nats://127.0.0.1:1")
                .set("heddle.mounts.state-dir", directory.resolve("state").toString());
    }

    @AfterEach
    void end() {
        service.close();
    }

    @Test
    void refusesWithoutSecurity() {
        service.start();

        refused("HDL0500", "heddle.security.mode=jwt", "heddle.security.allow-insecure=true");
    }

    @Test
    void startsWithoutSecurityWhenThatIsAccepted() {
        service.set("heddle.security.allow-insecure", "true").start();

        await().atMost(SOON)
                .until(() ->
                        service.get("/api/v1/session").path("mode").asText().equals("none"));
    }

    @Test
    void refusesTokensWithoutAKey() {
        service.set("heddle.security.mode", "jwt").start();

        refused("HDL0570", "mp.jwt.verify.publickey.location");
    }

    @ParameterizedTest
    @CsvSource({"mp.jwt.verify.issuer, https://issuer.test", "mp.jwt.verify.audiences, heddle"})
    void refusesTokensOfAnyIssuerOrForAnyService(String given, String value) throws Exception {
        Path key = Files.writeString(directory.resolve("issuer.pem"), new TokenIssuer().pem());
        service.set("heddle.security.mode", "jwt")
                .set("mp.jwt.verify.publickey.location", key.toString())
                .set(given, value)
                .start();

        refused("HDL0573", "mp.jwt.verify.issuer", "mp.jwt.verify.audiences");
    }

    /** The port for TLS answers from the first moment that readiness is UP on the other one. */
    @Test
    void isReadyWhenBothPortsAnswer() throws Exception {
        SelfSigned certificate = SelfSigned.in(directory, "dns:localhost");
        int tls = freePort();
        service.set("quarkus.http.host", "127.0.0.1")
                .set("quarkus.http.ssl-port", Integer.toString(tls))
                .set(
                        "quarkus.http.ssl.certificate.files",
                        certificate.certificate().toString())
                .set("quarkus.http.ssl.certificate.key-files", certificate.key().toString())
                .set("quarkus.http.insecure-requests", "enabled")
                .start();

        await().atMost(SOON).pollInterval(Duration.ofMillis(2)).until(this::serversAreUp);

        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), tls)) {
            assertThat(socket.isConnected()).isTrue();
        }
    }

    /** The other checks need the broker. */
    private boolean serversAreUp() {
        return StreamSupport.stream(
                        service.get("/q/health/ready").path("checks").spliterator(), false)
                .anyMatch(check -> check.path("name").asText().equals("servers")
                        && check.path("status").asText().equals("UP"));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    @Test
    void refusesAKeyThatIsNotThere() {
        service.set("heddle.security.mode", "jwt")
                .set(
                        "mp.jwt.verify.publickey.location",
                        directory.resolve("none.pem").toString())
                .start();

        refused("mp.jwt.verify.publickey.location", "none.pem");
    }

    @Test
    void refusesAModeThatItDoesNotKnow() {
        service.set("heddle.security.mode", "basic").start();

        refused("heddle.security.mode", "basic");
    }

    @Test
    void asksForATokenAndTakesAGoodOne() throws Exception {
        TokenIssuer issuer = new TokenIssuer();
        Path key = Files.writeString(directory.resolve("issuer.pem"), issuer.pem());
        service.set("heddle.security.mode", "jwt")
                .set("mp.jwt.verify.publickey.location", key.toString())
                .set("mp.jwt.verify.issuer", TokenIssuer.ISSUER)
                .set("mp.jwt.verify.audiences", TokenIssuer.AUDIENCE)
                .start();
        await().atMost(SOON)
                .until(() ->
                        service.get("/api/v1/session").path("mode").asText().equals("jwt"));
        CommandLine heddle = new CommandLine("http://127.0.0.1:" + service.port());
        Path token = Files.writeString(directory.resolve("token"), issuer.token("agent-7", "holds:write") + "\n");

        var without = heddle.run("holds", "announce", "/x", "--agent", "agent-7");
        var otherName = heddle.run("--token-file", token.toString(), "holds", "announce", "/x", "--agent", "agent-8");
        var ownName = heddle.run("--token-file", token.toString(), "holds", "announce", "/x", "--agent", "agent-7");

        assertThat(without.code()).isEqualTo(77);
        assertThat(otherName.code()).isEqualTo(77);
        assertThat(ownName.code())
                .as("let in, and told that there is no broker")
                .isEqualTo(69);
        assertThat(ownName.err()).contains("broker");
    }

    private void refused(String... reasons) {
        assertThat(service.exitCode()).isNotZero();
        assertThat(service.output()).contains(reasons);
    }
}
