package io.heddle.http.security;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.heddle.http.BadFieldException;
import io.heddle.http.JsonBody;
import io.heddle.http.security.SecurityConfig.Mode;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.security.AuthenticationFailedException;
import io.quarkus.security.identity.CurrentIdentityAssociation;
import io.quarkus.security.identity.IdentityProviderManager;
import io.quarkus.security.identity.SecurityIdentity;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.security.PermitAll;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import org.eclipse.microprofile.jwt.JsonWebToken;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** The page's sign-in. Programs send the token with every request. */
@Path("/api/v1/session")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "session")
@PermitAll
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
public class SessionResource {

    private final Mode mode;
    private final IdentityProviderManager providers;
    private final CurrentIdentityAssociation caller;

    SessionResource(SecurityConfig config, IdentityProviderManager providers, CurrentIdentityAssociation caller) {
        this.mode = config.mode();
        this.providers = providers;
        this.caller = caller;
    }

    @Schema(
            name = "SignIn",
            requiredProperties = {"token"})
    public record Token(
            @Nullable @Schema(description = "a token for the service", minLength = 1, format = "password")
            String token) {
        @Override
        public String toString() {
            return "Token[***]";
        }
    }

    /**
     * The caller.
     *
     * @param subject absent while no one is signed in
     * @param roles the caller's permissions
     * @param mode {@code jwt} or {@code none}
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @Schema(name = "Caller")
    public record Session(@Nullable String subject, SortedSet<String> roles, String mode) {}

    @GET
    @Operation(operationId = "getCaller", summary = "The caller and its roles")
    @APIResponse(
            responseCode = "200",
            description = "The caller; without a subject when no one is signed in",
            content = @Content(schema = @Schema(implementation = Session.class)))
    public Uni<Session> who() {
        return caller.getDeferredIdentity()
                .map(this::session)
                // With an expired token no one is signed in: the page asks for another one.
                .onFailure(AuthenticationFailedException.class)
                .recoverWithItem(() -> new Session(null, new TreeSet<>(), name()));
    }

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            operationId = "signInCaller",
            summary = "Sign a page in",
            description = "Sets a cookie that scripts cannot read, for 15 minutes or until the token ends.")
    @APIResponse(responseCode = "204", description = "Signed in")
    @APIResponse(responseCode = "401", ref = "Unauthorized")
    @RequestBody(required = true, content = @Content(schema = @Schema(implementation = Token.class)))
    public Uni<Response> signIn(byte[] body, @Context RoutingContext context) {
        if (mode == Mode.NONE) {
            throw new BadFieldException("token", "there is no sign-in: heddle.security.mode is none");
        }
        String token = JsonBody.read(body, Token.class).token();
        if (token == null || !SessionCookie.isCookie(token)) {
            throw new BadFieldException(
                    "token",
                    "token must have 1 to " + SessionCookie.LONGEST_TOKEN + " characters that a cookie can contain");
        }
        return providers.authenticate(SignIn.request(token, context)).map(identity -> {
            SessionCookie.set(context.request(), token, life(identity));
            return Response.noContent().build();
        });
    }

    @DELETE
    @Operation(operationId = "signOutCaller", summary = "Sign a page out")
    @APIResponse(responseCode = "204", description = "Signed out")
    @APIResponse(responseCode = "403", ref = "Forbidden")
    public Response signOut(@Context RoutingContext context) {
        SessionCookie.set(context.request(), "", Duration.ZERO);
        return Response.noContent().build();
    }

    private Session session(SecurityIdentity identity) {
        String subject = Caller.subject(identity);
        return new Session(subject.isEmpty() ? null : subject, new TreeSet<>(identity.getRoles()), name());
    }

    private String name() {
        return mode.name().toLowerCase(Locale.ROOT);
    }

    private static Duration life(SecurityIdentity identity) {
        if (!(identity.getPrincipal() instanceof JsonWebToken token)) {
            throw new AuthenticationFailedException();
        }
        Duration left = Duration.between(Instant.now(), Instant.ofEpochSecond(token.getExpirationTime()));
        return left.compareTo(SessionCookie.LONGEST) < 0 ? left : SessionCookie.LONGEST;
    }
}
