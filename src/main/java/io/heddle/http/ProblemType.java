package io.heddle.http;

import io.heddle.coding.SessionLimitException;
import io.heddle.fleet.CorruptGroupException;
import io.heddle.fleet.GroupConflictException;
import io.heddle.fleet.GroupLimitException;
import io.heddle.fleet.GroupNotFoundException;
import io.heddle.hold.AwaitTimeoutException;
import io.heddle.hold.CorruptHoldException;
import io.heddle.hold.HeldByAnotherException;
import io.heddle.hold.HoldContentionException;
import io.heddle.hold.HoldLostException;
import io.heddle.hold.HoldsClosedException;
import io.heddle.hold.InvalidCheckoutPathException;
import io.heddle.hold.InvalidFilePathException;
import io.heddle.hold.InvalidHolderException;
import io.heddle.hold.InvalidReasonException;
import io.heddle.hold.InvalidTtlException;
import io.heddle.hold.OutcomeUnknownException;
import io.heddle.mount.ShareRefusedException;
import io.heddle.nats.BrokerException;
import io.heddle.nats.JetStreamUnavailableException;
import io.heddle.nats.NatsUnavailableException;
import io.heddle.nats.NoAnswerException;
import io.heddle.nats.NoRespondersException;
import io.heddle.nats.NotPermittedException;
import io.heddle.nats.StreamNotFoundException;
import io.quarkus.security.AuthenticationFailedException;
import io.quarkus.security.ForbiddenException;
import io.quarkus.security.UnauthorizedException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Every problem type of the API, with the exceptions that are answered with it. A subclass of an exception has the type of its
 * nearest superclass in this table. {@code docs/http.md} lists the types; that section is generated.
 */
public enum ProblemType {
    BAD_FIELD(
            400,
            "Invalid field",
            "A parameter or member is missing, unknown, repeated or invalid; `field` names it. A ttl that is too long comes with "
                    + "`maximum`.",
            InvalidTtlException.class,
            InvalidHolderException.class,
            InvalidCheckoutPathException.class,
            InvalidReasonException.class,
            InvalidFilePathException.class),
    SHARE_REFUSED(
            400,
            "Invalid share",
            "The share breaks a rule of the message format or of this service; `field` names the member if there is one.",
            ShareRefusedException.class),
    BAD_REQUEST(400, "Bad request", "The server cannot read the request."),
    UNAUTHORIZED(
            401,
            "Unauthorized",
            "The request has no valid token.",
            UnauthorizedException.class,
            AuthenticationFailedException.class),
    FORBIDDEN(
            403,
            "Forbidden",
            "The token's groups do not allow the request, or a page of another origin sent it.",
            ForbiddenException.class),
    NOT_FOUND(404, "Not found", "The API has no such path."),
    NOT_HELD(404, "Not held", "No one holds the file."),
    VM_NOT_FOUND(404, "Unknown VM", "The VM has no desired share and never reported."),
    GROUP_NOT_FOUND(404, "Unknown group", "There is no such group.", GroupNotFoundException.class),
    METHOD_NOT_ALLOWED(
            405, "Method not allowed", "The path does not support the method; `Allow` lists those that it supports."),
    NOT_ACCEPTABLE(406, "Not acceptable", "The path has no representation that `Accept` allows."),
    WAIT_TIMED_OUT(
            408,
            "Wait timed out",
            "The file was not released in time; `holder` is the current hold.",
            AwaitTimeoutException.class),
    SESSION_LIMIT(
            409,
            "Session limit",
            "The session would hold too much, or its subject has too many sessions.",
            SessionLimitException.class),
    HELD_BY_ANOTHER(
            409,
            "Held by another holder",
            "Another holder holds the file; `path` names it and `holder` is the hold.",
            HeldByAnotherException.class),
    HOLD_LOST(409, "Hold lost", "The hold with this `path` and `token` is not in force.", HoldLostException.class),
    CORRUPT_HOLD(
            409,
            "Corrupt hold",
            "The file's entry in the bucket is not a hold. An administrator can delete it with `force=true`.",
            CorruptHoldException.class),
    GROUP_CHANGED(
            409, "Group changed", "Another client changed the group at the same time.", GroupConflictException.class),
    VM_IN_USE(409, "VM in use", "The VM has desired shares, so it cannot be forgotten."),
    TOO_LARGE(413, "Too large", "The body or the share is too large."),
    GROUP_TOO_LARGE(
            413,
            "Group too large",
            "The group would exceed a limit; `field` names the member.",
            GroupLimitException.class),
    UNSUPPORTED_MEDIA_TYPE(415, "Unsupported media type", "The body of the request is not `application/json`."),
    MISDIRECTED(421, "Misdirected request", "The request names a host that this service does not serve."),
    TOO_MANY_SUBSCRIBERS(429, "Too many event streams", "The client's address has too many event streams open."),
    INTERNAL(500, "Internal error", "The service failed; its log has the details under the incident number."),
    GROUP_CORRUPT(
            500, "Corrupt group", "The group's record in the bucket cannot be read.", CorruptGroupException.class),
    HOLDS_DISABLED(501, "Holds disabled", "The service runs with `heddle.holds.enabled=false`."),
    HISTORY_DISABLED(501, "History disabled", "The service runs with `heddle.holds.history.enabled=false`."),
    FLEET_DISABLED(501, "Fleet disabled", "The service runs with `heddle.fleet.enabled=false`."),
    BROKER_UNREACHABLE(503, "Broker unreachable", "The broker is not connected.", NatsUnavailableException.class),
    BROKER_REFUSED(503, "Broker refused the request", "The broker refused the request.", BrokerException.class),
    NOT_PERMITTED(
            503,
            "Not permitted",
            "The broker does not permit the service's user what the request needs, and nothing happened; the detail names "
                    + "the subject.",
            NotPermittedException.class),
    OUTCOME_UNKNOWN(
            503,
            "Outcome unknown",
            "The broker did not answer in time. The request is safe to repeat; a grant that arrives late is revoked.",
            OutcomeUnknownException.class,
            NoAnswerException.class),
    CONTENTION(
            503,
            "Contention",
            "Other clients changed the file's entry at each attempt.",
            HoldContentionException.class),
    NOT_READY(503, "Not ready", "The index of holds is not complete: the bucket is being read, or the broker is away."),
    NO_STREAM(503, "No stream", "The stream does not exist at the moment.", StreamNotFoundException.class),
    NO_JETSTREAM(503, "No JetStream", "The broker has no JetStream.", JetStreamUnavailableException.class),
    NOT_KEPT(503, "Not stored", "No stream stores the subject.", NoRespondersException.class),
    STOPPING(503, "Stopping", "The service is stopping.", HoldsClosedException.class);

    private static final Map<Class<?>, ProblemType> BY_EXCEPTION = new HashMap<>();

    static {
        for (ProblemType type : values()) {
            type.exceptions.forEach(exception -> BY_EXCEPTION.put(exception, type));
        }
    }

    private final int status;
    private final String title;
    private final String meaning;

    @SuppressWarnings("ImmutableEnumChecker") // of List.of
    private final List<Class<? extends RuntimeException>> exceptions;

    @SafeVarargs
    @SuppressWarnings("varargs") // List.of copies the array
    ProblemType(int status, String title, String meaning, Class<? extends RuntimeException>... exceptions) {
        this.status = status;
        this.title = title;
        this.meaning = meaning;
        this.exceptions = List.of(exceptions);
    }

    /** Returns the type of an exception; empty when the exception is a fault of the service. */
    static Optional<ProblemType> of(Class<?> exception) {
        for (Class<?> type = exception; type != null; type = type.getSuperclass()) {
            ProblemType found = BY_EXCEPTION.get(type);
            if (found != null) {
                return Optional.of(found);
            }
        }
        return Optional.empty();
    }

    /** Returns the type of a status that the server itself answers with. */
    static ProblemType of(int status) {
        return switch (status) {
            case 401 -> UNAUTHORIZED;
            case 403 -> FORBIDDEN;
            case 404 -> NOT_FOUND;
            case 405 -> METHOD_NOT_ALLOWED;
            case 406 -> NOT_ACCEPTABLE;
            case 413 -> TOO_LARGE;
            case 415 -> UNSUPPORTED_MEDIA_TYPE;
            default -> status < 500 ? BAD_REQUEST : INTERNAL;
        };
    }

    /** The name at the end of the URN. */
    String wireName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    int status() {
        return status;
    }

    String title() {
        return title;
    }

    /** What it means; Markdown. */
    String meaning() {
        return meaning;
    }
}
