package io.heddle.nats;

import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The version of a nats-server, as its greeting tells it; a pre-release counts as its release. */
public record ServerVersion(int major, int minor, int patch) implements Comparable<ServerVersion> {

    /**
     * The oldest server whose compare-and-set we trust: per-subject expected sequences were broken before 2.9.21 and
     * hardened in 2.11 and 2.12 (see docs/adr/0003-server-version-gate.md).
     */
    public static final ServerVersion MINIMUM = new ServerVersion(2, 12, 0);

    private static final Pattern FORM = Pattern.compile("v?(\\d+)\\.(\\d+)(?:\\.(\\d+))?.*");
    private static final Comparator<ServerVersion> ORDER = Comparator.comparingInt(ServerVersion::major)
            .thenComparingInt(ServerVersion::minor)
            .thenComparingInt(ServerVersion::patch);

    /** Reads {@code 2.12.1}, {@code v2.12.1-RC.2} and the like; anything else is 0.0.0, which nothing trusts. */
    public static ServerVersion parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            return new ServerVersion(0, 0, 0);
        }
        String patch = matcher.group(3);
        return new ServerVersion(
                Integer.parseInt(matcher.group(1)),
                Integer.parseInt(matcher.group(2)),
                patch == null ? 0 : Integer.parseInt(patch));
    }

    public boolean isSafe() {
        return compareTo(MINIMUM) >= 0;
    }

    @Override
    public int compareTo(ServerVersion other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return major + "." + minor + "." + patch;
    }
}
