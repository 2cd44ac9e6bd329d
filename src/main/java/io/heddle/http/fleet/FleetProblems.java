package io.heddle.http.fleet;

import io.heddle.fleet.CorruptGroupException;
import io.heddle.fleet.GroupConflictException;
import io.heddle.fleet.GroupLimitException;
import io.heddle.fleet.GroupNotFoundException;
import io.heddle.http.Problem;
import io.heddle.nats.JetStreamUnavailableException;
import io.quarkus.arc.properties.IfBuildProperty;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.Response.Status;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import org.jspecify.annotations.Nullable;

/** From the exceptions of the control plane to problems. */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
public class FleetProblems {

    private static final int RETRY_AFTER_SECONDS = 5;

    @ServerExceptionMapper
    Response disabled(FleetDisabledException e) {
        return problem(Status.NOT_FOUND, "fleet-disabled", "There is no control plane here", e, null);
    }

    @ServerExceptionMapper
    Response notFound(GroupNotFoundException e) {
        return problem(Status.NOT_FOUND, "group-not-found", "There is no such group", e, null);
    }

    @ServerExceptionMapper
    Response conflict(GroupConflictException e) {
        return problem(Status.CONFLICT, "group-changed", "Somebody else changed the group", e, null);
    }

    @ServerExceptionMapper
    Response limit(GroupLimitException e) {
        return problem(
                Status.REQUEST_ENTITY_TOO_LARGE, "group-too-large", "The group would be too large", e, e.field());
    }

    @ServerExceptionMapper
    Response corrupt(CorruptGroupException e) {
        return problem(Status.INTERNAL_SERVER_ERROR, "group-corrupt", "The group's record cannot be read", e, null);
    }

    /** It may be turned on at any time, so trying again is right. */
    @ServerExceptionMapper
    Response withoutJetStream(JetStreamUnavailableException e) {
        return Problem.response(
                        Status.SERVICE_UNAVAILABLE,
                        "jetstream-needed",
                        "The broker has no JetStream",
                        String.valueOf(e.getMessage()),
                        null)
                .header(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS)
                .build();
    }

    private static Response problem(
            Status status, String name, String title, RuntimeException e, @Nullable String field) {
        return Problem.response(status, name, title, String.valueOf(e.getMessage()), field)
                .build();
    }
}
