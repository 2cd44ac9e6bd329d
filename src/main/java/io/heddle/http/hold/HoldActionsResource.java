package io.heddle.http.hold;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.heddle.hold.AwaitTimeoutException;
import io.heddle.hold.FilePath;
import io.heddle.hold.Grant;
import io.heddle.hold.Hold;
import io.heddle.hold.Holds;
import io.heddle.hold.InvalidHolderException;
import io.heddle.http.BadFieldException;
import io.heddle.http.Durations;
import io.heddle.http.JsonBody;
import io.heddle.http.Problem;
import io.heddle.http.ProblemException;
import io.heddle.http.ProblemType;
import io.heddle.http.Query;
import io.heddle.http.StopSignal;
import io.heddle.http.hold.HoldBody.Announce;
import io.heddle.http.hold.HoldBody.Batch;
import io.heddle.http.hold.HoldBody.Lookup;
import io.heddle.http.hold.HoldBody.Transfer;
import io.heddle.http.hold.HoldBody.Wait;
import io.heddle.http.security.Caller;
import io.heddle.http.security.Roles;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpServerRequest;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Batches, transfers, waits and checks. The client renews the holds that these grant, by PUT: the service runs no lease for it. */
@Path("/api/v1/holds")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "holds")
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
public class HoldActionsResource {

    private final HoldService holds;
    private final Caller caller;
    private final StopSignal stop;

    HoldActionsResource(HoldService holds, Caller caller, StopSignal stop) {
        this.holds = holds;
        this.caller = caller;
        this.stop = stop;
    }

    @Schema(name = "GrantedHolds")
    public record Granted(List<HoldView> holds) {}

    /**
     * Whether a hold is in force.
     *
     * @param held whether it is, for at least {@code min_remaining}
     * @param remaining for how long it certainly is, rounded down to a millisecond
     */
    @Schema(name = "HoldCheck")
    public record Checked(boolean held, String remaining) {}

    /** The asked paths that are held. */
    @Schema(name = "HeldPaths")
    public record Answer(List<Held> holds, Instant now) {}

    /** The holds that overlap with a path. */
    @Schema(name = "HeldPath")
    public record Held(String path, List<Remaining> holds) {

        static Held of(FilePath path, List<Hold> holds, Instant now) {
            return new Held(
                    path.value(),
                    holds.stream()
                            .map(hold -> new Remaining(HoldView.of(hold), remaining(now, hold.endsAt())))
                            .toList());
        }

        private static String remaining(Instant now, Instant end) {
            Duration left = now.isBefore(end) ? Duration.between(now, end) : Duration.ZERO;
            return Durations.format(left.truncatedTo(ChronoUnit.MILLIS));
        }
    }

    /** A hold, and how long it lasts unless it is renewed. */
    @Schema(name = "RemainingHold")
    public record Remaining(@JsonUnwrapped HoldView hold, String remaining) {}

    @POST
    @Path("batch")
    @RolesAllowed(Roles.HOLDS_WRITE)
    @Operation(operationId = "announceHolds", summary = "Hold all of several files, or none")
    @RequestBody(required = true, content = @Content(schema = @Schema(implementation = Batch.class)))
    @APIResponse(
            responseCode = "200",
            description = "All are held; by path",
            content = @Content(schema = @Schema(implementation = Granted.class)))
    @APIResponse(
            responseCode = "409",
            description = "`held-by-another`, with the path and its holder, or `corrupt-hold`: none is held")
    public Uni<Granted> batch(byte[] body) {
        Batch batch = JsonBody.read(body, Batch.class);
        Announce announce = batch.announce();
        caller.requireAgent(announce.agent());
        return holds.get()
                .announceAll(batch.files().stream().map(announce::of).toList())
                .map(grants -> new Granted(
                        grants.stream().map(Grant::hold).map(HoldView::of).toList()));
    }

    @POST
    @Path("query")
    @RolesAllowed(Roles.HOLDS_READ)
    @Operation(
            operationId = "queryHolds",
            summary = "Who holds each of many paths",
            description =
                    "A path that ends with a slash is a directory. Counts the holds of directories above each path and, for a "
                            + "directory, those below it. Only paths that are held are in the answer.")
    @RequestBody(required = true, content = @Content(schema = @Schema(implementation = Lookup.class)))
    @APIResponse(
            responseCode = "200",
            description = "Those of the paths that are held",
            content = @Content(schema = @Schema(implementation = Answer.class)))
    public Uni<Answer> query(byte[] body) {
        Lookup lookup = JsonBody.read(body, Lookup.class);
        Holds here = holds.get();
        return here.query(lookup.files(), lookup.agent()).map(held -> {
            Instant now = here.status().now();
            return new Answer(
                    held.entrySet().stream()
                            .map(path -> Held.of(path.getKey(), path.getValue(), now))
                            .toList(),
                    now);
        });
    }

    @POST
    @Path("transfer")
    @RolesAllowed(Roles.HOLDS_WRITE)
    @Operation(
            operationId = "transferHold",
            summary = "Transfer a hold to another holder, with no one in between",
            description = "The new hold begins now, with the ttl and checkout of the old one and a new token.")
    @RequestBody(required = true, content = @Content(schema = @Schema(implementation = Transfer.class)))
    @APIResponse(
            responseCode = "200",
            description = "The new hold",
            content = @Content(schema = @Schema(implementation = HoldView.class)))
    @APIResponse(
            responseCode = "409",
            description = "`hold-lost`: the hold with that token is not in force; or `corrupt-hold`")
    public Uni<HoldView> transfer(byte[] body) {
        Transfer transfer = JsonBody.read(body, Transfer.class);
        Holds here = holds.get();
        return requireHolder(here, transfer)
                .chain(() -> here.transfer(transfer.file(), transfer.fencingToken(), transfer.agent()))
                .map(grant -> HoldView.of(grant.hold()))
                .onFailure(InvalidHolderException.class)
                .transform(e -> new BadFieldException("to_agent", String.valueOf(e.getMessage())));
    }

    @POST
    @Path("wait")
    @RolesAllowed(Roles.HOLDS_WRITE)
    @Operation(
            operationId = "awaitHold",
            summary = "Wait for a file and hold it",
            description =
                    "First come, first served among the waiters of this replica. The wait ends when its client disconnects; "
                            + "a grant that arrives after that is revoked.")
    @RequestBody(required = true, content = @Content(schema = @Schema(implementation = Wait.class)))
    @APIResponse(
            responseCode = "200",
            description = "Held, with the fencing token",
            content = @Content(schema = @Schema(implementation = HoldView.class)))
    @APIResponse(responseCode = "408", description = "`wait-timed-out`, with the holder")
    @APIResponse(responseCode = "409", description = "`corrupt-hold`: the entry of the path is not a hold")
    public Uni<HoldView> await(byte[] body) {
        Wait wait = JsonBody.read(body, Wait.class);
        Announce announce = wait.announce();
        caller.requireAgent(announce.agent());
        FilePath file = wait.file();
        return stop.limit(holds.get().announce(announce.of(file), wait.patience()))
                .map(grant -> HoldView.of(grant.hold()))
                .onFailure(AwaitTimeoutException.class)
                .recoverWithUni(late -> holds.get().whoHas(file).map(holder -> {
                    Problem problem = Problem.of(ProblemType.WAIT_TIMED_OUT, String.valueOf(late.getMessage()));
                    throw new ProblemException(holder.map(hold -> problem.with("holder", HoldView.of(hold)))
                            .orElse(problem));
                }));
    }

    @GET
    @Path("check")
    @RolesAllowed(Roles.HOLDS_READ)
    @Consumes(MediaType.WILDCARD)
    @Operation(
            operationId = "checkHold",
            summary = "Whether a hold is in force, and for how long; read from the broker")
    @Parameter(
            name = "path",
            in = ParameterIn.QUERY,
            required = true,
            description = "absolute",
            schema = @Schema(type = SchemaType.STRING, minLength = 1),
            example = "/work/src/App.java")
    @Parameter(
            name = "directory",
            in = ParameterIn.QUERY,
            description = "true: the path is a directory's",
            schema = @Schema(type = SchemaType.BOOLEAN, defaultValue = "false"))
    @Parameter(
            name = "token",
            in = ParameterIn.QUERY,
            required = true,
            description = "the fencing token of the hold",
            schema = @Schema(type = SchemaType.INTEGER, format = "int64", examples = "1776592800000000"))
    @Parameter(
            name = "min_remaining",
            in = ParameterIn.QUERY,
            description = "how long the hold must last at least: 30s, 5m, 1h30m or PT30S",
            schema = @Schema(type = SchemaType.STRING, defaultValue = "0s"),
            example = "5s")
    @APIResponse(
            responseCode = "200",
            description = "Whether it is in force",
            content =
                    @Content(
                            schema = @Schema(implementation = Checked.class),
                            example = "{\"held\": true, \"remaining\": \"27.318s\"}"))
    public Uni<Checked> check(@Context HttpServerRequest request) {
        Query query = Query.of(request.query());
        FilePath file = query.requireFile("path");
        long token = query.requireNumber("token");
        String minimum = query.optional("min_remaining");
        Duration least = minimum == null ? Duration.ZERO : Durations.parse("min_remaining", minimum);
        if (least.isNegative()) {
            throw new BadFieldException("min_remaining", "min_remaining must not be negative");
        }
        return holds.get()
                .remaining(file, token)
                .map(left -> new Checked(
                        !left.isZero() && left.compareTo(least) >= 0,
                        Durations.format(left.truncatedTo(ChronoUnit.MILLIS))));
    }

    /** The caller must be the holder. */
    private Uni<Void> requireHolder(Holds here, Transfer transfer) {
        return caller.isAdmin()
                ? Uni.createFrom().voidItem()
                : here.assertHeld(transfer.file(), transfer.fencingToken(), Duration.ZERO)
                        .invoke(hold -> caller.requireAgent(hold.holder()))
                        .replaceWithVoid();
    }
}
