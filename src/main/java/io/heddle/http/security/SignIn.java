package io.heddle.http.security;

import io.heddle.http.security.SecurityConfig.Mode;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.security.ForbiddenException;
import io.quarkus.security.identity.IdentityProviderManager;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.security.identity.request.AnonymousAuthenticationRequest;
import io.quarkus.security.identity.request.AuthenticationRequest;
import io.quarkus.security.identity.request.TokenAuthenticationRequest;
import io.quarkus.smallrye.jwt.runtime.auth.JsonWebTokenCredential;
import io.quarkus.vertx.http.runtime.security.ChallengeData;
import io.quarkus.vertx.http.runtime.security.HttpAuthenticationMechanism;
import io.quarkus.vertx.http.runtime.security.HttpSecurityUtils;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Runs before the mechanism that reads the {@code Authorization} header: without sign-in everyone is admitted, whatever the header
 * contains; without that header the token may be in the page's cookie.
 */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
final class SignIn implements HttpAuthenticationMechanism {

    private final Mode mode;

    SignIn(SecurityConfig config) {
        this.mode = config.mode();
    }

    @Override
    public Uni<SecurityIdentity> authenticate(RoutingContext context, IdentityProviderManager providers) {
        if (mode == Mode.NONE) {
            return providers.authenticate(AnonymousAuthenticationRequest.INSTANCE);
        }
        String token = SessionCookie.token(context.request());
        if (token == null || context.request().headers().contains(HttpHeaders.AUTHORIZATION)) {
            return Uni.createFrom().optional(Optional.empty());
        }
        if (!RequestOrigin.isReadOnly(context.request()) && !RequestOrigin.isSameOrigin(context.request())) {
            return Uni.createFrom()
                    .failure(new ForbiddenException("a sign-in by cookie is valid for the pages of this host only"));
        }
        return providers.authenticate(request(token, context));
    }

    static AuthenticationRequest request(String token, RoutingContext context) {
        return HttpSecurityUtils.setRoutingContextAttribute(
                new TokenAuthenticationRequest(new JsonWebTokenCredential(token)), context);
    }

    /** None: the mechanism of the header has one. */
    @Override
    public Uni<@Nullable ChallengeData> getChallenge(RoutingContext context) {
        return Uni.createFrom().nullItem();
    }

    @Override
    public Set<Class<? extends AuthenticationRequest>> getCredentialTypes() {
        return Set.of(TokenAuthenticationRequest.class, AnonymousAuthenticationRequest.class);
    }

    @Override
    public int getPriority() {
        return DEFAULT_PRIORITY + 1;
    }
}
