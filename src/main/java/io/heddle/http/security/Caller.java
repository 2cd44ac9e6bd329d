package io.heddle.http.security;

import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.security.ForbiddenException;
import io.quarkus.security.identity.SecurityIdentity;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.jwt.JsonWebToken;

/**
 * Who calls, for rules that a role alone can't express. To be used in endpoints that ask for a role: the caller is known there.
 * Callbacks of a {@code Uni} made in an endpoint may use it too.
 */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
public class Caller {

    private final SecurityIdentity identity;

    Caller(SecurityIdentity identity) {
        this.identity = identity;
    }

    /**
     * An agent acts in its own name: its id is the token's subject. An administrator may act in any name.
     *
     * @throws ForbiddenException otherwise, answered with 403
     */
    public void requireAgent(String agentId) {
        if (!isAdmin() && !agentId.equals(subject(identity))) {
            throw new ForbiddenException("only an administrator may act for an agent other than the token's subject");
        }
    }

    /**
     * For what no agent may do by itself, such as a release by force.
     *
     * @throws ForbiddenException when the caller is no administrator, answered with 403
     */
    public void requireAdmin() {
        if (!isAdmin()) {
            throw new ForbiddenException("only an administrator may do this");
        }
    }

    public boolean isAdmin() {
        return identity.hasRole(Roles.ADMIN);
    }

    /** The token's subject; empty when nobody signed in, or the token has none. */
    static String subject(SecurityIdentity identity) {
        return identity.getPrincipal() instanceof JsonWebToken token && token.getSubject() != null
                ? token.getSubject()
                : "";
    }
}
