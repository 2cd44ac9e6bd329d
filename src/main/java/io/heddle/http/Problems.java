package io.heddle.http;

import static io.heddle.http.HttpLog.LOG;

import io.heddle.fleet.FleetException;
import io.heddle.fleet.GroupLimitException;
import io.heddle.hold.HeldByAnotherException;
import io.heddle.hold.HoldException;
import io.heddle.hold.HoldLostException;
import io.heddle.hold.InvalidCheckoutPathException;
import io.heddle.hold.InvalidFilePathException;
import io.heddle.hold.InvalidHolderException;
import io.heddle.hold.InvalidReasonException;
import io.heddle.hold.InvalidTtlException;
import io.heddle.http.hold.HoldView;
import io.heddle.mount.ShareException;
import io.heddle.mount.ShareRefusedException;
import io.heddle.nats.BrokerException;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.security.AuthenticationFailedException;
import io.quarkus.security.ForbiddenException;
import io.quarkus.security.UnauthorizedException;
import jakarta.inject.Singleton;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import org.jspecify.annotations.Nullable;

/** Answers exceptions with problems, as the table {@link ProblemType} says. */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
public class Problems {

    private final AllowedMethods methods;

    Problems(AllowedMethods methods) {
        this.methods = methods;
    }

    @ServerExceptionMapper({
        ProblemException.class,
        BrokerException.class,
        HoldException.class,
        ShareException.class,
        FleetException.class,
        UnauthorizedException.class,
        AuthenticationFailedException.class,
        ForbiddenException.class
    })
    Response answer(RuntimeException e, ContainerRequestContext request) {
        Problem problem = e instanceof ProblemException own
                ? own.problem()
                : ProblemType.of(e.getClass())
                        .map(type -> of(type, e))
                        .orElseGet(() -> internal(
                                request.getMethod(), request.getUriInfo().getPath(), e));
        Response.ResponseBuilder response = problem.response();
        if (e instanceof UnauthorizedException) {
            response.header(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
        } else if (e instanceof AuthenticationFailedException) {
            response.header(HttpHeaders.WWW_AUTHENTICATE, "Bearer error=\"invalid_token\""); // RFC 6750, 3.1
        }
        return response.build();
    }

    /** No such path, method or media type: problems at our paths; a host's own endpoints keep their answers. */
    @ServerExceptionMapper
    Response answer(WebApplicationException e, ContainerRequestContext request) {
        Response response = e.getResponse();
        String path = request.getUriInfo().getPath();
        boolean ours = path.startsWith("/api/v1/") || path.startsWith("/hooks/");
        if (response.hasEntity() || response.getStatus() < 400 || !ours) {
            return response;
        }
        ProblemType type = ProblemType.of(response.getStatus());
        Set<String> allowed = methods.of(path);
        if (type == ProblemType.METHOD_NOT_ALLOWED
                || (type == ProblemType.NOT_FOUND && !allowed.isEmpty() && !allowed.contains(request.getMethod()))) {
            return Problem.of(
                            ProblemType.METHOD_NOT_ALLOWED,
                            request.getMethod() + " is not supported: " + String.join(", ", allowed))
                    .response()
                    .allow(allowed)
                    .build();
        }
        return Response.fromResponse(response)
                .type(Problem.MEDIA_TYPE)
                .entity(Problem.of(
                        type, type == ProblemType.NOT_FOUND ? "no such path" : String.valueOf(e.getMessage())))
                .build();
    }

    /** Logs a fault of the service with its stack trace, and returns a problem that does not show it. */
    static Problem internal(String method, String path, Throwable failure) {
        String incident = UUID.randomUUID().toString();
        LOG.failed(method, path, incident, failure);
        return Problem.of(
                ProblemType.INTERNAL, "the service failed; its log has the details under incident " + incident);
    }

    private static Problem of(ProblemType type, RuntimeException e) {
        Problem problem = Problem.of(type, detail(e)).at(field(e));
        if (e instanceof HeldByAnotherException held) {
            return problem.with("path", held.file().value()).with("holder", HoldView.of(held.hold()));
        } else if (e instanceof HoldLostException lost) {
            return problem.with("path", lost.file().value()).with("token", lost.token());
        } else if (e instanceof InvalidTtlException ttl) {
            return problem.with("maximum", Durations.format(ttl.maximum()));
        } else if (e instanceof ShareRefusedException refused
                && refused.reason() == ShareRefusedException.Reason.TOO_LARGE) {
            return Problem.of(ProblemType.TOO_LARGE, refused.detail());
        }
        return problem;
    }

    /** What a token contains is never repeated. */
    private static String detail(RuntimeException e) {
        if (e instanceof UnauthorizedException) {
            return "the request needs a token: Authorization: Bearer …";
        } else if (e instanceof AuthenticationFailedException) {
            return "the token is invalid or has expired";
        } else if (e instanceof ForbiddenException) {
            return Objects.requireNonNullElse(e.getMessage(), "the token's groups do not allow this request");
        } else if (e instanceof InvalidTtlException ttl) {
            return "ttl must be from 1ms to " + Durations.format(ttl.maximum());
        }
        return e instanceof ShareRefusedException refused ? refused.detail() : String.valueOf(e.getMessage());
    }

    private static @Nullable String field(RuntimeException e) {
        if (e instanceof InvalidTtlException) {
            return "ttl";
        } else if (e instanceof InvalidHolderException) {
            return "agent_id";
        } else if (e instanceof InvalidCheckoutPathException) {
            return "checkout_path";
        } else if (e instanceof InvalidReasonException) {
            return "reason";
        } else if (e instanceof InvalidFilePathException) {
            return "path";
        } else if (e instanceof GroupLimitException limit) {
            return limit.field();
        } else if (e instanceof ShareRefusedException refused) {
            return switch (refused.reason()) {
                case DECODE, TOO_LARGE -> null;
                case ALLOWED_ROOTS, PLACE_TAKEN -> "mount_point";
                default -> refused.reason().name().toLowerCase(Locale.ROOT);
            };
        }
        return null;
    }
}
