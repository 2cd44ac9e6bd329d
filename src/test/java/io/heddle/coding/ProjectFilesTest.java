package io.heddle.coding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The vectors, through the service's function and through the command line's; and repositories that git itself made. */
class ProjectFilesTest {

    private static final String COMMAND_LINE = """
            import sys
            sys.path.insert(0, 'cli')
            from heddle_cli import project
            from heddle_cli.failure import Failure
            try:
                sys.stdout.buffer.write(project.hold_path(sys.argv[1]).encode())
            except Failure as e:
                sys.exit(str(e))
            """;

    @TempDir
    Path directory;

    static Stream<Arguments> files() {
        return vectors("files");
    }

    static Stream<Arguments> refused() {
        return vectors("refused");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("files")
    void named(String name, JsonNode vector) throws Exception {
        String file = create(vector);
        String expected = text(vector.get("path"));

        assertThat(ProjectFiles.holdPath(file)).isEqualTo(expected);
        assertThat(commandLine(file)).isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refused")
    void refused(String name, JsonNode vector) throws Exception {
        String file = create(vector);
        String says = vector.get("says").asText();

        assertThatThrownBy(() -> ProjectFiles.holdPath(file))
                .isInstanceOf(ProjectNameException.class)
                .hasMessageContaining(says);
        assertThat(commandLine(file)).contains(says);
    }

    @Test
    void asGitMakesThem() throws Exception {
        Path shop = directory.toRealPath().resolve("shop");
        git(directory, "init", "-q", "lib");
        git(directory.resolve("lib"), "commit", "-q", "--allow-empty", "-m", "one");
        git(directory, "init", "-q", "shop");
        git(shop, "remote", "add", "origin", "git@github.com:acme/shop.git");
        git(shop, "commit", "-q", "--allow-empty", "-m", "one");
        git(shop, "worktree", "add", "-q", "../fix");
        git(shop, "-c", "protocol.file.allow=always", "submodule", "add", "-q", directory.toRealPath() + "/lib", "lib");
        git(directory, "clone", "-q", "--bare", "shop", "bare.git");
        git(directory.resolve("bare.git"), "remote", "set-url", "origin", "https://user@github.com/acme/shop");
        git(directory.resolve("bare.git"), "worktree", "add", "-q", "../main", "HEAD");

        for (String tree : List.of("shop", "fix", "main")) {
            assertThat(ProjectFiles.holdPath(directory.resolve(tree) + "/src/a"))
                    .as(tree)
                    .isEqualTo("/github.com/acme/shop/src/a")
                    .isEqualTo(commandLine(directory.resolve(tree) + "/src/a"));
        }
        assertThat(ProjectFiles.holdPath(shop + "/lib/a"))
                .isEqualTo(directory.toRealPath() + "/lib/a")
                .isEqualTo(commandLine(shop + "/lib/a"));
    }

    private static Stream<Arguments> vectors(String kind) {
        try (var in = ProjectFilesTest.class.getResourceAsStream("/vectors/project-files.json")) {
            JsonNode all = new ObjectMapper().readTree(in).get(kind);
            return StreamSupport.stream(all.spliterator(), false)
                    .map(vector -> Arguments.of(vector.get("name").asText(), vector));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Creates the tree of a vector; returns the file that it asks for. */
    private String create(JsonNode vector) throws IOException {
        for (Map.Entry<String, JsonNode> entry : vector.get("tree").properties()) {
            Path file = directory.toRealPath().resolve(entry.getKey());
            Files.createDirectories(file.getParent());
            if (entry.getValue().isTextual()) {
                Files.writeString(file, text(entry.getValue()));
            } else if (entry.getValue().has("link")) {
                Files.createSymbolicLink(
                        file, Path.of(entry.getValue().get("link").asText()));
            } else {
                Files.createDirectories(file);
            }
        }
        return directory.toRealPath() + "/" + vector.get("file").asText();
    }

    private String text(JsonNode node) throws IOException {
        return node.asText().replace("${ROOT}", directory.toRealPath().toString());
    }

    private String commandLine(String file) throws Exception {
        return output(new ProcessBuilder("python3", "-c", COMMAND_LINE, file)
                .redirectErrorStream(true)
                .start());
    }

    private static void git(Path where, String... arguments) throws Exception {
        List<String> command = Stream.concat(
                        Stream.of("git", "-c", "user.name=t", "-c", "user.email=t@example.org"), Stream.of(arguments))
                .toList();
        Process process = new ProcessBuilder(command)
                .directory(where.toFile())
                .redirectErrorStream(true)
                .start();
        String output = output(process);
        assertThat(process.exitValue()).as("%s: %s", command, output).isZero();
    }

    private static String output(Process process) throws Exception {
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return output.strip();
    }
}
