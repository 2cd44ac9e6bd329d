package io.heddle.coding;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.heddle.testsupport.CommandLine;
import io.heddle.testsupport.CommandLine.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code heddle init} in repositories with and without settings of coding agents; the hooks are run by git. */
class InitCommandTest {

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS, JsonReadFeature.ALLOW_TRAILING_COMMA)
            .build();
    private static final String[] ALL = {
        "init",
        "--yes",
        "--tool",
        "claude-code",
        "--tool",
        "codex",
        "--tool",
        "cursor",
        "--tool",
        "gemini",
        "--tool",
        "opencode"
    };
    private static final String CLAUDE = """
            {
                "permissions": {"allow": ["Bash(npm test)"], "deny": []},
                "hooks": {
                    "PreToolUse": [
                        {"matcher": "Bash", "hooks": [{"type": "command", "command": "check.sh", "timeout": 5}]}
                    ],
                    "Stop": []
                },
                "model": "opus"
            }""";
    private static final String GEMINI = """
            {
              // what the team agreed on
              "theme": "GitHub", /* not "Dracula" */
              "mcpServers": {
                "other": {"command": "other-mcp"}, // keep
              },
            }
            """;
    private static final String CODEX = """
            model = "gpt-5-codex"

            [mcp_servers.other]
            command = "other-mcp"
            """;

    @TempDir
    Path directory;

    private StandInService service;
    private CommandLine heddle;
    private Repository shop;

    @BeforeEach
    void begin() throws Exception {
        service = new StandInService();
        Path bin = Files.createDirectories(directory.resolve("bin"));
        Files.createSymbolicLink(bin.resolve("heddle"), Path.of("cli/heddle").toAbsolutePath());
        heddle = new CommandLine()
                .with("HEDDLE_URL", service.url())
                .with("HOME", directory.resolve("home").toString())
                .with("PATH", bin + ":" + System.getenv("PATH"));
        shop = Repository.create(directory.resolve("shop"), heddle);
        heddle.in(shop.root());
    }

    @AfterEach
    void end() {
        service.close();
    }

    @Test
    void aRepositoryWithoutSettings() throws Exception {
        shop.write("CLAUDE.md", "");
        Map<String, String> before = snapshot();
        Ended dry = heddle.run("init", "--dry-run");
        Ended unasked = heddle.run("init");
        assertThat(dry.code()).isZero();
        assertThat(dry.out())
                .contains("+++ b/.heddle.json", "+++ b/.claude/settings.json", "+++ b/.mcp.json", "pre-commit")
                .doesNotContain("cursor", "codex");
        assertThat(unasked.code()).isEqualTo(2);
        assertThat(snapshot()).isEqualTo(before);

        assertThat(heddle.run(ALL).code()).isZero();
        Map<String, String> after = snapshot();
        assertThat(json(".heddle.json").get("project").asText()).isEqualTo("shop");
        assertThat(json(".mcp.json").at("/mcpServers/heddle/url").asText()).isEqualTo(service.url() + "/mcp");
        assertThat(json(".claude/settings.json")
                        .at("/hooks/PreToolUse/0/hooks/0")
                        .toString())
                .isEqualTo("{\"type\":\"http\",\"url\":\"" + service.url()
                        + "/hooks/claude-code?project=shop\",\"timeout\":10}");
        assertThat(json(".codex/hooks.json")
                        .at("/hooks/PreToolUse/0/hooks/0/command")
                        .asText())
                .isEqualTo("heddle hook codex");
        assertThat(json(".cursor/hooks.json").at("/hooks/preToolUse/0/command").asText())
                .isEqualTo("heddle hook cursor");
        assertThat(json(".gemini/settings.json")
                        .at("/hooks/BeforeTool/0/matcher")
                        .asText())
                .isEqualTo("write_file|replace");
        assertThat(json("opencode.json").at("/mcp/heddle/type").asText()).isEqualTo("remote");

        Ended again = heddle.run(ALL);
        assertThat(again.code()).isZero();
        assertThat(again.out()).isEqualTo("nothing to change\n");
        assertThat(snapshot()).isEqualTo(after);
        assertThat(heddle.run("init", "--remove", "--yes").code()).isZero();
        assertThat(snapshot()).isEqualTo(before);
        assertThat(heddle.run("init", "--remove", "--yes").out()).isEqualTo("nothing to remove\n");
    }

    @Test
    void foreignSettingsStayAndComeBackByteByByte() throws Exception {
        settings();
        Map<String, String> before = snapshot();
        List<JsonNode> former = new ArrayList<>();
        List<String> files = List.of(
                ".claude/settings.json",
                ".cursor/mcp.json",
                ".cursor/hooks.json",
                ".gemini/settings.json",
                "opencode.jsonc");
        for (String file : files) {
            former.add(json(file));
        }

        Ended done = heddle.run(ALL);

        assertThat(done.code()).as(done.err()).isZero();
        for (int i = 0; i < files.size(); i++) {
            assertContains(json(files.get(i)), former.get(i), files.get(i));
        }
        assertThat(text(".codex/config.toml")).startsWith(CODEX).contains("[mcp_servers.heddle]");
        assertThat(text(".gemini/settings.json"))
                .contains("// what the team agreed on", "/* not \"Dracula\" */", "// keep");
        assertThat(text(".husky/pre-commit")).contains("heddle git verify", "npm test");
        assertThat(shop.root().resolve(".git/hooks/pre-commit")).doesNotExist();
        assertThat(text("opencode.jsonc")).contains("\r\n").doesNotContainPattern("[^\r]\n");
        Map<String, String> after = snapshot();
        assertThat(heddle.run(ALL).out()).isEqualTo("nothing to change\n");
        assertThat(snapshot()).isEqualTo(after);
        heddle.run("init", "--remove", "--yes");
        assertThat(snapshot()).isEqualTo(before);
    }

    @Test
    void whatTheUserChangedInBetweenStays() throws Exception {
        settings();
        heddle.run(ALL);
        String own = "{\"type\": \"command\", \"command\": \"mine.sh\"}";
        shop.write(
                ".claude/settings.json",
                text(".claude/settings.json").replace("\"model\": \"opus\"", "\"model\": \"sonnet\""));
        shop.write(
                ".mcp.json",
                text(".mcp.json").replaceFirst("\"mcpServers\": \\{", "\"mcpServers\": {\n    \"mine\": {},"));
        shop.write(
                ".cursor/hooks.json",
                text(".cursor/hooks.json").replace("\"preToolUse\": [", "\"preToolUse\": [" + own + ","));
        shop.write(".husky/pre-commit", text(".husky/pre-commit") + "npm run more\n");
        shop.write(".codex/config.toml", text(".codex/config.toml") + "\n[profiles.x]\n");

        assertThat(heddle.run("init", "--remove", "--yes").code()).isZero();

        assertThat(text(".claude/settings.json")).isEqualTo(CLAUDE.replace("opus", "sonnet"));
        assertThat(json(".mcp.json").toString()).isEqualTo("{\"mcpServers\":{\"mine\":{}}}");
        assertThat(json(".cursor/hooks.json").at("/hooks/preToolUse").toString())
                .contains("mine.sh")
                .doesNotContain("heddle");
        assertThat(text(".husky/pre-commit")).isEqualTo("npm test\nnpm run more\n");
        assertThat(text(".codex/config.toml")).isEqualTo(CODEX + "\n[profiles.x]\n");
        assertThat(text(".gemini/settings.json")).isEqualTo(GEMINI);
        assertThat(shop.root().resolve(".opencode")).doesNotExist();
    }

    @Test
    void inAnotherCloneTheRecordIsMissing() throws Exception {
        heddle.run(ALL);
        shop.commit("all");
        Repository clone = new Repository(directory.resolve("clone"), heddle);
        shop.git("clone", "-q", ".", clone.root().toString());
        heddle.in(clone.root());

        Ended done = heddle.run(ALL);
        assertThat(done.out()).contains("pre-commit").doesNotContain("settings.json");
        heddle.run("init", "--remove", "--yes");

        try (Stream<Path> left = Files.list(clone.root())) {
            assertThat(left.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder(".git", ".heddle.json");
        }
    }

    @Test
    void whatCannotBeMergedIsLeftWithAMessage() throws Exception {
        shop.write(".mcp.json", "{\n  // a comment\n  \"mcpServers\": {}\n}\n");
        shop.write(".claude/settings.json", "{\"hooks\": {\"PreToolUse\": {}}}");
        shop.write(".codex/config.toml", "mcp_servers = { other = { command = \"x\" } }\n")
                .write(".codex/hooks.json", "{\"hooks\": ");
        shop.write(".cursor/mcp.json", "{\"mcpServers\": {\"heddle\": {\"url\": \"http://other:1/mcp\"}}}");
        shop.write("elsewhere/hooks.json", "{}");
        Files.createSymbolicLink(
                shop.root().resolve(".cursor/hooks.json"), Files.writeString(directory.resolve("outside.json"), "{}"));
        Files.write(
                Files.createDirectories(shop.root().resolve(".gemini")).resolve("settings.json"),
                new byte[] {'{', '}', (byte) 0xff});
        shop.hook("pre-commit", "ignored").write(".git/hooks/pre-push", "#!/usr/bin/env python3\nprint()\n");
        assertThat(shop.root().resolve(".git/hooks/pre-push").toFile().setExecutable(true))
                .isTrue();
        Map<String, String> before = snapshot();

        Ended done = heddle.run(
                "init", "--yes", "--tool", "claude-code", "--tool", "codex", "--tool", "cursor", "--tool", "gemini");

        assertThat(done.code()).isEqualTo(1);
        assertThat(done.err())
                .contains(
                        ".mcp.json is not changed: it is not valid JSON. Add manually: mcpServers.heddle: {\"type\": \"http\"",
                        ".claude/settings.json is not changed: hooks.PreToolUse is not an array",
                        ".codex/config.toml is not changed: it already defines this",
                        ".codex/hooks.json is not changed: it is not valid JSON",
                        ".cursor/mcp.json: mcpServers.heddle exists and is kept",
                        ".cursor/hooks.json is not changed: it is a link to",
                        ".gemini/settings.json is not changed: it is not UTF-8",
                        "pre-push is not changed: it is not a shell script. Add manually: # heddle: begin | heddle_refs=$(cat)");
        Map<String, String> after = snapshot();
        assertThat(after.remove(".heddle.json")).isNotNull();
        assertThat(after.remove(".git/hooks/pre-commit")).isNotEqualTo(before.remove(".git/hooks/pre-commit"));
        assertThat(after).isEqualTo(before);
        assertThat(directory.resolve("outside.json")).hasContent("{}");
    }

    @Test
    void aServiceElsewhereAndANewAddress() throws Exception {
        shop.write(".heddle.json", "{\"project\": \"acme/shop\", \"on_failure\": \"block\"}");
        heddle.with("HEDDLE_URL", "")
                .run("init", "--yes", "--tool", "claude-code", "--url", "https://heddle.example.org");

        assertThat(json(".heddle.json").toString())
                .isEqualTo(
                        "{\"project\":\"acme/shop\",\"on_failure\":\"block\",\"service\":\"https://heddle.example.org\"}");
        assertThat(json(".claude/settings.json")
                        .at("/hooks/PreToolUse/0/hooks/0")
                        .toString())
                .isEqualTo("{\"type\":\"command\",\"command\":\"heddle hook claude-code\",\"timeout\":10}");
        shop.write(".heddle.json", text(".heddle.json").replace("https://heddle.example.org", service.url()));
        heddle.run("init", "--yes", "--tool", "claude-code");
        assertThat(json(".mcp.json").at("/mcpServers/heddle/url").asText()).isEqualTo(service.url() + "/mcp");
        assertThat(json(".claude/settings.json").at("/hooks/PreToolUse").toString())
                .contains("claude-code?project=acme%2Fshop", "\"onFailure\":\"block\"")
                .doesNotContain("heddle hook");
        heddle.run("init", "--remove", "--yes");
        assertThat(shop.root().resolve(".claude")).doesNotExist();
        assertThat(json(".heddle.json").toString()).contains("acme/shop", "block", service.url());
    }

    @Test
    void randomJsonKeepsItsContentAndComments() throws Exception {
        long seed = Long.getLong("heddle.test.seed", ThreadLocalRandom.current().nextInt(1 << 30));
        Process fuzz = new ProcessBuilder(
                        "python3", "src/test/resources/json-merge-fuzz.py", Long.toString(seed), "2000")
                .redirectErrorStream(true)
                .start();
        String output = StandInService.text(fuzz.getInputStream().readAllBytes());

        assertThat(output).as("-Dheddle.test.seed=" + seed).isEqualTo("ok\n");
    }

    private void settings() throws Exception {
        shop.write(".claude/settings.json", CLAUDE)
                .write(".codex/config.toml", CODEX)
                .write(".gemini/settings.json", GEMINI);
        shop.write(".cursor/mcp.json", "{\"mcpServers\":{\"other\":{\"url\":\"http://other/mcp\"}}}\n");
        shop.write(
                ".cursor/hooks.json",
                "{\n\t\"version\": 1,\n\t\"hooks\": {\n\t\t\"stop\": [{\"command\": \"x\"}]\n\t}\n}\n");
        shop.write("opencode.jsonc", "{\r\n  \"model\": \"m\", // the model\r\n  \"mcp\": {}\r\n}\r\n");
        shop.write(".husky/pre-commit", "npm test\n");
    }

    private String text(String file) throws IOException {
        return Files.readString(shop.root().resolve(file));
    }

    private JsonNode json(String file) throws IOException {
        return MAPPER.readTree(text(file));
    }

    /** Everything that was there is still there, in its order. */
    private static void assertContains(JsonNode now, JsonNode before, String where) {
        if (before.isObject()) {
            before.properties()
                    .forEach(member -> assertContains(
                            now.path(member.getKey()), member.getValue(), where + "." + member.getKey()));
        } else if (before.isArray()) {
            for (int i = 0; i < before.size(); i++) {
                assertContains(now.path(i), before.get(i), where + "[" + i + "]");
            }
        } else {
            assertThat(now).as(where).isEqualTo(before);
        }
    }

    /** Every file with its mode and content, every directory and every link. */
    private Map<String, String> snapshot() throws IOException {
        Map<String, String> all = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(shop.root())) {
            for (Path path : (Iterable<Path>) paths::iterator) {
                String content = Files.isSymbolicLink(path)
                        ? Files.readSymbolicLink(path).toString()
                        : Files.isDirectory(path) ? "" : HexFormat.of().formatHex(Files.readAllBytes(path));
                String name = shop.root().relativize(path).toString();
                if (!name.equals(".git/heddle-init.json")) {
                    all.put(name, PosixFilePermissions.toString(Files.getPosixFilePermissions(path)) + " " + content);
                }
            }
        }
        return all;
    }
}
