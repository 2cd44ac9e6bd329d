package io.heddle.http.coding;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import io.heddle.hold.HoldFilter;
import io.heddle.hold.Holds;
import io.heddle.testsupport.BrokerResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import jakarta.inject.Inject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@QuarkusTestResource(BrokerResource.class)
class SessionsOverHttpTest {

    @Inject
    Holds holds;

    /** A project and sessions of this test's own: the tests share a bucket. */
    private final String project = UUID.randomUUID().toString();

    private final String one = "claude-code/" + UUID.randomUUID();
    private final String two = "codex/" + UUID.randomUUID();

    @BeforeEach
    void awaitHolds() {
        await().until(() -> holds.status().ready());
    }

    @Test
    void aSessionHoldsIsRefusedAndReleases() {
        hold(one, "[\"src/a.ts\", \"src/cart/\"]", ", \"reason\": \"new checkout\"")
                .statusCode(200)
                .body("session", equalTo(one))
                .body("held.path", equalTo(List.of(path("src/a.ts"), path("src/cart/"))))
                .body("lost", empty());

        hold(two, "[\"/" + project + "/src/b.ts\", \"src/a.ts\"]", "")
                .statusCode(409)
                .body("type", endsWith("/held-by-another"))
                .body("path", equalTo(path("src/a.ts")))
                .body("holder.agent_id", equalTo(one))
                .body("conflicts.holder", hasItem(one))
                .body("detail", containsString("Work on other files"))
                .body("lost", empty());
        given().queryParam("path", path("src/b.ts")).get("/api/v1/holds").then().statusCode(404);

        post("release", Map.of("session", one, "project", project, "paths", new String[] {"src/a.ts", "src/x"}))
                .statusCode(200)
                .body("released", equalTo(List.of(path("src/a.ts"))));
        hold(two, "[\"src/a.ts\"]", "").statusCode(200);
        post("release", Map.of("session", one, "end", true))
                .statusCode(200)
                .body("released", equalTo(List.of(path("src/cart/"))));
    }

    @Test
    void aLossIsReportedOnce() {
        hold(one, "[\"a\"]", "").statusCode(200);
        given().queryParam("path", path("a"))
                .queryParam("force", true)
                .queryParam("reason", "a release is due")
                .delete("/api/v1/holds")
                .then()
                .statusCode(200);

        given().queryParam("session", one)
                .queryParam("lost", false)
                .get("/api/v1/sessions/holds")
                .then()
                .statusCode(200)
                .body("lost", empty());
        await().untilAsserted(() -> given().queryParam("session", one)
                .get("/api/v1/sessions/holds")
                .then()
                .statusCode(200)
                .body("lost.path", hasItem(path("a")))
                .body("lost.why", hasItem("it was released by force by administrator (a release is due)")));
        given().queryParam("session", one)
                .get("/api/v1/sessions/holds")
                .then()
                .body("held", empty())
                .body("lost", empty());
    }

    @Test
    void sessionsAreListed() {
        hold(one, "[\"a\"]", ", \"user\": \"ann\", \"host\": \"mac-1\", \"checkout_path\": \"/home/ann/shop\"")
                .statusCode(200);
        given().queryParam("prefix", "/" + project)
                .get("/api/v1/sessions")
                .then()
                .statusCode(200)
                .body("sessions.size()", equalTo(1))
                .body("sessions[0].session", equalTo(one))
                .body("sessions[0].tool", equalTo("claude-code"))
                .body("sessions[0].user", equalTo("ann"))
                .body("sessions[0].host", equalTo("mac-1"))
                .body("sessions[0].project", equalTo(project))
                .body("sessions[0].checkout_path", equalTo("/home/ann/shop"))
                .body("sessions[0].holds.path", hasItem(path("a")))
                .body("now", startsWith("20"));
        given().queryParam("prefix", "/" + project)
                .queryParam("holds", false)
                .get("/api/v1/sessions")
                .then()
                .statusCode(200)
                .body("sessions[0].session", equalTo(one))
                .body("sessions[0].holds", nullValue());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|session",
                "{\"session\":\"\",\"paths\":[\"/a\"]}|session",
                "{\"session\":\"s\"}|paths",
                "{\"session\":\"s\",\"paths\":[]}|paths",
                "{\"session\":\"s\",\"paths\":[null]}|paths",
                "{\"session\":\"s\",\"paths\":[\"a\"]}|paths",
                "{\"session\":\"s\",\"paths\":[\"../a\"],\"project\":\"p\"}|paths",
                "{\"session\":\"s\",\"paths\":[\"/a\"],\"wait\":\"-1s\"}|wait",
                "{\"session\":\"s\",\"paths\":[\"/a\"],\"wait\":\"2h\"}|wait",
                "{\"session\":\"s\",\"paths\":[\"/a\"],\"shared\":\"yes\"}|shared",
                "{\"session\":\"s\",\"paths\":[\"/a\"],\"reason\":\"\\u0007\"}|reason",
                "{\"session\":7,\"paths\":[\"/a\"]}|session",
            })
    void badInputIsNamed(String body, String field) {
        given().contentType("application/json")
                .body(body)
                .post("/api/v1/sessions/hold")
                .then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body("field", equalTo(field));
    }

    @Test
    void aPageOfAnotherOriginCanDoNothing() {
        for (String target : new String[] {"/api/v1/sessions/hold", "/hooks/claude-code", "/mcp"}) {
            given().contentType("application/json")
                    .header("Origin", "http://evil.example")
                    .body("{}")
                    .post(target)
                    .then()
                    .statusCode(403);
            given().contentType("text/plain").body("{}").post(target).then().statusCode(415);
        }
    }

    @Test
    void theHookHoldsDeniesAndEnds() {
        // "codex/…" is another session of Claude Code here: the hook has its own prefix.
        hook(one, "PreToolUse", "Edit", "/home/ann/w/src/a.ts").body("$", equalTo(Map.of()));
        hook(two, "PreToolUse", "Write", "/home/ann/w/src/a.ts")
                .body("hookSpecificOutput.hookEventName", equalTo("PreToolUse"))
                .body("hookSpecificOutput.permissionDecision", equalTo("deny"))
                .body("hookSpecificOutput.permissionDecisionReason", containsString(one));
        hook(two, "PreToolUse", "Read", "/home/ann/w/src/a.ts").body("$", equalTo(Map.of()));
        hook(one, "Stop", null, null).body("$", equalTo(Map.of()));
        hook(two, "PreToolUse", "MultiEdit", "/home/ann/w/src/a.ts")
                .body("hookSpecificOutput.permissionDecision", equalTo("deny"));
        hook(one, "SessionEnd", null, null).body("$", equalTo(Map.of()));
        hook(two, "PreToolUse", "NotebookEdit", "/home/ann/w/src/a.ts").body("$", equalTo(Map.of()));
    }

    @Test
    void anEditAfterALossIsDeniedOnceSoThatTheFileIsReadAgain() {
        hook(one, "PreToolUse", "Edit", "/home/ann/w/a").body("$", equalTo(Map.of()));
        hook(one, "PreToolUse", "Edit", "/home/ann/w/b").body("$", equalTo(Map.of()));
        given().queryParam("path", path("a")).queryParam("force", true).delete("/api/v1/holds");
        await().until(() -> holds.list(HoldFilter.ALL).await().indefinitely().stream()
                .noneMatch(hold -> hold.file().value().equals(path("a"))));

        // Its answer cannot name a loss, so it reports none.
        hook(one, "Stop", null, null).body("$", equalTo(Map.of()));
        await().untilAsserted(() -> hook(one, "PreToolUse", "Edit", "/home/ann/w/a")
                .body("hookSpecificOutput.permissionDecision", equalTo("deny"))
                .body("hookSpecificOutput.permissionDecisionReason", containsString("read it, then repeat")));
        hook(one, "PreToolUse", "Edit", "/home/ann/w/a").body("$", equalTo(Map.of()));
    }

    @Test
    void aSessionIsIntroducedToItself() {
        String context = hook(one, "SessionStart", null, null)
                .body("hookSpecificOutput.hookEventName", equalTo("SessionStart"))
                .extract()
                .path("hookSpecificOutput.additionalContext");
        assertThat(context).contains(one);
    }

    private ValidatableResponse hook(String session, String event, String tool, String file) {
        Map<String, Object> input = new HashMap<>(Map.of(
                "session_id", session.substring(session.indexOf('/') + 1),
                "transcript_path", "/home/ann/.claude/projects/w/x.jsonl",
                "cwd", "/home/ann/w",
                "permission_mode", "default",
                "hook_event_name", event));
        if (tool != null) {
            input.put("tool_name", tool);
            input.put("tool_input", Map.of(tool.equals("NotebookEdit") ? "notebook_path" : "file_path", file));
        }
        return given().contentType("application/json")
                .queryParam("project", project)
                .body(input)
                .post("/hooks/claude-code")
                .then()
                .statusCode(200);
    }

    private ValidatableResponse hold(String session, String paths, String more) {
        return given().contentType("application/json")
                .body("{\"session\":\"" + session + "\",\"project\":\"" + project + "\",\"paths\":" + paths + more
                        + "}")
                .post("/api/v1/sessions/hold")
                .then();
    }

    private static ValidatableResponse post(String action, Object body) {
        return given().contentType("application/json")
                .body(body)
                .post("/api/v1/sessions/" + action)
                .then();
    }

    private String path(String below) {
        return "/" + project + "/" + below;
    }
}
