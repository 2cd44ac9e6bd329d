package io.heddle.http.coding;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import io.heddle.coding.CodingSessions;
import io.heddle.coding.Contact;
import io.heddle.coding.LostHold;
import io.heddle.coding.Session;
import io.heddle.hold.FilePath;
import io.heddle.hold.HeldByAnotherException;
import io.heddle.http.BadFieldException;
import io.heddle.http.JsonBody;
import io.heddle.http.Query;
import io.heddle.http.security.Roles;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpServerRequest;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/**
 * Claude Code's hooks of the type {@code http}: holds a file before it is edited, and denies the edit when another agent holds it.
 * It never allows what the user would be asked for. An answer that is not 2xx lets the edit pass, as Claude Code defines it.
 */
@Path("/hooks/claude-code")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "sessions")
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
@IfBuildProperty(name = "heddle.coding.enabled", stringValue = "true")
public class ClaudeCodeHook {

    private static final String TOOL = "claude-code/";
    private static final String CURSOR = "cursor/";
    private static final String BEFORE_TOOL = "PreToolUse";
    private static final Set<String> EDITS = Set.of("Edit", "MultiEdit", "Write", "NotebookEdit");
    /** The events whose answer may have a context for the model. */
    private static final Set<String> WITH_CONTEXT =
            Set.of(BEFORE_TOOL, "PostToolUse", "UserPromptSubmit", "SessionStart");

    private final AgentRequest agent;
    private final CodingSessions sessions;

    ClaudeCodeHook(AgentRequest agent, CodingSessions sessions) {
        this.agent = agent;
        this.sessions = sessions;
    }

    /** Claude Code's input, as far as it matters here; names are its own. */
    @Schema(
            name = "ClaudeCodeHookInput",
            requiredProperties = {"hook_event_name"})
    record Input(
            @Nullable @Schema(name = "session_id") String sessionId,

            @Nullable @Schema(name = "hook_event_name", examples = "PreToolUse")
            String hookEventName,

            @Nullable @Schema(examples = "/home/ann/shop") String cwd,
            @Nullable @Schema(name = "cursor_version") String cursorVersion,
            @Nullable @Schema(name = "conversation_id") String conversationId,

            @Nullable @Schema(name = "tool_name", examples = "Edit")
            String toolName,

            @Nullable
            @Schema(
                    name = "tool_input",
                    type = SchemaType.OBJECT,
                    implementation = Object.class,
                    additionalProperties = Schema.True.class)
            JsonNode toolInput) {

        String event() {
            return required("hook_event_name", hookEventName);
        }

        /** Cursor runs these hooks too, beside its own, which name the session by the conversation. */
        String session() {
            return cursorVersion != null && conversationId != null
                    ? CURSOR + required("conversation_id", conversationId)
                    : TOOL + required("session_id", sessionId);
        }

        /** The file that a tool is about to edit. */
        Optional<String> edited() {
            if (!BEFORE_TOOL.equals(hookEventName)
                    || toolName == null
                    || !EDITS.contains(toolName)
                    || toolInput == null) {
                return Optional.empty();
            }
            JsonNode path = toolInput.path(toolName.equals("NotebookEdit") ? "notebook_path" : "file_path");
            return path.isTextual() && !path.textValue().isEmpty() ? Optional.of(path.textValue()) : Optional.empty();
        }

        private static String required(String field, @Nullable String value) {
            if (value == null || value.isEmpty()) {
                throw new BadFieldException(field, field + " is missing");
            }
            return value;
        }
    }

    /** Claude Code's output; empty when it has nothing to say. */
    @RegisterForReflection
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @Schema(name = "ClaudeCodeHookOutput")
    record Output(
            @Nullable @JsonProperty("hookSpecificOutput") Specific hookSpecificOutput) {

        static final Output NOTHING = new Output(null);

        static Output deny(String reason) {
            return new Output(new Specific(BEFORE_TOOL, "deny", reason, null));
        }

        static Output context(String event, String text) {
            return text.isEmpty() ? NOTHING : new Output(new Specific(event, null, null, text));
        }
    }

    /** What depends on the event. */
    @RegisterForReflection
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @Schema(name = "ClaudeCodeHookSpecificOutput")
    record Specific(
            @JsonProperty("hookEventName") String hookEventName,
            @Nullable @JsonProperty("permissionDecision") String permissionDecision,

            @Nullable @JsonProperty("permissionDecisionReason")
            String permissionDecisionReason,

            @Nullable @JsonProperty("additionalContext") String additionalContext) {}

    @POST
    @RolesAllowed(Roles.HOLDS_WRITE)
    @Operation(
            operationId = "handleClaudeCodeHook",
            summary = "A hook of Claude Code",
            description =
                    "PreToolUse of Edit, MultiEdit, Write and NotebookEdit holds the file, or denies the edit. SessionEnd releases "
                            + "everything. Every other event is a contact of the session.")
    @Parameter(
            name = "project",
            in = ParameterIn.QUERY,
            description = "the project, when the service cannot see the files",
            schema = @Schema(type = SchemaType.STRING))
    @Parameter(
            name = "root",
            in = ParameterIn.QUERY,
            description = "the working tree; the hook's cwd unless given",
            schema = @Schema(type = SchemaType.STRING))
    @RequestBody(required = true, content = @Content(schema = @Schema(implementation = Input.class)))
    @APIResponse(
            responseCode = "200",
            description = "The answer to Claude Code; empty when the edit may proceed",
            content = @Content(schema = @Schema(implementation = Output.class)))
    @APIResponse(responseCode = "409", description = "`corrupt-hold` or `session-limit`")
    public Uni<Output> hook(@Context HttpServerRequest request, byte[] body) {
        Input input = JsonBody.read(body, Input.class);
        Query query = Query.of(request.query());
        String event = input.event();
        String root = Objects.requireNonNullElse(query.optional("root"), Objects.requireNonNullElse(input.cwd(), ""));
        String project = query.optional("project");
        Contact contact = new Contact(input.session(), "", Objects.requireNonNullElse(project, ""), "", "", root);
        Optional<FilePath> edited = input.edited()
                .map(path -> file(path, agent.paths(request, project, root).of(path)));
        return agent.contact(contact).chain(session -> {
            if (event.equals("SessionEnd")) {
                return sessions.end(session).replaceWith(Output.NOTHING);
            }
            if (!WITH_CONTEXT.contains(event)) {
                return Uni.createFrom().item(Output.NOTHING);
            }
            String start = event.equals("SessionStart") ? introduction(session) : "";
            return session.answer(
                    lost -> edited.map(file -> edit(session, file, lost)).orElseGet(() -> Uni.createFrom()
                            .item(Output.context(event, join(Explanations.lost(lost), start)))));
        });
    }

    /** The answer to an edit: nothing when it may proceed. */
    private Uni<Output> edit(Session session, FilePath file, List<LostHold> lost) {
        return session.hold(List.of(file), false, "", Duration.ZERO)
                .map(held -> lost.stream()
                        .filter(one -> file.isWithin(one.file()))
                        .findFirst()
                        .map(one -> Output.deny(Explanations.reread(file, one)))
                        .orElseGet(() -> Output.context(BEFORE_TOOL, Explanations.lost(lost))))
                .onFailure(HeldByAnotherException.class)
                .recoverWithItem(e -> Output.deny(join(
                        Explanations.lost(lost),
                        Explanations.refused(e, agent.holds().status().now()))));
    }

    private static FilePath file(String path, FilePath file) {
        if (file.isDirectory()) {
            throw new BadFieldException("tool_input", path + " is a directory");
        }
        return file;
    }

    private static String introduction(Session session) {
        return "Other coding agents work on this repository. The file that you edit is held for you; an edit of a file that another"
                + " agent holds is denied. Your session for Heddle's tools is " + session.name() + ".";
    }

    private static String join(String one, String other) {
        return (one + " " + other).strip();
    }
}
