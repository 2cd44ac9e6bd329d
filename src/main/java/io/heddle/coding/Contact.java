package io.heddle.coding;

/**
 * What a session says about itself with a call. Empty texts are not known, and keep what an earlier call said.
 *
 * @param session the session's name, and the holder of its holds: {@code claude-code/8c1f…}
 * @param subject the subject of the caller's token; empty without one
 * @param project the project that its relative paths belong to
 * @param user who runs the agent
 * @param host where the agent runs
 * @param checkout the working tree
 */
public record Contact(String session, String subject, String project, String user, String host, String checkout) {

    /** A contact of which only the session is known. */
    public static Contact of(String session, String subject) {
        return new Contact(session, subject, "", "", "", "");
    }

    /** Returns the same with what is not known here taken from an earlier contact. */
    Contact after(Contact earlier) {
        return new Contact(
                session,
                subject,
                first(project, earlier.project),
                first(user, earlier.user),
                first(host, earlier.host),
                first(checkout, earlier.checkout));
    }

    /** Returns the agent's program, by the session's name: {@code claude-code} of {@code claude-code/8c1f…}. */
    public String tool() {
        String name = subject.isEmpty() || !session.startsWith(subject + "/")
                ? session
                : session.substring(subject.length() + 1);
        int slash = name.indexOf('/');
        return slash < 0 ? "" : name.substring(0, slash);
    }

    /** Returns where the working copy is, for the holds: {@code ann@mac-1:/home/ann/shop}. */
    String place() {
        String machine = user.isEmpty() ? host : host.isEmpty() ? user : user + "@" + host;
        return machine.isEmpty() || checkout.isEmpty() ? machine + checkout : machine + ":" + checkout;
    }

    private static String first(String one, String other) {
        return one.isEmpty() ? other : one;
    }
}
