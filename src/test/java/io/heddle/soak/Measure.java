package io.heddle.soak;

/** Something that must not grow, and what it may move all the same. */
enum Measure {
    HEAP("heap after GC", "MiB", 0.10, 3, 2),
    METASPACE("classes", "MiB", 0.05, 3, 3),
    CODE("compiled code", "MiB", 0.30, 8, 8),
    DIRECT("direct buffers", "MiB", 0.10, 4, 4),
    RESIDENT("resident memory", "MiB", 0.05, 20, 20),
    THREADS("threads", "", 0.10, 4, 6),
    FILES("file descriptors", "", 0.10, 12, 4),
    CHILDREN("child processes", "", 0.10, 4, 0),
    CONNECTIONS("broker connections", "", 0, 0, 0),
    CONSUMERS("consumers", "", 0, 1, 0),
    SUBSCRIPTIONS("subscriptions", "", 0.10, 4, 0);

    private final String title;
    private final String unit;
    private final double relative;
    private final double absolute;
    private final double atRest;

    Measure(String title, String unit, double relative, double absolute, double atRest) {
        this.title = title;
        this.unit = unit;
        this.relative = relative;
        this.absolute = absolute;
        this.atRest = atRest;
    }

    String title() {
        return title;
    }

    /** For people; empty for a count. */
    String unit() {
        return unit;
    }

    /** How much more it may be at the end than at the beginning, as a part. */
    double relative() {
        return relative;
    }

    /** How much more besides, under load, where clients and shares come and go. */
    double absolute() {
        return absolute;
    }

    /** How much more when the load is gone: what is left then belongs to nobody. Of memory, besides the part. */
    double atRest() {
        return atRest;
    }
}
