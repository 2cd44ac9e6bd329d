package io.heddle.coding;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.testsupport.CommandLine;
import io.heddle.testsupport.CommandLine.Ended;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code heddle doctor} finds what is wrong, and says what to do. */
class DoctorCommandTest {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TempDir
    Path directory;

    private StandInService service;
    private CommandLine heddle;
    private Repository shop;

    @BeforeEach
    void begin() throws Exception {
        service = new StandInService();
        service.responds(
                "/sessions/holds?session=heddle-doctor%2F1", 200, MAPPER.readTree("{\"held\": [], \"lost\": []}"));
        service.responds(
                "/mcp",
                200,
                MAPPER.readTree("{\"result\": {\"serverInfo\": {\"name\": \"heddle\", \"version\": \"1.2.3\"}}}"));
        Path bin = Files.createDirectories(directory.resolve("bin"));
        Files.createSymbolicLink(bin.resolve("heddle"), Path.of("cli/heddle").toAbsolutePath());
        heddle = new CommandLine(service.url())
                .with("HOME", directory.toString())
                .with("PATH", bin + ":" + System.getenv("PATH"));
        shop = Repository.create(directory.resolve("shop"), heddle).write("AGENTS.md", "");
        heddle.in(shop.root()).run("init", "--yes", "--tool", "codex");
    }

    @AfterEach
    void end() {
        service.close();
    }

    @Test
    void everythingIsSetUp() throws Exception {
        shop.git("config", "user.name", "ann");
        Ended ended = heddle.with("CODEX_THREAD_ID", "t1").run("doctor");

        assertThat(ended.out())
                .contains("project: shop (from .heddle.json)", service.url() + " responds", "MCP: heddle 1.2.3 answers")
                .contains("clock: 0 s", "session: codex/t1 (from CODEX_THREAD_ID)", "ok    .codex/hooks.json: set up");
        assertThat(ended).isEqualTo(new Ended(0, ended.out(), ""));
    }

    @Test
    void whatIsWrongHasARemedy() throws Exception {
        service.responds("/sessions/holds?session=heddle-doctor%2F1", 401, MAPPER.createObjectNode());
        service.responds("/mcp", 404, MAPPER.createObjectNode());
        Files.delete(shop.root().resolve(".codex/hooks.json"));
        Path hook = shop.root().resolve(".git/hooks/pre-commit");
        assertThat(hook.toFile().setExecutable(false, false)).isTrue();

        Ended ended = heddle.run("doctor");

        assertThat(ended.code()).isEqualTo(1);
        assertThat(ended.out())
                .contains("FAIL  permission: the service answers 401", "set HEDDLE_TOKEN")
                .contains("FAIL  MCP: /mcp answers 404", "FAIL  .codex/hooks.json: not set up\n      run heddle init")
                .contains("is not executable");
    }

    @Test
    void theServiceIsAwayOrNotTrusted() throws Exception {
        service.close();
        Ended away = heddle.run("doctor", "--json");
        shop.write(".heddle.json", "{\"project\": \"shop\", \"service\": \"http://192.0.2.1:9\"}");
        CommandLine untrusted = new CommandLine()
                .with("HEDDLE_TOKEN", "t")
                .with("HOME", directory.toString())
                .in(directory);
        Ended outside = untrusted.run("doctor", "--url", service.url());

        assertThat(away.code()).isEqualTo(1);
        JsonNode checks = MAPPER.readTree(away.out());
        assertThat(checks.findValuesAsText("check")).contains("service", "session", "project");
        assertThat(away.out()).contains("cannot be reached", "start it, or name another one");
        assertThat(outside.out()).contains("FAIL  repository");
    }
}
