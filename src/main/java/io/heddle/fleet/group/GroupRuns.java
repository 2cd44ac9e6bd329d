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
 * The changes that this replica carries out: those that were made here, and those that stood still for a while, whoever made
 * them. Thread-safe.
 */
public final class GroupRuns implements AutoCloseable {

    private final String replica = NUID.nextGlobal();
    private final GroupRun.Services services;
    private final Map<String, GroupRun> running = new ConcurrentHashMap<>();
    /** How long changes have stood still; touched by the ticks only. */
    private Map<String, Still> still = new HashMap<>();

    /** A change as it was seen, and when it is taken over if it still is like that. */
    private record Still(String group, GroupChange change, long until) {}

    public GroupRuns(GroupRun.Services services) {
        this.services = services;
    }

    /** The name of this process among the replicas. */
    public String replica() {
        return replica;
    }

    /** Carries a change out that is this replica's by the record. */
    public FanOut start(String group, GroupRecord record, GroupChange change) {
        GroupRun run = new GroupRun(group, record, change, services);
        GroupRun before = running.putIfAbsent(change.id(), run);
        if (before != null) {
            return before.fanOut();
        }
        run.start(() -> running.remove(change.id()));
        return run.fanOut();
    }

    /** What is under way here ends with its round; nothing new begins. */
    @Override
    public void close() {
        running.values().forEach(GroupRun::stop);
    }

    /** Looks for changes that stand still; to be called about once a second, by one thread at a time. */
    public void tick() {
        Map<String, Still> now = new HashMap<>();
        List<Still> due = new ArrayList<>();
        long time = System.nanoTime();
        services.index().look(view -> {
            view.groups().forEach((name, found) -> {
                if (found.group() != null) {
                    found.group().changes().forEach(change -> note(name, change, time, now, due));
                }
            });
            return due.size();
        });
        still = now;
        due.forEach(this::takeOver);
    }

    private void note(String group, GroupChange change, long time, Map<String, Still> now, List<Still> due) {
        if (running.containsKey(change.id())) {
            return;
        }
        Still before = still.get(change.id());
        if (before == null
                || before.change().beat() != change.beat()
                || !before.change().by().equals(change.by())) {
            now.put(change.id(), new Still(group, change, time + patience(change)));
        } else if (time - before.until() < 0) {
            now.put(change.id(), before);
        } else {
            due.add(new Still(group, change, time));
        }
    }

    /**
     * With jitter, so that not all replicas reach for the same change in the same moment. Whoever failed at it lets the others
     * try first: they may be able to reach what it could not.
     */
    private long patience(GroupChange change) {
        long nanos = services.config().resumeAfter().toNanos() * (change.by().equals(replica) ? 2 : 1);
        return nanos + ThreadLocalRandom.current().nextLong(nanos / 4 + 1);
    }

    private void takeOver(Still one) {
        Cancellable unused = services.index()
                .edit(one.group(), record -> record == null ? null : record.taken(one.change(), replica))
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
