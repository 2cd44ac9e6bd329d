package io.heddle.http;

import static io.restassured.RestAssured.given;
import static io.restassured.RestAssured.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.testsupport.BrokerResource;
import io.heddle.testsupport.CommandLine;
import io.heddle.testsupport.CommandLine.Ended;
import io.heddle.testsupport.CommandLine.Running;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line as people and programs use it: in real processes, with a real service and in a terminal. */
@QuarkusTest
@QuarkusTestResource(BrokerResource.class)
class CommandLineTest {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TestHTTPResource
    URI here;

    @ConfigProperty(name = "heddle.mounts.allowed-roots")
    Path shares;

    @TempDir
    Path directory;

    private CommandLine heddle;

    @BeforeEach
    void begin() {
        heddle = new CommandLine("http://" + here.getAuthority());
    }

    @Test
    void announcesListsAndReleases() throws Exception {
        Ended announced = heddle.run("holds", "announce", "/cli/a b", "--agent", "one", "--ttl", "2m");
        Ended refused = heddle.run("holds", "announce", "/cli/a b", "--agent", "two");
        Ended listed = heddle.run("holds", "ls", "--prefix", "/cli", "--agent", "one");
        Ended json = heddle.run("holds", "ls", "--prefix", "/cli", "--json");
        Ended released = heddle.run("holds", "release", "/cli/a b", "--agent", "one");
        Ended again = heddle.run("holds", "release", "/cli/a b", "--agent", "one");

        assertThat(announced.code()).isZero();
        assertThat(announced.out()).contains("PATH", "/cli/a b", "one");
        assertThat(refused.code()).isEqualTo(75);
        assertThat(refused.err()).startsWith("heddle: ").contains("one").doesNotContain("Traceback");
        assertThat(listed.out().lines()).hasSize(2);
        assertThat(tree(json.out()).get(0).path("token").asLong()).isPositive();
        assertThat(released).isEqualTo(new Ended(0, "released\n", ""));
        assertThat(again).isEqualTo(new Ended(0, "nothing to release\n", ""));
    }

    @Test
    void ofSeveralFilesAllAreHeldOrNone() throws Exception {
        Ended both = heddle.run("holds", "announce", "/cli/m/a", "--agent", "one", "/cli/m/b");
        Ended refused = heddle.run("holds", "announce", "/cli/m/c", "/cli/m/b", "--agent", "two");
        Ended listed = heddle.run("holds", "ls", "--prefix", "/cli/m");
        Ended released = heddle.run("holds", "release", "/cli/m/a", "/cli/m/b", "/cli/m/c", "--agent", "one");

        assertThat(both.out().lines()).hasSize(3);
        assertThat(refused.code()).isEqualTo(75);
        assertThat(listed.out()).doesNotContain("/cli/m/c");
        assertThat(released).isEqualTo(new Ended(0, "released 2 of 3 paths\n", ""));
    }

    @Test
    void followsTheListInATerminal() throws Exception {
        try (Running watching = heddle.startInTerminal("holds", "ls", "--watch", "--prefix", "/cli/live")) {
            await().atMost(SOON).until(() -> watching.out().contains("no holds below /cli/live"));
            hold("/cli/live/x", "one", "1m");

            await().atMost(SOON).until(() -> watching.out().contains("/cli/live/x"));
            assertThat(watching.out()).contains("\u001b[H\u001b[J");
        }
        try (Running events = heddle.start("holds", "ls", "--watch", "--prefix", "/cli/live")) {
            await().atMost(SOON).until(() -> events.out().contains("/cli/live/x"));
            events.signal("INT");

            assertThat(events.end().code()).isEqualTo(130);
        }
        release("/cli/live/x", "one");
    }

    @Test
    void warnsOnceOfAnotherVersionThanTheServices() throws Exception {
        Path copy = directory.resolve("cli");
        new ProcessBuilder("cp", "-r", "cli", copy.toString()).start().waitFor();
        Files.writeString(copy.resolve("heddle_cli/__init__.py"), "__version__ = \"0.0.1\"\n");
        heddle.program(copy.resolve("heddle"));

        Ended listed = heddle.run("holds", "ls", "--prefix", "/cli/version", "--json");
        Ended several = heddle.run("holds", "release", "/cli/v/1", "/cli/v/2", "--agent", "one");

        assertThat(listed.out()).isEqualTo("[]\n");
        assertThat(listed.err())
                .contains("0.0.1", here.getAuthority() + "/cli/heddle")
                .hasLineCount(1);
        assertThat(several.err()).hasLineCount(1);
    }

    @Test
    void waitsUntilAFileIsFree() throws Exception {
        hold("/cli/wait", "other", "30s");

        Ended tooLong = heddle.run("holds", "wait", "/cli/wait", "--agent", "me", "--timeout", "1s");
        try (Running waiting =
                heddle.start("holds", "wait", "/cli/wait", "--agent", "me", "--timeout", "2m", "--json")) {
            release("/cli/wait", "other");
            Ended granted = waiting.end();

            assertThat(granted.code()).isZero();
            assertThat(tree(granted.out()).path("agent_id").asText()).isEqualTo("me");
        }
        assertThat(tooLong.code()).isEqualTo(75);
        assertThat(tooLong.err()).contains("other");
    }

    @Test
    void holdsAFileWhileACommandRuns() throws Exception {
        Path go = directory.resolve("go");
        String script = "while [ ! -e " + go + " ]; do sleep 0.1; done; echo token $HEDDLE_HOLD_TOKEN; exit 7";
        try (Running running = heddle.start("holds", "run", "/cli/run", "--ttl", "2s", "--", "sh", "-c", script)) {
            await().atMost(SOON).until(() -> holder("/cli/run") != null);
            String first = when().get("/api/v1/holds?path=/cli/run").path("expires_at");
            Ended other = heddle.run("holds", "run", "/cli/run", "--", "true");
            await().atMost(SOON)
                    .until(() -> !first.equals(
                            when().get("/api/v1/holds?path=/cli/run").path("expires_at")));
            Files.createFile(go);
            Ended ended = running.end();

            assertThat(other.code()).isEqualTo(75);
            assertThat(ended.code()).isEqualTo(7);
            assertThat(ended.out()).matches("token \\d+\n");
            assertThat(holder("/cli/run")).isNull();
        }
    }

    @Test
    void endsTheCommandWhenTheHoldIsLost() throws Exception {
        Path alive = directory.resolve("alive");
        try (Running running = heddle.start(
                "holds", "run", "/cli/lost", "--ttl", "3s", "--", "sh", "-c", "touch " + alive + "; exec sleep 600")) {
            await().atMost(SOON).until(() -> Files.exists(alive));

            given().delete("/api/v1/holds?path=/cli/lost&force=true").then().statusCode(200);
            hold("/cli/lost", "thief", "1m");
            Ended ended = running.end();

            assertThat(ended.code()).isEqualTo(75);
            assertThat(ended.err()).contains("lost");
            assertThat(holder("/cli/lost")).isEqualTo("thief");
        }
    }

    @Test
    void watchesInATerminal() throws Exception {
        try (Running watching = heddle.startInTerminal("holds", "watch")) {
            await().atMost(SOON).until(() -> watching.out().contains("synced"));
            hold("/cli/%1B%5B2Jtrick", "\\u202eevil", "1m");

            await().atMost(SOON).until(() -> watching.out().contains("trick"));
            assertThat(watching.out())
                    .contains("\u001b[32mannounced")
                    .contains("/cli/\\x1b[2Jtrick")
                    .contains("\\u202eevil")
                    .doesNotContain("\u001b[2J")
                    .doesNotContain("\u202e");
        }
        release("/cli/%1B%5B2Jtrick", "%E2%80%AEevil");
    }

    @Test
    void watchesIntoAFileAndEndsQuietly() throws Exception {
        try (Running json = heddle.start("holds", "watch", "--json");
                Running text = heddle.start("holds", "watch")) {
            await().atMost(SOON)
                    .until(() -> json.out().contains("synced") && text.out().contains("synced"));
            hold("/cli/watched", "w", "1m");
            await().atMost(SOON)
                    .until(() -> json.out().contains("watched") && text.out().contains("watched"));
            json.signal("INT");
            Ended ended = json.end();

            assertThat(ended.code()).isEqualTo(130);
            assertThat(ended.err()).isEmpty();
            assertThat(ended.out().lines())
                    .allSatisfy(line ->
                            assertThat(tree(line).path("event").asText()).isNotEmpty());
            assertThat(text.out()).contains("announced").doesNotContainPattern("[\\p{Cntrl}&&[^\n]]");
        }
    }

    @Test
    void reportsFailures() throws Exception {
        try (ServerSocket closed = new ServerSocket(0)) {
            String unreachable = "http://127.0.0.1:" + closed.getLocalPort();
            closed.close();

            assertThat(heddle.run("--url", unreachable, "holds", "ls").code()).isEqualTo(69);
        }
        assertThat(heddle.run("holds", "announce").code()).isEqualTo(2);
        assertThat(heddle.run("holds", "wait", "/x", "--timeout", "soon").code())
                .isEqualTo(2);
        assertThat(heddle.run("holds", "announce", "/x", "--ttl", "9000h").code())
                .isEqualTo(65);
        assertThat(heddle.run("share", "status", "vm-unknown").code()).isEqualTo(66);
        Ended help = heddle.run("holds", "run", "-h");
        assertThat(help.code()).isZero();
        assertThat(help.out()).contains("examples:");
    }

    @Test
    void publishesAShareAndRemovesIt() throws Exception {
        Path keys = Files.writeString(directory.resolve("keys.json"), "{\"access_key\": \"a\", \"secret_key\": \"b\"}");
        String mountPoint = shares.resolve("by-cli").toString();

        Ended put = heddle.run(
                "share",
                "put",
                "vm-1",
                "by-cli",
                "--mount-point",
                mountPoint,
                "--volume",
                "v",
                "--owner",
                "o",
                "--masters",
                "10.9.0.1:17010",
                "--keys",
                keys.toString());
        assertThat(put.err()).isEmpty();
        assertThat(put.code()).isZero();
        await().atMost(SOON)
                .until(() -> heddle.run("share", "status", "vm-1").out().contains("MOUNTED"));
        JsonNode status = tree(heddle.run("share", "status", "vm-1", "--json").out());
        Ended rm = heddle.run("share", "rm", "vm-1", "by-cli");

        assertThat(status.path("vm").asText()).isEqualTo("vm-1");
        assertThat(rm.code()).isZero();
        await().atMost(SOON).until(() -> !Files.exists(shares.resolve("by-cli")));
    }

    @Test
    void publishesToAGroupAndShowsTheProgress() throws Exception {
        Path share = Files.writeString(directory.resolve("share.json"), """
                {"mount_point": "%s", "cubefs": {"volume": "v", "masters": ["10.9.0.1:17010"], "owner": "o",
                 "access_key": "a", "secret_key": "b"}}""".formatted(shares.resolve("class")));

        assertThat(heddle.run("group", "put", "cli", "vm-a", "vm-b")).isEqualTo(new Ended(0, "cli: 2 members\n", ""));
        assertThat(heddle.run("group", "add", "cli", "vm-c")).isEqualTo(new Ended(0, "cli: 3 members\n", ""));
        assertThat(heddle.run("group", "status", "cli")).isEqualTo(new Ended(0, "", "heddle: cli has no shares\n"));
        assertThat(heddle.run("group", "remove", "cli", "vm-a")).isEqualTo(new Ended(0, "cli: 2 members\n", ""));
        String shown;
        try (Running terminal =
                heddle.startInTerminal("group", "share", "put", "cli", "class", "--file", share.toString())) {
            Ended ended = terminal.end();
            shown = ended.out();
            assertThat(ended.code()).isZero();
        }
        Ended piped = heddle.run("group", "share", "put", "cli", "class", "--file", share.toString());
        Ended json = heddle.run("group", "share", "put", "cli", "class", "--file", share.toString(), "--json");
        Ended listed = heddle.run("group", "ls");
        Ended group = heddle.run("group", "show", "cli");
        Ended status = heddle.run("group", "status", "cli");
        Ended added = heddle.run("group", "add", "cli", "vm-d");
        Ended rm = heddle.run("group", "share", "rm", "cli", "class");
        Ended gone = heddle.run("group", "rm", "cli");

        assertThat(shown).contains("[####").contains("2/2").contains("\r").contains("published to 2 of 2 VMs");
        assertThat(piped).isEqualTo(new Ended(0, "published to 2 of 2 VMs\n", ""));
        assertThat(json.out().lines().map(CommandLineTest::tree))
                .last()
                .satisfies(last -> assertThat(last.path("finished").asBoolean()).isTrue());
        assertThat(listed.out()).contains("cli");
        assertThat(group.out()).contains("vm-b", "vm-c", "class").doesNotContain("vm-a");
        assertThat(status.out()).contains("class").contains("PENDING");
        assertThat(added).isEqualTo(new Ended(0, "cli: 3 members, shares published to 1 of 1 VM\n", ""));
        assertThat(rm).isEqualTo(new Ended(0, "removed from 3 of 3 VMs\n", ""));
        assertThat(gone.code()).isZero();
        assertThat(heddle.run("group", "show", "cli").code()).isEqualTo(66);
    }

    private static void hold(String path, String agent, String ttl) {
        given().urlEncodingEnabled(false)
                .contentType("application/json")
                .body("{\"agent_id\": \"" + agent + "\", \"ttl\": \"" + ttl + "\"}")
                .put("/api/v1/holds?path=" + path)
                .then()
                .statusCode(200);
    }

    private static void release(String path, String agent) {
        given().urlEncodingEnabled(false)
                .delete("/api/v1/holds?path=" + path + "&agent=" + agent)
                .then()
                .statusCode(200);
    }

    private static String holder(String path) {
        return when().get("/api/v1/holds?path=" + path).path("agent_id");
    }

    private static JsonNode tree(String json) {
        try {
            return MAPPER.readTree(json);
        } catch (IOException e) {
            throw new AssertionError("not JSON: " + json, e);
        }
    }
}
