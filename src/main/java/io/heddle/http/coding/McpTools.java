package io.heddle.http.coding;

import io.heddle.coding.HoldPaths;
import io.heddle.hold.AwaitTimeoutException;
import io.heddle.hold.FilePath;
import io.heddle.hold.HeldByAnotherException;
import io.heddle.hold.Hold;
import io.heddle.http.BadFieldException;
import io.heddle.http.security.Roles;
import io.quarkiverse.mcp.server.McpConnection;
import io.quarkiverse.mcp.server.Progress;
import io.quarkiverse.mcp.server.Tool;
import io.quarkiverse.mcp.server.ToolArg;
import io.quarkiverse.mcp.server.ToolResponse;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The tools at {@code /mcp} (Model Context Protocol). Their descriptions and answers are for a model. */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
@IfBuildProperty(name = "heddle.coding.enabled", stringValue = "true")
public class McpTools {

    private static final String PATHS =
            "Files, relative to the repository's root or absolute. A directory with everything below it"
                    + " ends with a slash.";
    private static final String SESSION = "Your session, if you were given its name. Leave it out otherwise.";
    private static final String PROJECT = "The project, if you were given its name. Leave it out otherwise.";
    private static final int MOST_SECONDS = 3_600;
    private static final Duration PROGRESS = Duration.ofSeconds(1);

    private final McpCall call;
    private final AgentRequest agent;
    private final McpAnswers answers;

    McpTools(McpCall call, AgentRequest agent, McpAnswers answers) {
        this.call = call;
        this.agent = agent;
        this.answers = answers;
    }

    @Tool(
            name = "hold_files",
            description =
                    "Hold files or directories before you edit them, so that no other agent edits them. All or none. On a"
                            + " conflict nothing is held, and the answer names the holder. Holding again is harmless. Holds are renewed"
                            + " until you release them or your session ends.",
            annotations =
                    @Tool.Annotations(
                            title = "Hold files",
                            destructiveHint = false,
                            idempotentHint = true,
                            openWorldHint = false),
            structuredContent = true,
            outputSchema = @Tool.OutputSchema(from = McpAnswers.HoldsAnswer.class))
    @RolesAllowed(Roles.HOLDS_WRITE)
    public Uni<ToolResponse> hold(
            @ToolArg(description = PATHS) List<String> paths,
            @ToolArg(description = "true: only to read them; others may read too, no one may edit.", required = false)
                    @Nullable
                    Boolean shared,
            @ToolArg(description = "Why, in a few words: others see it.", required = false) @Nullable String reason,
            @ToolArg(
                            name = "wait_seconds",
                            description = "How long to wait for other holders: 0 to 3600.",
                            required = false)
                    @Nullable
                    Integer waitSeconds,
            @ToolArg(description = SESSION, required = false) @Nullable String session,
            @ToolArg(description = PROJECT, required = false) @Nullable String project,
            McpConnection connection,
            Progress progress) {
        return call.answer(connection, session, project, (begun, lost) -> {
            List<FilePath> files = files(paths, begun.names());
            Duration patience = patience(waitSeconds, 0);
            return reporting(
                            progress,
                            patience,
                            begun.session()
                                    .hold(files, Boolean.TRUE.equals(shared), reason == null ? "" : reason, patience))
                    .map(held -> answers.holds("Held.", begun.session(), held, lost))
                    .onFailure(HeldByAnotherException.class)
                    .recoverWithItem(e -> answers.refused(begun.session(), e, lost));
        });
    }

    @Tool(
            name = "release_files",
            description =
                    "Release files that you hold, as soon as your edits of them are complete. Without paths: everything that"
                            + " you hold. Files that you do not hold are ignored.",
            annotations =
                    @Tool.Annotations(
                            title = "Release files",
                            destructiveHint = false,
                            idempotentHint = true,
                            openWorldHint = false),
            structuredContent = true,
            outputSchema = @Tool.OutputSchema(from = McpAnswers.ReleaseAnswer.class))
    @RolesAllowed(Roles.HOLDS_WRITE)
    public Uni<ToolResponse> release(
            @ToolArg(description = PATHS, required = false) @Nullable List<String> paths,
            @ToolArg(description = SESSION, required = false) @Nullable String session,
            @ToolArg(description = PROJECT, required = false) @Nullable String project,
            McpConnection connection) {
        return call.answer(connection, session, project, (begun, lost) -> {
            Uni<List<FilePath>> released = paths == null || paths.isEmpty()
                    ? begun.session().releaseAll()
                    : begun.session().release(files(paths, begun.names()));
            return released.map(done -> answers.released(begun.session(), done, lost));
        });
    }

    @Tool(
            name = "who_holds",
            description =
                    "Who holds files, why, and for how long. A directory: who holds anything in it. The answer lists only what"
                            + " is held.",
            annotations =
                    @Tool.Annotations(
                            title = "Who holds",
                            readOnlyHint = true,
                            destructiveHint = false,
                            idempotentHint = true,
                            openWorldHint = false),
            structuredContent = true,
            outputSchema = @Tool.OutputSchema(from = McpAnswers.HoldsAnswer.class))
    @RolesAllowed(Roles.HOLDS_READ)
    public Uni<ToolResponse> whoHolds(
            @ToolArg(description = PATHS) List<String> paths,
            @ToolArg(description = SESSION, required = false) @Nullable String session,
            @ToolArg(description = PROJECT, required = false) @Nullable String project,
            McpConnection connection) {
        return call.answer(connection, session, project, (begun, lost) -> {
            return overlapping(files(paths, begun.names())).map(held -> {
                Instant now = now();
                String found = held.stream()
                        .map(hold -> hold.holder().equals(begun.session().name())
                                ? "You hold " + hold.file() + "."
                                : Explanations.held(hold, now))
                        .reduce((one, other) -> one + " " + other)
                        .orElse("No one holds them.");
                return answers.holds(found, begun.session(), held, lost);
            });
        });
    }

    @Tool(
            name = "wait_for_files",
            description =
                    "Wait until no other agent holds files. It does not hold them: call hold_files afterwards, or hold_files with"
                            + " wait_seconds to do both.",
            annotations =
                    @Tool.Annotations(
                            title = "Wait for files",
                            readOnlyHint = true,
                            destructiveHint = false,
                            idempotentHint = true,
                            openWorldHint = false),
            structuredContent = true,
            outputSchema = @Tool.OutputSchema(from = McpAnswers.HoldsAnswer.class))
    @RolesAllowed(Roles.HOLDS_READ)
    public Uni<ToolResponse> await(
            @ToolArg(description = PATHS) List<String> paths,
            @ToolArg(
                            name = "wait_seconds",
                            description = "How long at most: 1 to 3600; 60 without it.",
                            required = false)
                    @Nullable
                    Integer waitSeconds,
            @ToolArg(description = SESSION, required = false) @Nullable String session,
            @ToolArg(description = PROJECT, required = false) @Nullable String project,
            McpConnection connection,
            Progress progress) {
        return call.answer(connection, session, project, (begun, lost) -> {
            List<FilePath> files = files(paths, begun.names());
            Duration patience = patience(waitSeconds, 60);
            return reporting(progress, patience, begun.session().await(files, patience))
                    .map(free -> answers.holds(
                            "They are free. Hold them before you edit them.", begun.session(), List.of(), lost))
                    .onFailure(AwaitTimeoutException.class)
                    .recoverWithUni(late -> overlapping(files)
                            .map(held -> answers.failure(
                                    "Still held. Work on other files, or ask the user.", begun.session(), held, lost)));
        });
    }

    @Tool(
            name = "hand_over",
            description =
                    "Pass a hold of yours on to another session, with no one in between. Only that session may edit the file"
                            + " afterwards.",
            annotations =
                    @Tool.Annotations(
                            title = "Hand over",
                            destructiveHint = true,
                            idempotentHint = false,
                            openWorldHint = false),
            structuredContent = true,
            outputSchema = @Tool.OutputSchema(from = McpAnswers.HoldsAnswer.class))
    @RolesAllowed(Roles.HOLDS_WRITE)
    public Uni<ToolResponse> handOver(
            @ToolArg(description = "The file or directory.") String path,
            @ToolArg(name = "to_session", description = "The session that holds it from now on.") String toSession,
            @ToolArg(
                            description = "The hold's token, as hold_files has answered; without it, your current one.",
                            required = false)
                    @Nullable
                    Long token,
            @ToolArg(description = SESSION, required = false) @Nullable String session,
            @ToolArg(description = PROJECT, required = false) @Nullable String project,
            McpConnection connection) {
        return call.answer(connection, session, project, (begun, lost) -> {
            FilePath file = files(List.of(path), begun.names()).get(0);
            return begun.session()
                    .handOver(file, token, toSession)
                    .map(grant -> answers.holds(
                            file + " is held by " + toSession + " now.", begun.session(), List.of(grant.hold()), lost));
        });
    }

    @Tool(
            name = "my_holds",
            description = "What you hold, and what you have lost.",
            annotations =
                    @Tool.Annotations(
                            title = "My holds",
                            readOnlyHint = true,
                            destructiveHint = false,
                            idempotentHint = true,
                            openWorldHint = false),
            structuredContent = true,
            outputSchema = @Tool.OutputSchema(from = McpAnswers.HoldsAnswer.class))
    @RolesAllowed(Roles.HOLDS_READ)
    public Uni<ToolResponse> mine(
            @ToolArg(description = SESSION, required = false) @Nullable String session,
            @ToolArg(description = PROJECT, required = false) @Nullable String project,
            McpConnection connection) {
        return call.answer(connection, session, project, (begun, lost) -> {
            return begun.session()
                    .holds()
                    .map(held -> answers.holds(
                            held.isEmpty() ? "You hold nothing." : "You hold " + held.size() + ".",
                            begun.session(),
                            held,
                            lost));
        });
    }

    /** The holds of these files, of the directories above, and of everything below those that are directories. */
    private Uni<List<Hold>> overlapping(List<FilePath> files) {
        return agent.holds().query(files, null).map(found -> {
            Map<String, Hold> all = new TreeMap<>();
            found.values().forEach(holds -> holds.forEach(hold -> all.put(hold.file() + "\0" + hold.holder(), hold)));
            return new ArrayList<>(all.values());
        });
    }

    /** With a notification each second while it waits, if the client asked for progress. */
    private <T> Uni<T> reporting(Progress progress, Duration patience, Uni<T> task) {
        Uni<T> work = agent.waiting(patience, task);
        if (patience.isZero() || progress.token().isEmpty()) {
            return work;
        }
        return Uni.createFrom().deferred(() -> {
            var ticks = Multi.createFrom()
                    .ticks()
                    .every(PROGRESS)
                    .onOverflow()
                    .drop()
                    .subscribe()
                    .with(seconds -> progress.notificationBuilder()
                            .setProgress(seconds)
                            .setTotal(patience.toSeconds())
                            .setMessage("waiting for the files")
                            .build()
                            .sendAndForget());
            return work.onTermination().invoke(ticks::cancel);
        });
    }

    private static List<FilePath> files(List<String> paths, HoldPaths names) {
        return SessionBody.files(new ArrayList<>(paths), names);
    }

    private static Duration patience(@Nullable Integer seconds, int without) {
        int patience = Optional.ofNullable(seconds).orElse(without);
        if (patience < 0 || patience > MOST_SECONDS) {
            throw new BadFieldException("wait_seconds", "wait_seconds must be from 0 to " + MOST_SECONDS);
        }
        return Duration.ofSeconds(patience);
    }

    private Instant now() {
        return agent.holds().status().now();
    }
}
