package io.heddle.hold.bucket;

import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;

/** Creates the one thread for timers of a process's holds. */
final class Timers {

    private Timers() {}

    static ScheduledThreadPoolExecutor start(String name) {
        ScheduledThreadPoolExecutor timers = new ScheduledThreadPoolExecutor(
                1,
                task -> {
                    Thread thread = new Thread(task, name);
                    thread.setDaemon(true);
                    return thread;
                },
                new ThreadPoolExecutor.DiscardPolicy()); // nothing is left to do once it is shut down
        timers.setRemoveOnCancelPolicy(true);
        return timers;
    }
}
