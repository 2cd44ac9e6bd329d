package io.heddle.http.coding;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.coding.HoldPaths;
import io.heddle.coding.LostHold;
import io.heddle.coding.Session;
import io.heddle.hold.AwaitTimeoutException;
import io.heddle.hold.FilePath;
import io.heddle.hold.HeldByAnotherException;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldException;
import io.heddle.hold.HoldLostException;
import io.heddle.hold.InvalidFilePathException;
import io.heddle.http.BadFieldException;
import io.heddle.http.ProblemException;
import io.heddle.http.security.Roles;
import io.heddle.nats.BrokerException;
import io.quarkiverse.mcp.server.McpConnection;
import io.quarkiverse.mcp.server.Progress;
import io.quarkiverse.mcp.server.TextContent;
import io.quarkiverse.mcp.server.Tool;
import io.quarkiverse.mcp.server.ToolArg;
import io.quarkiverse.mcp.server.ToolCallException;
import io.quarkiverse.mcp.server.ToolResponse;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.annotations.RegisterForReflection;
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
import java.util.function.Supplier;
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
    private final ObjectMapper mapper;

    McpTools(McpCall call, AgentRequest agent, ObjectMapper mapper) {
        this.call = call;
        this.agent = agent;
        this.mapper = mapper;
    }

    /**
     * One hold, for a model.
     *
     * @param seconds for how long it lasts unless it is renewed, which the service does for sessions in contact
     */
    @RegisterForReflection
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record HeldFile(
            String path, String holder, String since, long seconds, long token, boolean shared, String reason) {
        static HeldFile of(Hold hold, Instant now) {
            return new HeldFile(
                    hold.file().value(),
                    hold.holder(),
                    hold.claimedAt().toString(),
                    Explanations.remaining(hold, now).toSeconds(),
                    hold.token(),
                    hold.shared(),
                    hold.reason());
        }
    }

    /** A hold that the session has lost. */
    @RegisterForReflection
    public record LostFile(String path, String why) {
        static List<LostFile> of(List<LostHold> lost) {
            return lost.stream()
                    .map(one -> new LostFile(one.file().value(), one.why()))
                    .toList();
        }
    }

    /**
     * Holds, as an answer.
     *
     * @param message what the agent should know first: what it has lost, or who is in its way
     */
    @RegisterForReflection
    public record HoldsAnswer(String message, String session, List<HeldFile> holds, List<LostFile> lost) {}

    /**
     * What was released, as an answer.
     *
     * @param message what the agent should know first
     */
    @RegisterForReflection
    public record ReleaseAnswer(String message, String session, List<String> released, List<LostFile> lost) {}

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
            outputSchema = @Tool.OutputSchema(from = HoldsAnswer.class))
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
        return answered(() -> call.begin(connection, session, project).chain(begun -> {
            List<FilePath> files = files(paths, begun.names());
            Duration patience = patience(waitSeconds, 0);
            List<LostHold> lost = begun.session().takeLost();
            return reporting(
                            progress,
                            patience,
                            begun.session()
                                    .hold(files, Boolean.TRUE.equals(shared), reason == null ? "" : reason, patience))
                    .map(held -> success(answer(join(Explanations.lost(lost), "Held."), begun.session(), held, lost)))
                    .onFailure(HeldByAnotherException.class)
                    .recoverWithItem(e -> refused(begun.session(), e, lost));
        }));
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
            outputSchema = @Tool.OutputSchema(from = ReleaseAnswer.class))
    @RolesAllowed(Roles.HOLDS_WRITE)
    public Uni<ToolResponse> release(
            @ToolArg(description = PATHS, required = false) @Nullable List<String> paths,
            @ToolArg(description = SESSION, required = false) @Nullable String session,
            @ToolArg(description = PROJECT, required = false) @Nullable String project,
            McpConnection connection) {
        return answered(() -> call.begin(connection, session, project).chain(begun -> {
            List<LostHold> lost = begun.session().takeLost();
            Uni<List<FilePath>> released = paths == null || paths.isEmpty()
                    ? begun.session().releaseAll()
                    : begun.session().release(files(paths, begun.names()));
            return released.map(done -> success(new ReleaseAnswer(
                    join(Explanations.lost(lost), "Released " + done.size() + "."),
                    begun.session().name(),
                    done.stream().map(FilePath::value).toList(),
                    LostFile.of(lost))));
        }));
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
            outputSchema = @Tool.OutputSchema(from = HoldsAnswer.class))
    @RolesAllowed(Roles.HOLDS_READ)
    public Uni<ToolResponse> whoHolds(
            @ToolArg(description = PATHS) List<String> paths,
            @ToolArg(description = SESSION, required = false) @Nullable String session,
            @ToolArg(description = PROJECT, required = false) @Nullable String project,
            McpConnection connection) {
        return answered(() -> call.begin(connection, session, project).chain(begun -> {
            List<LostHold> lost = begun.session().takeLost();
            return overlapping(files(paths, begun.names())).map(held -> {
                Instant now = now();
                String found = held.stream()
                        .map(hold -> hold.holder().equals(begun.session().name())
                                ? "You hold " + hold.file() + "."
                                : Explanations.held(hold, now))
                        .reduce(McpTools::join)
                        .orElse("No one holds them.");
                return success(answer(join(Explanations.lost(lost), found), begun.session(), held, lost));
            });
        }));
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
            outputSchema = @Tool.OutputSchema(from = HoldsAnswer.class))
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
        return answered(() -> call.begin(connection, session, project).chain(begun -> {
            List<FilePath> files = files(paths, begun.names());
            Duration patience = patience(waitSeconds, 60);
            List<LostHold> lost = begun.session().takeLost();
            return reporting(progress, patience, begun.session().await(files, patience))
                    .map(free -> success(answer(
                            join(Explanations.lost(lost), "They are free. Hold them before you edit them."),
                            begun.session(),
                            List.of(),
                            lost)))
                    .onFailure(AwaitTimeoutException.class)
                    .recoverWithUni(late -> overlapping(files)
                            .map(held -> error(answer(
                                    join(Explanations.lost(lost), "Still held. Work on other files, or ask the user."),
                                    begun.session(),
                                    held,
                                    lost))));
        }));
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
            outputSchema = @Tool.OutputSchema(from = HoldsAnswer.class))
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
        return answered(() -> call.begin(connection, session, project).chain(begun -> {
            FilePath file = files(List.of(path), begun.names()).get(0);
            List<LostHold> lost = begun.session().takeLost();
            return begun.session()
                    .handOver(file, token, toSession)
                    .map(grant -> success(answer(
                            join(Explanations.lost(lost), file + " is held by " + toSession + " now."),
                            begun.session(),
                            List.of(grant.hold()),
                            lost)));
        }));
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
            outputSchema = @Tool.OutputSchema(from = HoldsAnswer.class))
    @RolesAllowed(Roles.HOLDS_READ)
    public Uni<ToolResponse> mine(
            @ToolArg(description = SESSION, required = false) @Nullable String session,
            @ToolArg(description = PROJECT, required = false) @Nullable String project,
            McpConnection connection) {
        return answered(() -> call.begin(connection, session, project).chain(begun -> {
            List<LostHold> lost = begun.session().takeLost();
            return begun.session()
                    .holds()
                    .map(held -> success(answer(
                            join(
                                    Explanations.lost(lost),
                                    held.isEmpty() ? "You hold nothing." : "You hold " + held.size() + "."),
                            begun.session(),
                            held,
                            lost)));
        }));
    }

    private ToolResponse refused(Session session, HeldByAnotherException refusal, List<LostHold> lost) {
        String message = join(Explanations.lost(lost), Explanations.refused(refusal, now()));
        return error(answer(message, session, refusal.conflicts(), lost));
    }

    private HoldsAnswer answer(String message, Session session, List<Hold> holds, List<LostHold> lost) {
        Instant now = now();
        return new HoldsAnswer(
                message,
                session.name(),
                holds.stream().map(hold -> HeldFile.of(hold, now)).toList(),
                LostFile.of(lost));
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
    private static <T> Uni<T> reporting(Progress progress, Duration patience, Uni<T> work) {
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

    /** What the agent can do something about is an error of the tool; everything else is an error of the protocol, which is logged. */
    private static Uni<ToolResponse> answered(Supplier<Uni<ToolResponse>> work) {
        return Uni.createFrom()
                .deferred(work::get)
                .onFailure(e -> e instanceof HoldException
                        || e instanceof BrokerException
                        || e instanceof BadFieldException
                        || e instanceof ProblemException)
                .transform(e -> new ToolCallException(remedy(e)));
    }

    private static String remedy(Throwable e) {
        String what = String.valueOf(e.getMessage());
        if (e instanceof InvalidFilePathException || e instanceof BadFieldException) {
            return what + ". Correct it and call again.";
        } else if (e instanceof HoldLostException) {
            return what + ". You do not hold it: hold it first.";
        } else if (e instanceof BrokerException) {
            return what
                    + ". The service cannot reach its broker: try again in some seconds, and do not edit shared files meanwhile.";
        }
        return what;
    }

    private ToolResponse success(Object answer) {
        return new ToolResponse(false, text(answer), answer, Map.of());
    }

    private ToolResponse error(Object answer) {
        return new ToolResponse(true, text(answer), answer, Map.of());
    }

    /** The same as text, for clients that do not read structured content, as the protocol asks for. */
    private List<TextContent> text(Object answer) {
        try {
            return List.of(new TextContent(mapper.writeValueAsString(answer)));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an answer could not be written as JSON", e);
        }
    }

    private Instant now() {
        return agent.holds().status().now();
    }

    private static String join(String one, String other) {
        return (one + " " + other).strip();
    }
}
