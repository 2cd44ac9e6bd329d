package io.heddle.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.testsupport.CommandLine;
import io.heddle.testsupport.PackagedService;
import io.heddle.testsupport.TokenIssuer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
