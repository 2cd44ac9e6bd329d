package io.heddle.http.coding;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.coding.LostHold;
import io.heddle.coding.Session;
import io.heddle.hold.FilePath;
import io.heddle.hold.HeldByAnotherException;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldException;
import io.heddle.hold.HoldLostException;
import io.heddle.hold.InvalidFilePathException;
import io.heddle.http.BadFieldException;
import io.heddle.http.ProblemException;
import io.heddle.nats.BrokerException;
import io.quarkiverse.mcp.server.TextContent;
import io.quarkiverse.mcp.server.ToolCallException;
import io.quarkiverse.mcp.server.ToolResponse;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The answers of the tools: structured, with a message for the model that begins with what the session has lost. */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
@IfBuildProperty(name = "heddle.coding.enabled", stringValue = "true")
public final class McpAnswers {

    private final AgentRequest agent;
    private final ObjectMapper mapper;

    McpAnswers(AgentRequest agent, ObjectMapper mapper) {
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

    ToolResponse holds(String message, Session session, List<Hold> holds, List<LostHold> lost) {
        return respond(false, answer(message, session, holds, lost));
    }

    /** An error of the tool, with the holds that are in the way. */
    ToolResponse failure(String message, Session session, List<Hold> holds, List<LostHold> lost) {
        return respond(true, answer(message, session, holds, lost));
    }

    ToolResponse refused(Session session, HeldByAnotherException refusal, List<LostHold> lost) {
        return failure(Explanations.refused(refusal, agent.holds().status().now()), session, refusal.conflicts(), lost);
    }

    ToolResponse released(Session session, List<FilePath> files, List<LostHold> lost) {
        return respond(
                false,
                new ReleaseAnswer(
                        join(Explanations.lost(lost), "Released " + files.size() + "."),
                        session.name(),
                        files.stream().map(FilePath::value).toList(),
                        LostFile.of(lost)));
    }

    private HoldsAnswer answer(String message, Session session, List<Hold> holds, List<LostHold> lost) {
        Instant now = agent.holds().status().now();
        return new HoldsAnswer(
                join(Explanations.lost(lost), message),
                session.name(),
                holds.stream().map(hold -> HeldFile.of(hold, now)).toList(),
                LostFile.of(lost));
    }

    /** The same as text, for clients that do not read structured content, as the protocol asks for. */
    private ToolResponse respond(boolean error, Object answer) {
        try {
            return new ToolResponse(
                    error, List.of(new TextContent(mapper.writeValueAsString(answer))), answer, Map.of());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an answer could not be written as JSON", e);
        }
    }

    /** What the agent can do something about is an error of the tool; everything else is an error of the protocol, which is logged. */
    static Uni<ToolResponse> of(Supplier<Uni<ToolResponse>> work) {
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

    private static String join(String one, String other) {
        return (one + " " + other).strip();
    }
}
