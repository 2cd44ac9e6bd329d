package io.heddle.http.hold;

import io.heddle.hold.CorruptHoldException;
import io.heddle.hold.HeldByAnotherException;
import io.heddle.hold.HoldContentionException;
import io.heddle.hold.HoldLostException;
import io.heddle.hold.HoldsClosedException;
import io.heddle.hold.InvalidCheckoutPathException;
import io.heddle.hold.InvalidFilePathException;
import io.heddle.hold.InvalidHolderException;
import io.heddle.hold.InvalidTtlException;
import io.heddle.hold.OutcomeUnknownException;
import io.heddle.http.Durations;
import io.heddle.http.Problem;
import io.heddle.http.ProblemMappers;
import io.heddle.http.hold.HoldService.HoldsDisabledException;
import io.heddle.http.hold.HoldService.HoldsNotReadyException;
import io.quarkus.arc.properties.IfBuildProperty;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.Response.Status;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** From the exceptions of holds to problems. */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
public class HoldProblems {

    @ServerExceptionMapper
    Response heldByAnother(HeldByAnotherException e) {
        return problem(Status.CONFLICT, "held-by-another", "Another agent holds the file", e)
                .with("path", e.hold().file().value())
                .with("holder", HoldView.of(e.hold()))
                .response()
                .build();
    }

    @ServerExceptionMapper
    Response timedOut(WaitTimedOutException e) {
        Problem problem =
                problem(Status.REQUEST_TIMEOUT, "wait-timed-out", "The file did not become free in that time", e);
        return e.holder()
                .map(holder -> problem.with("holder", HoldView.of(holder)))
                .orElse(problem)
                .response()
                .build();
    }

    @ServerExceptionMapper
    Response lost(HoldLostException e) {
        return problem(Status.CONFLICT, "hold-lost", "The hold is not in force", e)
                .with("path", e.file().value())
                .with("token", e.token())
                .response()
                .build();
    }

    @ServerExceptionMapper
    Response corrupt(CorruptHoldException e) {
        return problem(Status.CONFLICT, "corrupt-hold", "The file's entry is no hold; an administrator can clear it", e)
                .response()
                .build();
    }

    @ServerExceptionMapper
    Response ttl(InvalidTtlException e) {
        String detail = "ttl is over 0 and at most " + Durations.format(e.maximum());
        return Problem.of(400, "bad-field", "A field cannot be used", detail, "ttl")
                .with("maximum", Durations.format(e.maximum()))
                .response()
                .build();
    }

    @ServerExceptionMapper
    Response agent(InvalidHolderException e) {
        return badField("agent_id", e);
    }

    @ServerExceptionMapper
    Response checkout(InvalidCheckoutPathException e) {
        return badField("checkout_path", e);
    }

    @ServerExceptionMapper
    Response path(InvalidFilePathException e) {
        return badField("path", e);
    }

    @ServerExceptionMapper
    Response unknown(OutcomeUnknownException e) {
        return ProblemMappers.unavailable(
                "outcome-unknown", "Whether it happened is not known; a grant that shows up is taken back", e);
    }

    @ServerExceptionMapper
    Response contended(HoldContentionException e) {
        return ProblemMappers.unavailable("contention", "Others changed the file's entry all the time", e);
    }

    @ServerExceptionMapper
    Response closed(HoldsClosedException e) {
        return ProblemMappers.unavailable("stopping", "The service is stopping", e);
    }

    @ServerExceptionMapper
    Response notReady(HoldsNotReadyException e) {
        return ProblemMappers.unavailable("not-ready", "The holds are not known at the moment", e);
    }

    @ServerExceptionMapper
    Response disabled(HoldsDisabledException e) {
        return problem(Status.NOT_IMPLEMENTED, "holds-disabled", "There are no holds here", e)
                .response()
                .build();
    }

    private static Response badField(String field, Exception e) {
        return Problem.badRequest("bad-field", "A field cannot be used", String.valueOf(e.getMessage()), field);
    }

    private static Problem problem(Status status, String name, String title, Exception e) {
        return Problem.of(status.getStatusCode(), name, title, String.valueOf(e.getMessage()), null);
    }
}
