package io.heddle.http.security;

import io.heddle.http.security.SecurityConfig.Mode;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.vertx.http.runtime.security.HttpSecurityPolicy;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;

/**
 * The policy {@code signed-in}: with mode {@code jwt} a request needs a valid token before its body is read. For {@code /mcp}, whose
 * clients expect 401, and whose tools then check the roles.
 */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
final class SignedIn implements HttpSecurityPolicy {

    private final Mode mode;

    SignedIn(SecurityConfig config) {
        this.mode = config.mode();
    }

    @Override
    public String name() {
        return "signed-in";
    }

    @Override
    public Uni<CheckResult> checkPermission(
            RoutingContext request, Uni<SecurityIdentity> identity, AuthorizationRequestContext context) {
        return mode == Mode.NONE
                ? CheckResult.permit()
                : identity.map(caller -> caller.isAnonymous() ? CheckResult.DENY : CheckResult.PERMIT);
    }
}
