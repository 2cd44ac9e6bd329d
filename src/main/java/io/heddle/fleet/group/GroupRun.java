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
 * Carries out one change of a group: publishes the desired state, waits for the acknowledgements, and repeats until nothing is left
 * to publish; then removes the change from the record.
 *
 * <p>Why the latest message on a share is correct in the end, with concurrent writers: each round waits for {@link GroupIndex#settled()},
 * so it sees every change that was stored before its messages were acknowledged, and publishes again what contradicts them. A change
 * that is stored later is published later, by its own run.
 */
public final class GroupRun {

    private final String group;
    private final Author author;
    private final Services services;
    private final FanOut fanOut = new FanOut();
    /** The last messages of each VM: acknowledged, or given up. */
    private final Map<String, Settled> settled = new ConcurrentHashMap<>();

    private final Map<Unmount, PendingMessage> unmounts = new HashMap<>();
    /** The version of the view behind the last plan; guarded by the index. */
    private long planned;

    private volatile Collection<String> vms;
    private volatile Map<String, String> mountPoints;
    private volatile boolean stopped;

    /** The dependencies of a run. */
    public record Services(GroupStore store, GroupIndex index, PublishPipeline pipeline, FleetConfig config) {}

    private record Settled(List<PendingMessage> messages, boolean reached) {}

    private record Unmount(String id, String mountPoint) {}

    /** @param change as stored in the record */
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

    /** Starts, and calls back at the end, successful or not. */
    void start(Runnable onEnd) {
        Cancellable alive = Multi.createFrom()
                .ticks()
                .startingAfter(services.config().resumeAfter().dividedBy(3))
                .every(services.config().resumeAfter().dividedBy(3))
                .onOverflow()
                .drop()
                .onItem()
                .transformToUniAndConcatenate(tick -> heartbeat())
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

    /** Ends after the current round: another replica resumes. */
    void stop() {
        stopped = true;
    }

    private void end(Runnable onEnd) {
        onEnd.run();
        FanOut.Progress how = fanOut.end();
        LOG.fanOutEnded(group, how.done(), how.failed().size());
    }

    /** The first round may use the index as it is: only the last one needs a settled index. */
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
            throw new IllegalStateException("this replica is stopping");
        }
        long until =
                System.nanoTime() + services.config().resumeAfter().dividedBy(2).toNanos();
        Map<String, List<PendingMessage>> plan = services.index().look(this::plan);
        // An empty plan means that everything is published.
        return plan.isEmpty() ? finish() : publish(plan, until).chain(this::round);
    }

    /** Returns the messages to publish that were not published yet, by VM. */
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
            // Another replica resumed it. Messages of this run may be later than newer ones of that replica: publish
            // the current state to the VMs that this run has reached.
            vms = List.copyOf(settled.keySet());
        }
        Map<String, List<PendingMessage>> plan = new LinkedHashMap<>();
        for (String vm : vms) {
            List<PendingMessage> messages = new ArrayList<>(mountPoints.size());
            mountPoints.forEach((id, mountPoint) -> messages.add(message(view, vm, id, mountPoint)));
            Settled had = settled.get(vm);
            if (had == null || !had.messages().equals(messages)) {
                plan.put(vm, messages);
            }
        }
        return plan;
    }

    private static Collection<String> vmsOf(GroupRecord record, GroupChange change) {
        return change.vms() == null ? record.members() : change.vms();
    }

    private PendingMessage message(GroupIndex.View view, String vm, String id, String mountPoint) {
        StoredShare share = view.desired(vm, id);
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

    /** Removes the change from the record, or keeps it for the VMs that failed. */
    private Uni<Void> finish() {
        List<String> failed = fanOut.failedVms();
        return services.index()
                .edit(group, record -> {
                    GroupRecord next = record == null ? null : record.finished(author, failed);
                    return next != null && next.isOver() ? null : next;
                })
                .replaceWithVoid();
    }

    private Uni<Void> heartbeat() {
        return services.index()
                .edit(group, record -> record == null ? null : record.withHeartbeat(author))
                .onItemOrFailure()
                // Without heartbeats another replica takes over, which is safe.
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
        public void completed(@Nullable Throwable trouble) {
            if (trouble != null) {
                failure = trouble;
            }
            if (left.decrementAndGet() > 0) {
                return;
            }
            Throwable reason = failure;
            // Messages that waited too long are planned again.
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
