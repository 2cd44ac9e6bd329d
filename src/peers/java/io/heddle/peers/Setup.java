package io.heddle.peers;

/** How servers are run. */
enum Setup {
    /** One server as it comes. */
    DEFAULTS("one server, defaults", 1, false),
    /** One server that answers a write when it is on the disk. */
    SYNCED("one server, every write synced", 1, true),
    /** Three such servers. */
    THREE_SYNCED("three servers, every write synced", 3, true);

    final String title;
    final int members;
    final boolean synced;

    Setup(String title, int members, boolean synced) {
        this.title = title;
        this.members = members;
        this.synced = synced;
    }
}
