package io.heddle.http.security;

import java.util.Set;

/** Permissions: the values of a token's {@code groups} claim. */
public final class Roles {

    /** Read holds and their events. */
    public static final String HOLDS_READ = "holds:read";

    /** Announce, renew, transfer and release holds, in the caller's own name. */
    public static final String HOLDS_WRITE = "holds:write";

    /** Read shares, VMs, groups and their events. */
    public static final String SHARES_READ = "shares:read";

    /** Publish shares to VMs and groups, and change groups. */
    public static final String SHARES_PUBLISH = "shares:publish";

    /** Everything, including acting for other holders and by force. */
    public static final String ADMIN = "admin";

    static final Set<String> ALL = Set.of(HOLDS_READ, HOLDS_WRITE, SHARES_READ, SHARES_PUBLISH, ADMIN);

    private Roles() {}
}
