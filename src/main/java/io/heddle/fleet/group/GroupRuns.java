package io.heddle.fleet.group;

import static io.heddle.fleet.publish.FleetLog.LOG;

import io.heddle.fleet.FanOut;
import io.nats.client.NUID;
import io.smallrye.mutiny.subscription.Cancellable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The changes that this replica carries out: its own, and those of other replicas that made no progress for
 * {@code heddle.fleet.resume-after}. Thread-safe.
 */
public final class GroupRuns implements AutoCloseable {

    private final String replica = NUID.nextGlobal();
    private final GroupRun.Services services;
    private final Map<String, GroupRun> running = new ConcurrentHashMap<>();
    /** The changes without progress; used by the ticks only. */
    private Map<String, IdleChange> idle = new HashMap<>();

    /** A change as it was seen, and when it is taken over if it has not changed by then. */
    private record IdleChange(String group, GroupChange change, long until) {}

    public GroupRuns(GroupRun.Services services) {
        this.services = services;
    }

    /** The id of this replica. */
    public String replica() {
        return replica;
    }

    /** Carries out a change that the record assigns to this replica. */
    public FanOut start(String group, GroupRecord record, GroupChange change) {
        GroupRun run = new GroupRun(group, record, change, services);
        GroupRun before = running.putIfAbsent(change.id(), run);
        if (before != null) {
            return before.fanOut();
        }
        run.start(() -> running.remove(change.id()));
        return run.fanOut();
    }

    /** Ends the runs after their current rounds. */
    @Override
    public void close() {
        running.values().forEach(GroupRun::stop);
    }

    /** Takes over changes without progress; to be called about once a second, by one thread at a time. */
    public void tick() {
        Map<String, IdleChange> now = new HashMap<>();
        List<IdleChange> due = new ArrayList<>();
        long time = System.nanoTime();
        services.index().look(view -> {
            view.groups().forEach((name, found) -> {
                if (found.group() != null) {
                    found.group().changes().forEach(change -> note(name, change, time, now, due));
                }
            });
            return due.size();
        });
        idle = now;
        due.forEach(this::takeOver);
    }

    private void note(String group, GroupChange change, long time, Map<String, IdleChange> now, List<IdleChange> due) {
        if (running.containsKey(change.id())) {
            return;
        }
        IdleChange before = idle.get(change.id());
        if (before == null
                || before.change().beat() != change.beat()
                || !before.change().by().equals(change.by())) {
            now.put(change.id(), new IdleChange(group, change, time + patience(change)));
        } else if (time - before.until() < 0) {
            now.put(change.id(), before);
        } else {
            due.add(new IdleChange(group, change, time));
        }
    }

    /**
     * With jitter, so that the replicas do not take over the same change at once. A replica that failed waits longer: others may
     * reach VMs that it could not.
     */
    private long patience(GroupChange change) {
        long nanos = services.config().resumeAfter().toNanos() * (change.by().equals(replica) ? 2 : 1);
        return nanos + ThreadLocalRandom.current().nextLong(nanos / 4 + 1);
    }

    private void takeOver(IdleChange one) {
        Cancellable unused = services.index()
                .edit(one.group(), record -> record == null ? null : record.takenOver(one.change(), replica))
                .subscribe()
                .with(
                        found -> {
                            GroupRecord record = found.group();
                            GroupChange change = record == null
                                    ? null
                                    : record.change(one.change().id());
                            if (record != null && change != null && change.by().equals(replica)) {
                                LOG.resumed(one.group());
                                FanOut unusedToo = start(one.group(), record, change);
                            }
                        },
                        failure -> LOG.notResumed(one.group(), String.valueOf(failure.getMessage())));
    }
}
