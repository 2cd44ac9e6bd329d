package io.heddle.mount.node;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Time that passes when the test says so; what is due then runs on the test's thread. */
final class ManualScheduler extends ScheduledThreadPoolExecutor implements InstantSource {

    private final List<Task> tasks = new ArrayList<>();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    ManualScheduler() {
        super(0);
    }

    @Override
    public Instant instant() {
        return now;
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
        Task task = new Task(command, now.plusNanos(unit.toNanos(delay)));
        tasks.add(task);
        return task;
    }

    @Override
    public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
        throw new UnsupportedOperationException();
    }

    void advanceMillis(long millis) {
        now = now.plusMillis(millis);
        while (true) {
            Task due = tasks.stream()
                    .filter(task -> !task.due.isAfter(now))
                    .min(Comparator.comparing(task -> task.due))
                    .orElse(null);
            if (due == null) {
                return;
            }
            tasks.remove(due);
            due.run();
        }
    }

    long scheduled() {
        return tasks.stream().filter(task -> !task.isCancelled()).count();
    }

    private final class Task extends FutureTask<Void> implements ScheduledFuture<Void> {
        private final Instant due;

        Task(Runnable command, Instant due) {
            super(command, null);
            this.due = due;
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(due.toEpochMilli() - now.toEpochMilli(), TimeUnit.MILLISECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
        }
    }
}
