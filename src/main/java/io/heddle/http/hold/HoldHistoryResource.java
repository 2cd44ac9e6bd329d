package io.heddle.http.hold;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.heddle.hold.HoldFilter;
import io.heddle.hold.HoldHistory;
import io.heddle.hold.PastHold;
import io.heddle.http.BadFieldException;
import io.heddle.http.ProblemException;
import io.heddle.http.ProblemType;
import io.heddle.http.Query;
import io.heddle.http.security.Roles;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpServerRequest;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.inject.Instance;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Locale;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** The history of holds. */
@Path("/api/v1/holds/history")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "holds")
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
public class HoldHistoryResource {

    private static final int LISTED = 100;
    private static final int MOST_LISTED = 1000;
    private static final Duration DEFAULT_AGE = Duration.ofDays(1);

    private final HoldService holds;
    private final Instance<HoldHistory> history;

    HoldHistoryResource(HoldService holds, Instance<HoldHistory> history) {
        this.holds = holds;
        this.history = history;
    }

    /** The newest holds of the history, newest first. */
    @Schema(name = "HoldHistory")
    public record Past(List<PastHoldView> holds) {}

    /**
     * A hold from its grant to its end.
     *
     * @param startedAt absent when the grant is no longer recorded
     * @param end released, expired, forced or transferred; absent while it is in force, as ended_at is
     * @param by who ended it, if that was stated
     */
    @RegisterForReflection
    @JsonNaming(SnakeCaseStrategy.class)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @Schema(name = "PastHold")
    public record PastHoldView(
            String path,
            String agentId,
            long token,
            String checkoutPath,
            @Nullable Boolean shared,
            @Nullable String reason,
            @Nullable Instant startedAt,
            Instant renewedAt,
            int renewals,
            @Nullable Instant endedAt,
            @Nullable String end,
            @Nullable String by) {

        static PastHoldView of(PastHold past) {
            HoldView hold = HoldView.of(past.last());
            PastHold.End end = past.end();
            return new PastHoldView(
                    hold.path(),
                    hold.agentId(),
                    hold.token(),
                    hold.checkoutPath(),
                    hold.shared(),
                    hold.reason(),
                    past.startedAt(),
                    past.renewedAt(),
                    past.renewals(),
                    past.endedAt(),
                    end == null ? null : end.name().toLowerCase(Locale.ROOT),
                    past.by());
        }
    }

    @GET
    @RolesAllowed(Roles.HOLDS_READ)
    @Operation(
            operationId = "listPastHolds",
            summary = "Who held which files, when, and how each hold ended",
            description = "Newest first; holds that are in force too. Read from the broker, which records every entry.")
    @Parameter(
            name = "path",
            in = ParameterIn.QUERY,
            description =
                    "a file: its holds and those of directories above it; a directory, with / at its end: also all below it",
            schema = @Schema(type = SchemaType.STRING),
            example = "/work/src/App.java")
    @Parameter(
            name = "agent",
            in = ParameterIn.QUERY,
            description = "only this holder's",
            schema = @Schema(type = SchemaType.STRING),
            example = "agent-7")
    @Parameter(
            name = "since",
            in = ParameterIn.QUERY,
            description = "only holds that were granted, renewed or ended since this time; the default is a day ago",
            schema = @Schema(type = SchemaType.STRING, format = "date-time"),
            example = "2026-04-19T10:00:00Z")
    @Parameter(
            name = "limit",
            in = ParameterIn.QUERY,
            description = "the maximum number of holds",
            schema =
                    @Schema(
                            type = SchemaType.INTEGER,
                            format = "int32",
                            minimum = "1",
                            maximum = "1000",
                            defaultValue = "100"))
    @APIResponse(
            responseCode = "200",
            description = "The holds",
            content = @Content(schema = @Schema(implementation = Past.class), example = """
                    {"holds": [{"path": "/work/src/App.java", "agent_id": "agent-7", "token": 1776592800000000,
                                "checkout_path": "", "started_at": "2026-04-19T10:00:00Z",
                                "renewed_at": "2026-04-19T10:00:20Z", "renewals": 2,
                                "ended_at": "2026-04-19T10:00:31Z", "end": "released", "by": "agent-7"}]}"""))
    @APIResponse(responseCode = "501", description = "`history-disabled` or `holds-disabled`")
    public Uni<Past> history(@Context HttpServerRequest request) {
        Query query = Query.of(request.query());
        HoldFilter filter = new HoldFilter(query.optionalPath("path"), query.optional("agent"));
        String since = query.optional("since");
        Instant from = since == null ? Instant.now().minus(DEFAULT_AGE) : time(since);
        int limit = query.count("limit", LISTED, MOST_LISTED);
        holds.get(); // says so where holds are disabled altogether
        if (!history.isResolvable()) {
            throw new ProblemException(
                    ProblemType.HISTORY_DISABLED, "this service has no history: heddle.holds.history.enabled=false");
        }
        return history.get()
                .read(filter, from, limit)
                .map(holds -> new Past(holds.stream().map(PastHoldView::of).toList()));
    }

    private static Instant time(String text) {
        try {
            Instant time = OffsetDateTime.parse(text).toInstant();
            return time.isBefore(Instant.EPOCH) ? Instant.EPOCH : time;
        } catch (DateTimeException e) {
            throw new BadFieldException("since", "since must be a time such as 2026-04-19T10:00:00Z");
        }
    }
}
