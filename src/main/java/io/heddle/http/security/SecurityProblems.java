package io.heddle.http.security;

import io.heddle.http.Problem;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.security.AuthenticationFailedException;
import io.quarkus.security.ForbiddenException;
import io.quarkus.security.UnauthorizedException;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Callers that are not known, or may not. What a token says never comes back. */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
public class SecurityProblems {

    @ServerExceptionMapper
    Response unknown(UnauthorizedException e) {
        return unauthorized("Bearer", "this needs a token: Authorization: Bearer …");
    }

    @ServerExceptionMapper
    Response refused(AuthenticationFailedException e) {
        // RFC 6750, 3.1
        return unauthorized("Bearer error=\"invalid_token\"", "the token cannot be verified, or has expired");
    }

    @ServerExceptionMapper
    Response forbidden(ForbiddenException e) {
        String detail = e.getMessage() == null ? "the token's groups do not allow this" : e.getMessage();
        return Problem.response(Response.Status.FORBIDDEN, "forbidden", "The caller may not do this", detail, null)
                .build();
    }

    private static Response unauthorized(String challenge, String detail) {
        return Problem.response(Response.Status.UNAUTHORIZED, "unauthorized", "The caller is not known", detail, null)
                .header(HttpHeaders.WWW_AUTHENTICATE, challenge)
                .build();
    }
}
