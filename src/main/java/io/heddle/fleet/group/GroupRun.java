package io.heddle.fleet.group;

import static io.heddle.fleet.publish.FleetLog.LOG;

import io.heddle.fleet.FanOut;
import io.heddle.fleet.FleetConfig;
import io.heddle.fleet.group.GroupRecord.Author;
import io.heddle.fleet.publish.PendingMessage;
import io.heddle.fleet.publish.PublishPipeline;
import io.heddle.mount.ShareMessages;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareMount.Action;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.smallrye.mutiny.subscription.Cancellable;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Carries one change of a group out: publishes what is wanted now, waits for the acknowledgements, looks again, and repeats
 * until there is nothing left to publish; then the change is taken out of the record.
 *
 * <p>Why the last word on a share is right in the end, whoever else writes: a look is preceded by {@link GroupIndex#settled()},
 * so it knows every change that was written before our messages were acknowledged, and what contradicts them is published again.
 * A change that is written after that is published after our messages, by its own run.
 */
public final class GroupRun {

    private final String group;
    private final Author author;
    private final Services services;
    private final FanOut fanOut = new FanOut();
    /** What each VM got last: acknowledged, or given up. */
    private final Map<String, Settled> settled = new ConcurrentHashMap<>();

    private final Map<Unmount, PendingMessage> unmounts = new HashMap<>();
    /** The version of the view that the last plan was made of; guarded by the index. */
    private long planned;

    private volatile Collection<String> vms;
    private volatile Map<String, String> mountPoints;
    private volatile boolean stopped;

    /** What every run needs. */
    public record Services(GroupStore store, GroupIndex index, PublishPipeline pipeline, FleetConfig config) {}

    private record Settled(List<PendingMessage> messages, boolean reached) {}

    private record Unmount(String id, String mountPoint) {}

    /** @param change as it stands in the record */
    GroupRun(String group, GroupRecord record, GroupChange change, Services services) {
        this.group = group;
        this.author = new Author(change.id(), change.by());
        this.services = services;
        this.vms = vmsOf(record, change);
        this.mountPoints = change.mountPoints();
        fanOut.total(vms.size());
    }

    FanOut fanOut() {
        return fanOut;
    }

    /** Begins, and calls back when it has ended, however. */
    void start(Runnable onEnd) {
        Cancellable alive = Multi.createFrom()
                .ticks()
                .startingAfter(services.config().resumeAfter().dividedBy(3))
                .every(services.config().resumeAfter().dividedBy(3))
                .onOverflow()
                .drop()
                .onItem()
                .transformToUniAndConcatenate(tick -> beat())
                .subscribe()
                .with(beaten -> {}, LOG::tickFailed);
        Cancellable unused = begin().runSubscriptionOn(Infrastructure.getDefaultExecutor())
                .onTermination()
                .invoke(alive::cancel)
                .subscribe()
                .with(done -> end(onEnd), failure -> {
                    String reason = String.valueOf(failure.getMessage());
                    LOG.fanOutInterrupted(group, reason);
                    vms.stream().filter(vm -> !settled.containsKey(vm)).forEach(vm -> fanOut.settled(vm, reason));
                    end(onEnd);
                });
    }

    /** No further round: another replica goes on. */
    void stop() {
        stopped = true;
    }

    private void end(Runnable onEnd) {
        onEnd.run();
        FanOut.Progress how = fanOut.end();
        LOG.fanOutEnded(group, how.done(), how.failed().size());
    }

    /** The first look may be at what is known here: only the last one has to be at everything. */
    private Uni<Void> begin() {
        boolean known = services.index().look(view -> {
            GroupRecord record = view.group(group);
            return record != null && record.isAt(author);
        });
        return known ? Uni.createFrom().deferred(this::step) : round();
    }

    private Uni<Void> round() {
        return services.index().settled().chain(this::step);
    }

    private Uni<Void> step() {
        if (stopped) {
            throw new IllegalStateException("this replica stops");
        }
        long until =
                System.nanoTime() + services.config().resumeAfter().dividedBy(2).toNanos();
        Map<String, List<PendingMessage>> plan = services.index().look(this::plan);
        // The first look finds something to publish, or nobody to publish to.
        return plan.isEmpty() ? takeOut() : publish(plan, until).chain(this::round);
    }

    /** What has to be published by now, and was not yet. */
    private Map<String, List<PendingMessage>> plan(GroupIndex.View view) {
        if (planned == view.version() && settled.keySet().containsAll(vms)) {
            return Map.of();
        }
        planned = view.version();
        GroupRecord record = view.group(group);
        GroupChange change = record != null && record.isAt(author) ? record.change(author.change()) : null;
        if (record != null && change != null) {
            vms = vmsOf(record, change);
            mountPoints = change.mountPoints();
            fanOut.total(vms.size());
        } else {
            // Another replica went on with it. What we published may be older than what they did: that is ours to
            // repair.
            vms = List.copyOf(settled.keySet());
        }
        Map<String, List<PendingMessage>> plan = new LinkedHashMap<>();
        for (String vm : vms) {
            List<PendingMessage> wanted = new ArrayList<>(mountPoints.size());
            mountPoints.forEach((id, mountPoint) -> wanted.add(wanted(view, vm, id, mountPoint)));
            Settled had = settled.get(vm);
            if (had == null || !had.messages().equals(wanted)) {
                plan.put(vm, wanted);
            }
        }
        return plan;
    }

    private static Collection<String> vmsOf(GroupRecord record, GroupChange change) {
        return change.vms() == null ? record.members() : change.vms();
    }

    private PendingMessage wanted(GroupIndex.View view, String vm, String id, String mountPoint) {
        StoredShare share = view.wanted(vm, id);
        return share != null
                ? new PendingMessage(id, Action.MOUNT, share.message())
                : unmounts.computeIfAbsent(
                        new Unmount(id, mountPoint),
                        key -> new PendingMessage(
                                id, Action.UNMOUNT, ShareMessages.toBytes(ShareMount.unmount(id, mountPoint))));
    }

    private Uni<Void> publish(Map<String, List<PendingMessage>> plan, long until) {
        return Uni.createFrom().emitter(emitter -> {
            AtomicInteger vmsLeft = new AtomicInteger(plan.size());
            plan.forEach((vm, messages) -> {
                Settled had = settled.remove(vm);
                if (had != null && had.reached()) {
                    fanOut.again();
                }
                new Delivery(vm, messages, until, vmsLeft, emitter).begin();
            });
            services.pipeline().flush();
        });
    }

    /** Takes the change out of the record, or leaves it there for the VMs that failed. */
    private Uni<Void> takeOut() {
        List<String> failed = fanOut.failedVms();
        return services.index()
                .edit(group, record -> {
                    GroupRecord next = record == null ? null : record.finished(author, failed);
                    return next != null && next.isOver() ? null : next;
                })
                .replaceWithVoid();
    }

    private Uni<Void> beat() {
        return services.index()
                .edit(group, record -> record == null ? null : record.beaten(author))
                .onItemOrFailure()
                // Others take over when they see nothing of us; that is safe.
                .transform((beaten, failure) -> null);
    }

    /** The messages of one round for one VM. */
    private final class Delivery implements PublishPipeline.Outcome {

        private final String vm;
        private final List<PendingMessage> messages;
        private final long until;
        private final AtomicInteger vmsLeft;
        private final UniEmitter<? super Void> roundEnd;
        private final AtomicInteger left;
        private volatile @Nullable Throwable failure;

        Delivery(
                String vm,
                List<PendingMessage> messages,
                long until,
                AtomicInteger vmsLeft,
                UniEmitter<? super Void> roundEnd) {
            this.vm = vm;
            this.messages = messages;
            this.until = until;
            this.vmsLeft = vmsLeft;
            this.roundEnd = roundEnd;
            this.left = new AtomicInteger(messages.size());
        }

        void begin() {
            messages.forEach(message -> services.pipeline().add(vm, message, until, this));
        }

        @Override
        public void told(@Nullable Throwable trouble) {
            if (trouble != null) {
                failure = trouble;
            }
            if (left.decrementAndGet() > 0) {
                return;
            }
            Throwable reason = failure;
            // What was too old is planned anew.
            if (!(reason instanceof PublishPipeline.TooOldException)) {
                settled.put(vm, new Settled(messages, reason == null));
                fanOut.settled(vm, reason == null ? null : Objects.requireNonNullElse(reason.getMessage(), "failed"));
            }
            if (vmsLeft.decrementAndGet() == 0) {
                roundEnd.complete(null);
            }
        }
    }
}
