package io.heddle.http;

import static io.restassured.RestAssured.given;
import static io.restassured.RestAssured.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.testsupport.BrokerResource;
import io.heddle.testsupport.CommandLine;
import io.heddle.testsupport.CommandLine.Ended;
import io.heddle.testsupport.CommandLine.Running;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code heddle holds run}: however the command or the hold ends, the exit code is the documented one and nothing stays held. */
@QuarkusTest
@QuarkusTestResource(BrokerResource.class)
class CommandLineRunTest {

    private static final Duration SOON = Duration.ofSeconds(60);
    /** Without a terminal that would send its signals to the command, too, and without signals that this JVM blocks. */
    private static final List<String> IN_A_NEW_SESSION = List.of(CommandLine.PYTHON, "-c", """
            import os, signal, sys
            os.setsid()
            signal.pthread_sigmask(signal.SIG_SETMASK, [])
            os.execvp(sys.argv[1], sys.argv[1:])""");

    @TestHTTPResource
    URI service;

    @TempDir
    Path directory;

    private CommandLine heddle;
    private Path started;
    private Path go;

    @BeforeEach
    void begin() {
        heddle = new CommandLine("http://" + service.getAuthority());
        started = directory.resolve("started");
        go = directory.resolve("go");
    }

    @Test
    void aLostHoldIsNotAcquiredAgain() throws Exception {
        try (Running watching = heddle.start("holds", "watch", "--json");
                Running running =
                        heddle.start("holds", "run", "/run/forced", "--ttl", "3s", "--", "sh", "-c", untilKilled())) {
            await().atMost(SOON)
                    .until(() -> Files.exists(started) && watching.out().contains("/run/forced"));

            forceRelease("/run/forced");
            Ended ended = running.end();
            hold("/run/after", "another", "1s");
            await().atMost(SOON).until(() -> watching.out().contains("/run/after"));

            assertThat(ended.code()).isEqualTo(75);
            assertThat(ended.err())
                    .contains("/run/forced was lost")
                    .contains("released or expired")
                    .hasLineCount(1);
            assertThat(holder("/run/forced")).isNull();
            assertThat(watching.out()
                            .lines()
                            .filter(line -> line.contains("/run/forced") && line.contains("announced")))
                    .as("announcements other than renewals")
                    .filteredOn(line -> line.contains("\"renewal\":false"))
                    .hasSize(1);
        }
    }

    @Test
    void aHoldThatIsLostRightBeforeTheEndIsReported() throws Exception {
        try (Running running = heddle.start("holds", "run", "/run/late", "--ttl", "1m", "--", "sh", "-c", untilGo())) {
            await().atMost(SOON).until(() -> Files.exists(started));

            forceRelease("/run/late");
            Files.createFile(go);
            Ended ended = running.end();

            assertThat(ended.code()).isEqualTo(75);
            assertThat(ended.err()).contains("/run/late was lost").hasLineCount(1);
        }
    }

    @Test
    void aHoldOfAnotherClientOfTheSameNameStays() throws Exception {
        heddle.with("HEDDLE_AGENT", "shared");
        try (Running running =
                heddle.start("holds", "run", "/run/shared", "--ttl", "3s", "--", "sh", "-c", untilKilled())) {
            await().atMost(SOON).until(() -> Files.exists(started));

            forceRelease("/run/shared");
            hold("/run/shared", "shared", "1m");

            assertThat(running.end().code()).isEqualTo(75);
            assertThat(holder("/run/shared")).isEqualTo("shared");
        }
    }

    @ParameterizedTest
    @CsvSource({"HUP, 129", "INT, 130", "QUIT, 131", "TERM, 143", "USR1, 138", "ALRM, 142"})
    void aSignalGoesToTheCommand(String signal, int code) throws Exception {
        String path = "/run/signal/" + signal;
        try (Running ends = heddle.startBy(IN_A_NEW_SESSION, "holds", "run", path, "--", "sh", "-c", untilKilled());
                Running handles =
                        heddle.startBy(IN_A_NEW_SESSION, "holds", "run", path + "/2", "--", "bash", "-c", """
                                trap 'exit 7' %s; touch %s.2; while true; do sleep 0.1; done""".formatted(
                                        signal, started))) {
            await().atMost(SOON).until(() -> Files.exists(started) && Files.exists(Path.of(started + ".2")));

            ends.signal(signal);
            handles.signal(signal);

            assertThat(ends.end()).isEqualTo(new Ended(code, "", ""));
            assertThat(handles.end()).isEqualTo(new Ended(7, "", ""));
            assertThat(holder(path)).isNull();
            assertThat(holder(path + "/2")).isNull();
        }
    }

    @Test
    void theCommandsEndIsOurs() throws Exception {
        Path plain = Files.writeString(directory.resolve("plain"), "");

        assertThat(heddle.run("holds", "run", "/run/end", "--", "sh", "-c", "kill -KILL $$")
                        .code())
                .isEqualTo(137);
        assertThat(heddle.run("holds", "run", "/run/end", "--", "sh", "-c", "exit 3"))
                .isEqualTo(new Ended(3, "", ""));
        Ended missing = heddle.run("holds", "run", "/run/end", "--", directory + "/missing");
        Ended notExecutable = heddle.run("holds", "run", "/run/end", "--", plain.toString());

        assertThat(missing.code()).isEqualTo(127);
        assertThat(missing.err()).startsWith("heddle: ").contains("missing").hasLineCount(1);
        assertThat(notExecutable.code()).isEqualTo(126);
        assertThat(holder("/run/end")).isNull();
    }

    @Test
    void aReaderThatEndsDoesNotLeaveTheFileHeld() throws Exception {
        Ended ended = heddle.runBy(
                "set -o pipefail; \"$@\" | head -n 1; exit ${PIPESTATUS[0]}", "holds", "run", "/run/pipe", "--", "yes");

        assertThat(ended).isEqualTo(new Ended(141, "y\n", ""));
        assertThat(holder("/run/pipe")).isNull();
    }

    private String untilKilled() {
        return "touch " + started + "; exec sleep 600";
    }

    private String untilGo() {
        return "touch " + started + "; while [ ! -e " + go + " ]; do sleep 0.05; done";
    }

    private static void hold(String path, String agent, String ttl) {
        given().contentType("application/json")
                .body("{\"agent_id\": \"" + agent + "\", \"ttl\": \"" + ttl + "\"}")
                .put("/api/v1/holds?path=" + path)
                .then()
                .statusCode(200);
    }

    private static void forceRelease(String path) {
        given().delete("/api/v1/holds?force=true&path=" + path).then().statusCode(200);
    }

    private static String holder(String path) {
        return when().get("/api/v1/holds?path=" + path).path("agent_id");
    }
}
