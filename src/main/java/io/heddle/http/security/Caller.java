package io.heddle.http.security;

import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.security.ForbiddenException;
import io.quarkus.security.identity.SecurityIdentity;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.jwt.JsonWebToken;

/**
 * The caller, for rules that a role alone cannot express. For endpoints that require a role, and the callbacks of their
 * {@code Uni}s: the caller is authenticated there.
 */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
public class Caller {

    private final SecurityIdentity identity;

    Caller(SecurityIdentity identity) {
        this.identity = identity;
    }

    /**
     * Requires that the caller is this holder: the token's subject is its id, or the subject and a slash begin it. An administrator
     * may act for any holder.
     *
     * @throws ForbiddenException otherwise, answered with 403
     */
    public void requireAgent(String agentId) {
        String subject = subject();
        boolean own = !subject.isEmpty() && (agentId.equals(subject) || agentId.startsWith(subject + "/"));
        if (!own && !isAdmin()) {
            throw new ForbiddenException("only an administrator may act for a holder other than the token's subject");
        }
    }

    /**
     * Returns the name that a holder has when the caller acts for it: with the token's subject in front, so that two subjects never
     * share a session. An administrator's, and without tokens every name, stays as it is.
     */
    public String holderName(String name) {
        String subject = subject();
        return subject.isEmpty() || isAdmin() || name.equals(subject) || name.startsWith(subject + "/")
                ? name
                : subject + "/" + name;
    }

    /** Returns the token's subject; empty without a token or a subject. */
    public String subject() {
        return subject(identity);
    }

    public void requireAdmin() {
        if (!isAdmin()) {
            throw new ForbiddenException("only an administrator may do this");
        }
    }

    public boolean isAdmin() {
        return identity.hasRole(Roles.ADMIN);
    }

    /** Returns the token's subject; empty without a token or a subject. */
    static String subject(SecurityIdentity identity) {
        return identity.getPrincipal() instanceof JsonWebToken token && token.getSubject() != null
                ? token.getSubject()
                : "";
    }
}
