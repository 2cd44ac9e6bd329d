package io.heddle.hold.faults;

import java.util.List;

/** What is done to the processes, the network, the clocks and the broker of a race, and for how long. */
enum FaultKind {
    KILL_WORKER("kill -9 of a worker", 0, 0),
    STOP_WORKER("worker stopped past its ttl", 700, 1_600),
    CUT_LINK("connection cut", 50, 1_500),
    SILENT_LINK("network silent both ways", 200, 1_500),
    LOST_ANSWERS("network silent towards the client", 300, 2_500),
    SLOW_LINK("network slow", 500, 2_000),
    DISTURBED_ANSWERS("answers late or twice", 1_500, 4_000),
    CLOCK_SET("clock set by an hour", 0, 0),

    RESTART_BROKER("broker restarted", 0, 600),
    KILL_BROKER("broker killed", 0, 900),
    FREEZE_BROKER("broker stopped", 300, 1_500),
    STORE_LATE("broker stopped, calls stored late", 200, 5_000),
    REVOKE_RIGHTS("right to write revoked", 300, 2_000),
    WIPE_STORE("store wiped", 0, 500),

    KILL_LEADER("leader of three killed", 500, 4_000),
    FREEZE_LEADER("leader of three stopped until deposed", 9_500, 10_500),
    STEP_DOWN("leader of three stepped down", 0, 0);

    static final List<FaultKind> OF_WORKERS = List.of(
            KILL_WORKER, STOP_WORKER, CUT_LINK, SILENT_LINK, LOST_ANSWERS, SLOW_LINK, DISTURBED_ANSWERS, CLOCK_SET);
    static final List<FaultKind> OF_NETWORKS = List.of(SILENT_LINK, LOST_ANSWERS, SLOW_LINK, DISTURBED_ANSWERS);
    static final List<FaultKind> OF_ONE_SERVER =
            List.of(RESTART_BROKER, KILL_BROKER, FREEZE_BROKER, REVOKE_RIGHTS, WIPE_STORE);
    static final List<FaultKind> OF_A_LATE_SERVER = List.of(STORE_LATE);
    static final List<FaultKind> OF_THREE_SERVERS = List.of(KILL_LEADER, FREEZE_LEADER, STEP_DOWN);

    final String text;
    final int shortestMillis;
    final int longestMillis;

    FaultKind(String text, int shortestMillis, int longestMillis) {
        this.text = text;
        this.shortestMillis = shortestMillis;
        this.longestMillis = longestMillis;
    }
}
