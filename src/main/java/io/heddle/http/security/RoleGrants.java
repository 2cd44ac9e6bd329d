package io.heddle.http.security;

import io.heddle.http.security.SecurityConfig.Mode;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.security.identity.AuthenticationRequestContext;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.security.identity.SecurityIdentityAugmentor;
import io.quarkus.security.runtime.QuarkusSecurityIdentity;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;

/** Grants every role to {@link Roles#ADMIN}, and to everyone if there is no sign-in. */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
final class RoleGrants implements SecurityIdentityAugmentor {

    private final Mode mode;

    RoleGrants(SecurityConfig config) {
        this.mode = config.mode();
    }

    @Override
    public Uni<SecurityIdentity> augment(SecurityIdentity identity, AuthenticationRequestContext context) {
        if (mode == Mode.JWT && !identity.hasRole(Roles.ADMIN)) {
            return Uni.createFrom().item(identity);
        }
        return Uni.createFrom()
                .item(QuarkusSecurityIdentity.builder(identity)
                        .addRoles(Roles.ALL)
                        .build());
    }
}
