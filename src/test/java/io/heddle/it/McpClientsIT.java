package io.heddle.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.testsupport.NatsServer;
import io.heddle.testsupport.PackagedService;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The official clients of the Model Context Protocol call every tool of the packaged service. */
class McpClientsIT {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Path SCRIPTS = Path.of("src/test/mcp").toAbsolutePath();
    private static final Path PACKAGES = Path.of(System.getProperty("project.build.directory", "target"))
            .toAbsolutePath()
            .resolve("mcp-clients");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path directory;

    private static NatsServer server;
    private static PackagedService service;
    private static String mcp;

    @BeforeAll
    static void start() {
        server = NatsServer.started();
        service = new PackagedService(directory.resolve("service.log"))
                .set("heddle.nats.servers", server.url())
                .start();
        mcp = service.url() + "/mcp";
        await().atMost(SOON)
                .until(() -> service.get("/q/health/ready").path("status").asText(), "UP"::equals);
    }

    @AfterAll
    static void stop() {
        service.close();
        server.close();
    }

    @Test
    void pythonClient() throws Exception {
        Path python = PACKAGES.resolve("python/bin/python");
        if (!Files.exists(PACKAGES.resolve("python/ready"))) {
            requireInstalled(
                    List.of("python3", "-m", "venv", PACKAGES.resolve("python").toString()));
            requireInstalled(List.of(
                    python.toString(),
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "-r",
                    SCRIPTS.resolve("requirements.txt").toString()));
            Files.createFile(PACKAGES.resolve("python/ready"));
        }
        assertThat(run(List.of(python.toString(), SCRIPTS.resolve("client.py").toString(), mcp, "python")))
                .contains("every tool answered");
    }

    @Test
    void typeScriptClientAndInspector() throws Exception {
        Path packages = nodePackages();
        assertThat(run(List.of(
                        "node", SCRIPTS.resolve("client.mjs").toString(), mcp, "typescript", packages.toString())))
                .contains("every tool answered");

        JsonNode tools = inspect(packages, "--method", "tools/list").path("tools");
        assertThat(tools).hasSize(6);
        for (JsonNode tool : tools) {
            assertThat(tool.at("/inputSchema/type").asText()).isEqualTo("object");
            assertThat(tool.at("/outputSchema/type").asText()).isEqualTo("object");
        }
        JsonNode held = inspect(
                packages,
                "--method",
                "tools/call",
                "--tool-name",
                "hold_files",
                "--tool-arg",
                "paths=[\"a.ts\"]",
                "--tool-arg",
                "project=inspector");
        assertThat(held.at("/structuredContent/holds/0/path").asText()).isEqualTo("/inspector/a.ts");
        assertThat(inspect(packages, "--method", "prompts/list")
                        .at("/prompts/0/name")
                        .asText())
                .isEqualTo("working-with-holds");
        assertThat(inspect(packages, "--method", "resources/templates/list")
                        .at("/resourceTemplates/0/uriTemplate")
                        .asText())
                .startsWith("heddle://holds/");
    }

    @Test
    void javaClient() {
        try (McpSyncClient client = McpClient.sync(
                        HttpClientStreamableHttpTransport.builder(service.url()).build())
                .requestTimeout(Duration.ofSeconds(30))
                .build()) {
            client.initialize();
            assertThat(client.listTools().tools()).hasSize(6);

            Map<?, ?> held = call(client, "hold_files", false, "paths", List.of("src/a.ts", "lib/"));
            assertThat((List<?>) held.get("holds")).hasSize(2);
            assertThat((String) call(client, "hold_files", true, "paths", List.of("lib/x"), "session", "codex/java")
                            .get("message"))
                    .contains((String) held.get("session"));
            assertThat((List<?>) call(client, "who_holds", false, "paths", List.of("lib/"))
                            .get("holds"))
                    .hasSize(1);
            call(client, "wait_for_files", true, "paths", List.of("lib/"), "session", "codex/java", "wait_seconds", 1);
            call(client, "hand_over", false, "path", "src/a.ts", "to_session", "codex/java");
            assertThat((List<?>) call(client, "my_holds", false).get("holds")).hasSize(1);
            assertThat((List<?>) call(client, "release_files", false).get("released"))
                    .hasSize(1);
        }
    }

    private static Map<?, ?> call(McpSyncClient client, String tool, boolean error, Object... arguments) {
        Map<String, Object> all = new HashMap<>(Map.of("project", "java"));
        for (int i = 0; i < arguments.length; i += 2) {
            all.put((String) arguments[i], arguments[i + 1]);
        }
        CallToolResult result = client.callTool(new CallToolRequest(tool, all));
        assertThat(result.isError()).as("%s", result).isEqualTo(error);
        return (Map<?, ?>) result.structuredContent();
    }

    private static JsonNode inspect(Path packages, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                packages.resolve("node_modules/.bin/mcp-inspector-cli").toString(), mcp, "--transport", "http"));
        command.addAll(List.of(arguments));
        return JSON.readTree(run(command));
    }

    private static Path nodePackages() throws Exception {
        Path packages = PACKAGES.resolve("node");
        if (!Files.exists(packages.resolve("node_modules/.bin/mcp-inspector-cli"))) {
            Files.createDirectories(packages);
            Files.copy(
                    SCRIPTS.resolve("package.json"),
                    packages.resolve("package.json"),
                    StandardCopyOption.REPLACE_EXISTING);
            requireInstalled(
                    List.of("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", packages.toString()));
        }
        return packages;
    }

    /** Where packages cannot be installed, there is nothing to test with; CI must be able to. */
    private static void requireInstalled(List<String> command) throws Exception {
        try {
            run(command);
        } catch (IOException | AssertionError e) {
            if (System.getenv("CI") != null) {
                throw e;
            }
            assumeThat(e).as("%s", command).isNull();
        }
    }

    private static String run(List<String> command) throws Exception {
        Path out = Files.createTempFile(directory, "out", ".txt");
        Path err = Files.createTempFile(directory, "err", ".txt");
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue())
                .as("%s: %s%s", command, Files.readString(out), Files.readString(err))
                .isZero();
        return Files.readString(out);
    }
}
