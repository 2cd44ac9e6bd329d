package io.heddle.coding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.testsupport.CommandLine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The plugin that {@code heddle init} writes for opencode, called as both versions of opencode call it. Needs Node.js. */
class OpencodePluginTest {

    private static final String CALLS = """
            import plugin from "./.opencode/plugins/heddle.mjs"
            const directory = process.cwd(), filePath = directory + "/a.ts", hooks = {}
            const attempt = (call) => call().then(() => "passes", (e) => e.message.split("\\n")[1])
            const one = await plugin.server({ directory })
            const before = one["tool.execute.before"]
            console.log(await attempt(() => before({ tool: "edit", sessionID: "s1" }, { args: { filePath } })))
            console.log(await attempt(() => before({ tool: "bash", sessionID: "s1" }, { args: { command: "ls" } })))
            const shell = { env: {} }
            await one["shell.env"]({ cwd: directory, sessionID: "s1" }, shell)
            console.log(shell.env.HEDDLE_AGENT)
            await one.event({ event: { type: "session.deleted", properties: { info: { id: "s1" } } } })
            await plugin.setup({ location: { directory }, tool: { hook: (name, f) => (hooks[name] = f) } })
            console.log(await attempt(() => hooks["execute.before"]({ tool: "write", sessionID: "s2", input: { filePath } })))
            """;

    @TempDir
    Path directory;

    @Test
    void deniesWhatAnotherSessionHolds() throws Exception {
        requireNode();
        ObjectMapper mapper = new ObjectMapper();
        try (StandInService service = new StandInService()) {
            CommandLine heddle = new CommandLine(service.url()).with("HOME", directory.toString());
            Repository shop = Repository.create(directory.resolve("shop"), heddle);
            heddle.in(shop.root()).run("init", "--yes", "--tool", "opencode");
            Path plugin = shop.root().resolve(".opencode/plugins/heddle.js");
            Files.copy(plugin, plugin.resolveSibling("heddle.mjs"));
            shop.write("calls.mjs", CALLS);
            service.responds(
                    "/sessions/hold",
                    409,
                    mapper.readTree(
                            "{\"type\": \"urn:x:held-by-another\", \"path\": \"/shop/a.ts\", \"holder\": {\"agent_id\": \"codex/t9\"}}"));
            service.responds("/sessions/release", 200, mapper.createObjectNode());
            ProcessBuilder node = new ProcessBuilder("node", "calls.mjs")
                    .directory(shop.root().toFile())
                    .redirectErrorStream(true);
            heddle.apply(node.environment());
            Process process = node.start();
            String output = StandInService.text(process.getInputStream().readAllBytes());
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();

            assertThat(output.lines())
                    .containsExactly("- /shop/a.ts: codex/t9", "passes", "opencode/s1", "- /shop/a.ts: codex/t9");
            assertThat(service.requests)
                    .extracting(StandInService.Request::path)
                    .containsExactly("/sessions/hold", "/sessions/release", "/sessions/hold");
            assertThat(service.requests)
                    .extracting(request -> request.body().get("session").asText())
                    .containsExactly("opencode/s1", "opencode/s1", "opencode/s2");
        }
    }

    /** Without Node.js the test is skipped, except in CI. */
    private static void requireNode() throws Exception {
        boolean found =
                new ProcessBuilder("sh", "-c", "command -v node").start().waitFor() == 0;
        if (!found && "true".equals(System.getenv("CI"))) {
            throw new IllegalStateException("CI needs Node.js: the Debian package nodejs");
        }
        assumeTrue(found, "needs Node.js");
    }
}
