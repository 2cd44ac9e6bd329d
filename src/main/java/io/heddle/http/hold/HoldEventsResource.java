package io.heddle.http.hold;

import io.heddle.hold.HoldEvent;
import io.heddle.hold.HoldEventId;
import io.heddle.hold.HoldFilter;
import io.heddle.hold.LoggedHoldEvent;
import io.heddle.http.HttpConfig;
import io.heddle.http.Query;
import io.heddle.http.event.EventStreams;
import io.heddle.http.security.Roles;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** The event stream of holds. */
@Path("/api/v1/holds/events")
@Tag(name = "holds")
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
public class HoldEventsResource {

    private static final String LAST_EVENT_ID = "Last-Event-ID";

    private final HoldService holds;
    private final EventStreams streams;
    private final HttpConfig config;

    HoldEventsResource(HoldService holds, EventStreams streams, HttpConfig config) {
        this.holds = holds;
        this.streams = streams;
        this.config = config;
    }

    @GET
    @RolesAllowed(Roles.HOLDS_READ)
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @Operation(
            operationId = "followHoldEvents",
            summary = "All holds, then their changes",
            description =
                    "Server-sent events; the data of each is a HoldEvent. Events: announced (a snapshot of all holds, then synced), announced with renewal, released with "
                            + "reason and by, expired, corrupt. With the id of the last event, of this replica or another: the "
                            + "events since then; or, when they are no longer known, reset and the snapshot. A client that reads "
                            + "too slowly gets evicted, with the number of events that it lost, and the stream ends.")
    @Parameter(
            name = LAST_EVENT_ID,
            in = ParameterIn.HEADER,
            description = "sent by EventSource itself",
            schema = @Schema(type = SchemaType.STRING))
    @Parameter(
            name = "last_event_id",
            in = ParameterIn.QUERY,
            description = "the same as a parameter; the header has precedence",
            schema = @Schema(type = SchemaType.STRING))
    @Parameter(
            name = "prefix",
            in = ParameterIn.QUERY,
            description = "only this file or those below this directory",
            schema = @Schema(type = SchemaType.STRING),
            example = "/work")
    @Parameter(
            name = "agent",
            in = ParameterIn.QUERY,
            description = "only this holder's holds",
            schema = @Schema(type = SchemaType.STRING),
            example = "agent-7")
    @APIResponse(
            responseCode = "200",
            description = "The events, until the client disconnects",
            content =
                    @Content(
                            mediaType = MediaType.SERVER_SENT_EVENTS,
                            schema = @Schema(type = SchemaType.STRING),
                            example = """
                                    event: released
                                    id: 1ab2c3d4e5f6.1776592800000007.6512904178231
                                    data: {"path":"/work/src/App.java","agent_id":"agent-7",\
                                    "claimed_at":"2026-04-19T10:00:00Z","expires_at":"2026-04-19T10:00:30Z",\
                                    "checkout_path":"","ttl":"30s","token":1776592800000000,\
                                    "reason":"released","by":"agent-7"}

                                    """))
    public Uni<Void> events(@Context HttpServerRequest request) {
        Query query = Query.of(request.query());
        HoldFilter filter = new HoldFilter(query.optionalFile("prefix"), query.optional("agent"));
        String header = request.getHeader(LAST_EVENT_ID);
        String last = header == null || header.isEmpty() ? query.optional("last_event_id") : header;
        return streams.serve(
                request,
                holds.get()
                        .follow(last == null ? null : HoldEventId.parse(last), config.eventBuffer(), filter)
                        .map(logged -> logged.as(Buffer.class, this::frame)));
    }

    private Buffer frame(LoggedHoldEvent logged) {
        HoldEvent event = logged.event();
        return streams.frame(HoldEventView.name(event), logged.id().toString(), HoldEventView.of(event));
    }
}
