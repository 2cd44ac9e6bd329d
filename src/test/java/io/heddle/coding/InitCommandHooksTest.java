package io.heddle.coding;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.testsupport.CommandLine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The git hooks of {@code heddle init}, run by git, and where it puts them. */
class InitCommandHooksTest {

    private static final ObjectMapper MAPPER = new ObjectMapper();

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
    void gitRunsTheHooks() throws Exception {
        Path bare = directory.toRealPath().resolve("origin.git");
        shop.git("init", "-q", "--bare", bare.toString());
        shop.git("remote", "add", "origin", bare.toString());
        Path seen = directory.resolve("seen");
        shop.write(".git/hooks/pre-push", "#!/bin/sh\nread ref more\necho \"$1 $ref\" > '" + seen + "'\nexit 0\n");
        shop.write(".git/hooks/pre-commit", "#!/bin/bash\nexit 0\n");
        for (String hook : List.of("pre-push", "pre-commit")) {
            assertThat(shop.root().resolve(".git/hooks/" + hook).toFile().setExecutable(true))
                    .isTrue();
        }
        heddle.run("init", "--yes");
        String project = json(".heddle.json").get("project").asText();
        shop.write("a", "1").git("add", "-A");
        service.hold("/" + project + "/a", "codex/other", "");

        Repository.Done refused = shop.attempt("", "commit", "-q", "-m", "a");
        assertThat(refused.code()).isNotZero();
        assertThat(refused.output()).contains("codex/other");
        shop.git("commit", "-q", "--no-verify", "-m", "a");
        assertThat(shop.attempt("", "push", "-q", "origin", "main").output()).contains("codex/other");
        assertThat(seen).doesNotExist();
        service.free("/" + project + "/a");
        shop.git("push", "-q", "origin", "main");
        assertThat(seen).hasContent("origin refs/heads/main");
        shop.git("push", "-q", "origin", "main");

        heddle.with("PATH", "/usr/bin:/bin");
        assertThat(shop.attempt("", "commit", "-q", "--allow-empty", "-m", "b").output())
                .contains("heddle is not installed");
    }

    @Test
    void hooksPathAndFrameworks() throws Exception {
        shop.git("config", "core.hooksPath", ".githooks");
        heddle.run("init", "--yes");
        assertThat(text(".githooks/pre-commit")).contains("heddle git verify --staged");
        heddle.run("init", "--remove", "--yes");
        assertThat(shop.root().resolve(".githooks")).doesNotExist();

        Path outside = Files.createDirectories(directory.resolve("global"));
        shop.git("config", "core.hooksPath", outside.toString());
        assertThat(heddle.run("init", "--yes").err())
                .contains("outside of this repository", "heddle git verify --staged");
        assertThat(outside).isEmptyDirectory();
        heddle.run("init", "--remove", "--yes");
        shop.git("config", "--unset", "core.hooksPath");

        String config = "repos:\n  - repo: https://example.org/x\n    rev: v1\n    hooks:\n      - id: x\n";
        shop.write(".pre-commit-config.yaml", config);
        heddle.run("init", "--yes");
        assertThat(text(".pre-commit-config.yaml"))
                .startsWith(config + "# heddle: begin\n  - repo: local\n    hooks:\n      - id: heddle\n")
                .contains("entry: heddle git verify --staged");
        heddle.run("init", "--remove", "--yes");
        assertThat(text(".pre-commit-config.yaml")).isEqualTo(config);
        shop.write(".pre-commit-config.yaml", config + "fail_fast: true\n");
        assertThat(heddle.run("init", "--yes").err()).contains("repos is not its last key", "- repo: local");
        heddle.run("init", "--remove", "--yes");

        shop.write("lefthook.yml", "commit-msg:\n  commands: {}\n");
        heddle.run("init", "--yes");
        assertThat(text("lefthook.yml")).contains("commit-msg:", "run: heddle git verify --pre-push {1}");
        heddle.run("init", "--remove", "--yes");
        shop.write("lefthook.yml", "pre-commit:\n  commands: {}\n");
        assertThat(heddle.run("init", "--yes").err()).contains("lefthook.yml is not changed: it already defines this");
    }

    private String text(String file) throws IOException {
        return Files.readString(shop.root().resolve(file));
    }

    private JsonNode json(String file) throws IOException {
        return MAPPER.readTree(text(file));
    }
}
