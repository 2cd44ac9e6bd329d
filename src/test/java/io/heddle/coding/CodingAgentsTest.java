package io.heddle.coding;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.testsupport.BrokerResource;
import io.heddle.testsupport.CommandLine;
import io.heddle.testsupport.CommandLine.Ended;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two coding agents in two clones: their hooks, git, and the service. */
@QuarkusTest
@QuarkusTestResource(BrokerResource.class)
class CodingAgentsTest {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String EDIT = """
            {"session_id": "%s", "cwd": "%s", "hook_event_name": "PreToolUse", "tool_name": "Edit",
             "tool_input": {"file_path": "%s/src/a ü.ts"}}""";

    @TestHTTPResource
    URI here;

    @TempDir
    Path directory;

    private final String project = "shop-" + UUID.randomUUID();
    private CommandLine heddle;
    private Repository one;
    private Repository two;

    @BeforeEach
    void begin() throws Exception {
        Path bin = Files.createDirectories(directory.resolve("bin"));
        Files.createSymbolicLink(bin.resolve("heddle"), Path.of("cli/heddle").toAbsolutePath());
        heddle = new CommandLine("http://" + here.getAuthority())
                .with("HOME", directory.toString())
                .with("PATH", bin + ":" + System.getenv("PATH"));
        one = Repository.create(directory.resolve("one"), heddle);
        one.write(".heddle.json", "{\"project\": \"" + project + "\"}").commit("first", "src/a ü.ts");
        two = new Repository(directory.toRealPath().resolve("two"), heddle);
        one.git("clone", "-q", ".", two.root().toString());
    }

    @Test
    void anEditIsHeldInEveryClone() throws Exception {
        assertThat(edit("s1", one)).isEqualTo(new Ended(0, "", ""));
        Ended denied = edit("s2", two);
        assertThat(MAPPER.readTree(denied.out())
                        .findValue("permissionDecisionReason")
                        .asText())
                .contains(
                        "/" + project + "/src/a ü.ts: claude-code/s1, for ", "wait_for_files (session claude-code/s2)");

        heddle.in(two.root()).run("init", "--yes", "--tool", "claude-code");
        two.write("src/a ü.ts", "changed").git("add", "-A");
        Repository.Done refused = two.attempt("", "commit", "-q", "-m", "second");
        assertThat(refused.code()).isNotZero();
        assertThat(refused.output()).contains("/src/a ü.ts", "claude-code/s1");
        heddle.with("CLAUDE_CODE_SESSION_ID", "s1");
        two.git("commit", "-q", "-m", "second");
        heddle.with("CLAUDE_CODE_SESSION_ID", "");

        Ended end = heddle.in(one.root())
                .runWith(
                        "{\"session_id\": \"s1\", \"cwd\": \"%s\", \"hook_event_name\": \"SessionEnd\", \"reason\": \"other\"}"
                                .formatted(one.root()),
                        "hook",
                        "claude-code");
        assertThat(end).isEqualTo(new Ended(0, "", ""));
        assertThat(edit("s2", two)).isEqualTo(new Ended(0, "", ""));
    }

    @Test
    void aHeldDirectoryCounts() throws Exception {
        RestAssured.given()
                .contentType("application/json")
                .body("{\"agent_id\": \"codex/t\", \"ttl\": \"1m\", \"directory\": true, \"reason\": \"moves files\"}")
                .put("/api/v1/holds?path=/" + project + "/src")
                .then()
                .statusCode(200);

        Ended denied = edit("s1", one);
        assertThat(MAPPER.readTree(denied.out())
                        .findValue("permissionDecisionReason")
                        .asText())
                .contains("/src/: codex/t (moves files)");
        one.write("src/new", "").git("add", "-A");
        Ended refused = heddle.in(one.root()).run("git", "verify");
        assertThat(refused.code()).isEqualTo(75);
        assertThat(refused.out()).contains("/" + project + "/src/", "codex/t", "moves files");
    }

    @Test
    void aLostHoldIsToldFirst() throws Exception {
        edit("s1", one);
        RestAssured.given()
                .delete("/api/v1/holds?force=true&path=/" + project + "/src/a ü.ts")
                .then()
                .statusCode(200);

        Ended denied = edit("s1", one);

        assertThat(MAPPER.readTree(denied.out())
                        .findValue("permissionDecisionReason")
                        .asText())
                .startsWith("Your session lost its hold of:\n- /" + project + "/src/a ü.ts (")
                .contains("Read the file, then make the edit.");
        assertThat(edit("s1", one)).isEqualTo(new Ended(0, "", ""));
    }

    @Test
    void doctorFindsTheServiceAndItsTools() throws Exception {
        heddle.in(one.root()).run("init", "--yes", "--tool", "cursor");
        Ended ended = heddle.run("doctor");
        assertThat(ended.out()).contains("MCP: ", " answers", "permission: sessions are readable");
        assertThat(ended.code()).as(ended.out()).isZero();
    }

    private Ended edit(String session, Repository where) throws Exception {
        return heddle.runWith(EDIT.formatted(session, where.root(), where.root()), "hook", "claude-code");
    }
}
