package io.heddle.coding;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.heddle.testsupport.CommandLine;
import io.heddle.testsupport.CommandLine.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code heddle hook} with the inputs that the coding agents document: the request that it sends, and its answer. */
class HookCommandTest {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String EDIT = """
            {"session_id": "s1", "cwd": "${ROOT}/shop", "hook_event_name": "PreToolUse", "tool_name": "Edit",
             "tool_input": {"file_path": "%s"}}""";

    @TempDir
    Path directory;

    private StandInService service;
    private CommandLine heddle;
    private Path root;

    static Stream<Arguments> vectors() {
        return Stream.of("claude-code", "codex", "cursor", "gemini", "opencode").flatMap(tool -> {
            try (var in = HookCommandTest.class.getResourceAsStream("/vectors/hooks/" + tool + ".json")) {
                return StreamSupport.stream(MAPPER.readTree(in).get("vectors").spliterator(), false)
                        .map(vector -> Arguments.of(tool, vector.get("name").asText(), vector));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @BeforeEach
    void begin() throws Exception {
        service = new StandInService();
        heddle = new CommandLine(service.url()).with("LOGNAME", "ann");
        root = directory.toRealPath();
        Repository.create(root.resolve("shop"), heddle)
                .write(".heddle.json", "{\"project\": \"shop\"}")
                .write("src/a.ts", "");
    }

    @AfterEach
    void end() {
        service.close();
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("vectors")
    void answers(String tool, String name, JsonNode vector) throws Exception {
        if (vector.has("settings")) {
            ObjectNode settings = ((ObjectNode) vector.get("settings")).put("project", "shop");
            Files.writeString(root.resolve("shop/.heddle.json"), settings.toString());
        }
        JsonNode request = filled(vector.get("request"));
        if (vector.has("response")) {
            JsonNode response = vector.get("response");
            service.responds(
                    request.get("path").asText(), response.get("status").asInt(), response.get("body"));
        }

        Ended ended = heddle.runWith(filled(vector.get("input")).toString(), "hook", tool);

        if (request.isNull()) {
            assertThat(service.requests).isEmpty();
        } else {
            assertThat(service.requests).hasSize(1);
            assertThat(service.requests.get(0).path())
                    .isEqualTo(request.get("path").asText());
            JsonNode body = service.requests.get(0).body();
            if (body.has("user")) {
                assertThat(((ObjectNode) body).remove("host").asText()).isNotEmpty();
            }
            assertThat(body).isEqualTo(request.path("body").isMissingNode() ? body : request.get("body"));
        }
        JsonNode answer = ended.out().isEmpty() ? MAPPER.nullNode() : MAPPER.readTree(ended.out());
        assertThat(answer).isEqualTo(vector.get("answer"));
        assertThat(ended.code()).isEqualTo(vector.path("exit").asInt(0));
        if (ended.code() == 2) {
            assertThat(ended.err().strip())
                    .isEqualTo(answer.get("agent_message").asText());
        } else if (vector.has("warning")) {
            assertThat(ended.err())
                    .hasLineCount(1)
                    .contains(vector.get("warning").asText());
        } else {
            assertThat(ended.err()).isEmpty();
        }
    }

    @Test
    void theNameOfTheHolderCanBeSet() throws Exception {
        service.responds("/sessions/hold", 200, MAPPER.createObjectNode());
        heddle.with("HEDDLE_AGENT", "ann/7").with("HEDDLE_TOKEN", "t0ken");

        assertThat(edit("/shop/src/a.ts")).isEqualTo(new Ended(0, "", ""));

        assertThat(service.requests.get(0).body().get("session").asText()).isEqualTo("ann/7");
        assertThat(service.requests.get(0).authorization()).isEqualTo("Bearer t0ken");
    }

    @Test
    void linksDirectoriesAndFilesOutsideOfTheRepository() throws Exception {
        service.responds("/sessions/hold", 200, MAPPER.createObjectNode());
        Files.createSymbolicLink(root.resolve("shop/link.ts"), Path.of("src/a.ts"));

        for (String file : new String[] {"/shop/link.ts", "/shop/src", "/outside"}) {
            edit(file);
        }

        assertThat(service.requests)
                .extracting(request -> request.body().get("paths").get(0).asText())
                .containsExactly("/shop/src/a.ts", "/shop/src/", root + "/outside");
    }

    @Test
    void theServiceIsAway() throws Exception {
        service.close();

        Ended passed = edit("/shop/src/a.ts");
        Files.writeString(root.resolve("shop/.heddle.json"), "{\"project\": \"shop\", \"on_failure\": \"block\"}");
        Ended blocked = edit("/shop/src/a.ts");

        assertThat(passed.code()).isZero();
        assertThat(passed.err()).hasLineCount(1).contains("cannot be reached", "not held");
        assertThat(MAPPER.readTree(passed.out()).get("systemMessage").asText()).contains("cannot be reached");
        assertThat(MAPPER.readTree(blocked.out())
                        .findValue("permissionDecision")
                        .asText())
                .isEqualTo("deny");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "no JSON", "[]", "{}", "{\"hook_event_name\": \"PreToolUse\"}", "{\"a\": 1", "\u0000"})
    void inputThatIsNoHookPassesWithAWarning(String input) throws Exception {
        Ended ended = heddle.runWith(input, "hook", "claude-code");

        assertThat(ended.code()).isZero();
        assertThat(ended.err()).hasLineCount(1).contains("the input is not that of a hook of claude-code");
        assertThat(service.requests).isEmpty();
    }

    @Test
    void unknownToolsAndSettings() throws Exception {
        assertThat(heddle.runWith("{}", "hook", "vim").code()).isEqualTo(2);
        Files.writeString(root.resolve("shop/.heddle.json"), "{\"project\": 7}");
        Ended invalid = edit("/shop/src/a.ts");
        assertThat(invalid.code()).isZero();
        assertThat(invalid.err()).hasLineCount(1).contains(".heddle.json");
    }

    private Ended edit(String file) throws Exception {
        return heddle.runWith(
                EDIT.formatted("${ROOT}" + file).replace("${ROOT}", root.toString()), "hook", "claude-code");
    }

    private JsonNode filled(JsonNode node) throws IOException {
        return MAPPER.readTree(node.toString().replace("${ROOT}", root.toString()));
    }
}
