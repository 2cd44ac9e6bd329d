package io.heddle.mount.node;

import static io.heddle.mount.node.MountLog.LOG;

import io.heddle.mount.MountsConfig;
import io.heddle.mount.ShareApplier;
import io.heddle.mount.ShareBusyException;
import io.heddle.mount.ShareEvent;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareRefusedException;
import io.heddle.mount.ShareSignal;
import io.heddle.mount.ShareState;
import io.heddle.mount.ShareStatus;
import io.nats.client.impl.Headers;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Brings the machine to the desired state: one lane for each share id, lanes in parallel up to a limit, the newest desired state
 * wins, failures are retried for ever with exponential backoff and jitter.
 *
 * <p>The states of a lane are those of {@link ShareState}:
 *
 * <pre>
 *                                    +------- answers again ------+
 *                                    v                            |
 *  PENDING ---> MOUNTING --- ok ---> MOUNTED --- silent ---> STALLED
 *     ^          |  ^                   |                         |
 *     |          |  |                   +-------- dead -----------+---> LOST ---> MOUNTING
 *     |          |  +-- retry, place free --+
 *     |          |                          |
 *     |          +-- error ----------> RETRYING --+
 *     |          +-- place in use ---> REJECTED --+
 *     |          +-- files open -----> BUSY ------+
 *     |                                           | retry
 *     |         +-- error: RETRYING, files open: BUSY
 *     |         |                                 |
 *     |     UNMOUNTING &lt;--------------------------+
 *     |         |
 *     |         +--- ok ---> UNMOUNTED
 *     |                          |
 *     +-- a mount is desired ----+
 * </pre>
 *
 * <p>A new desired state leads from every state to {@code PENDING} (a failing state stays visible until the attempt begins), then
 * to {@code MOUNTING} or {@code UNMOUNTING}. The machine converges to every set of desired states without overlapping mount points,
 * whatever the order in which they came: a share that blocks another one's mount point is unmounted first, then mounted at its new place.
 *
 * <p>Thread-safe. The event sink is called in order, under the reconciler's lock: it must not block.
 */
final class ShareReconciler {

    private static final Duration BUSY_MAX_DELAY = Duration.ofSeconds(5);

    private final ShareApplier applier;
    private final Duration minDelay;
    private final Duration maxDelay;
    private final ScheduledExecutorService scheduler;
    private final InstantSource clock;
    private final Consumer<ShareEvent> sink;
    private final Map<String, ShareLane> lanes = new LinkedHashMap<>();
    private final Deque<ShareLane> waiting = new ArrayDeque<>();
    private final MountClaims claims = new MountClaims();
    private final Cancellable signals;
    private int permits;
    private boolean stopping;

    ShareReconciler(
            ShareApplier applier,
            MountsConfig config,
            ScheduledExecutorService scheduler,
            InstantSource clock,
            Consumer<ShareEvent> sink) {
        this.applier = applier;
        this.minDelay = config.retryMinDelay();
        this.maxDelay = config.retryMaxDelay();
        this.permits = config.parallelism();
        if (permits < 1) {
            throw new IllegalArgumentException("heddle.mounts.parallelism=" + permits + " must be at least 1");
        }
        this.scheduler = scheduler;
        this.clock = clock;
        this.sink = sink;
        this.signals = applier.signals().subscribe().with(this::signalled, LOG::signalsFailed);
    }

    /** Sets the desired state of a share. Returns at once. */
    void desire(DesiredShare share) {
        desire(share.share(), share.headers());
    }

    void desire(ShareMount share) {
        desire(share, null);
    }

    private synchronized void desire(ShareMount share, @Nullable Headers cause) {
        if (stopping) {
            return;
        }
        claims.desire(share.id(), share.isMount() ? share.mountPoint() : null);
        ShareLane lane = lanes.get(share.id());
        if (lane == null) {
            lane = new ShareLane(share, cause, this);
            lanes.put(share.id(), lane);
            publish(new ShareEvent.Changed(lane.status()));
            lane.step();
        } else {
            lane.desire(share, cause);
        }
    }

    /** Returns the status of every share, in the order in which they were first desired. */
    synchronized List<ShareStatus> statuses() {
        return lanes.values().stream().map(ShareLane::status).toList();
    }

    /** Forgets a share that is unmounted and desired to be; returns false, and keeps it, when it is not. */
    synchronized boolean forget(String id) {
        ShareLane lane = lanes.get(id);
        if (lane != null && !lane.isOver()) {
            return false;
        }
        lanes.remove(id);
        claims.desire(id, null);
        return true;
    }

    /**
     * Stops: no call begins any more and nothing is retried. Mounts stay for the next start to adopt, or are unmounted in
     * parallel; those in use stay mounted.
     *
     * @return completes when every unmount has ended, whatever its result
     */
    Uni<Void> stop(boolean keepMounts) {
        List<Uni<Void>> unmounts = new ArrayList<>();
        synchronized (this) {
            stopping = true;
            signals.cancel();
            waiting.clear();
            for (ShareLane lane : lanes.values()) {
                boolean unmount = !keepMounts && lane.mayBeMounted();
                lane.halt(unmount);
                if (unmount) {
                    unmounts.add(unmountAtStop(lane));
                }
            }
        }
        return unmounts.isEmpty()
                ? Uni.createFrom().voidItem()
                : Uni.join().all(unmounts).andCollectFailures().replaceWithVoid();
    }

    private Uni<Void> unmountAtStop(ShareLane lane) {
        ShareMount unmount = lane.shutdownUnmount();
        return Uni.createFrom()
                .deferred(() -> applier.unmount(unmount))
                .invoke(() -> {
                    synchronized (this) {
                        lane.enterUnmounted();
                    }
                })
                .onFailure()
                .recoverWithUni(failure -> {
                    LOG.notUnmountedAtStop(unmount.id(), String.valueOf(failure.getMessage()));
                    return Uni.createFrom().voidItem();
                });
    }

    private synchronized void signalled(ShareSignal signal) {
        ShareLane lane = lanes.get(signal.id());
        if (lane != null && !stopping) {
            lane.signalled(signal);
        }
    }

    // Lanes call what follows, under the lock.

    ShareApplier applier() {
        return applier;
    }

    MountClaims claims() {
        return claims;
    }

    Instant now() {
        return clock.instant();
    }

    boolean isRecent(Instant moment) {
        return moment.plus(maxDelay).isAfter(clock.instant());
    }

    void publish(ShareEvent event) {
        sink.accept(event);
    }

    void whenPermitted(ShareLane lane) {
        waiting.addLast(lane);
        beginWaiting();
    }

    void ended(ShareLane lane, LaneCall call, @Nullable Throwable failure) {
        ShareMount target = call.target();
        synchronized (this) {
            if (!lane.isCurrent(call)) {
                return;
            }
            permits++;
            publish(new ShareEvent.Attempted(
                    target.id(),
                    target.action(),
                    resultOf(failure),
                    Duration.between(call.started(), clock.instant()),
                    call.attempt(),
                    call.cause()));
            if (failure == null) {
                lane.succeeded(call);
            } else {
                LOG.attemptFailed(target.id(), target.action(), String.valueOf(failure.getMessage()));
                lane.failed(call, failure);
            }
            beginWaiting();
        }
    }

    /** A call was cancelled: its permit is free. */
    void cancelled() {
        permits++;
        beginWaiting();
    }

    /** Mount points were released: the shares that wait for one try again. */
    void placesReleased() {
        List.copyOf(lanes.values()).stream()
                .filter(lane ->
                        lane.state() == ShareState.REJECTED && lane.desired().isMount())
                .forEach(ShareLane::step);
    }

    /** Makes the share that claims an overlapping mount point leave it, unless it desires that. */
    void askToLeave(String holder, String place) {
        ShareLane lane = lanes.get(holder);
        if (lane != null && lane.desired().isMount() && claims.blocks(holder, place)) {
            lane.leaveOldPlace();
        }
    }

    Future<?> retryLater(ShareLane lane, int attempts, boolean busy) {
        long ceiling = busy ? Math.min(maxDelay.toMillis(), BUSY_MAX_DELAY.toMillis()) : maxDelay.toMillis();
        long delay = Math.min(ceiling, minDelay.toMillis() << Math.min(Math.max(attempts - 1, 0), 20));
        long jittered = ThreadLocalRandom.current().nextLong(delay / 2, delay + 1);
        return scheduler.schedule(() -> retry(lane), jittered, TimeUnit.MILLISECONDS);
    }

    private synchronized void retry(ShareLane lane) {
        if (!stopping) {
            lane.step();
        }
    }

    private void beginWaiting() {
        while (permits > 0 && !stopping) {
            ShareLane next = waiting.pollFirst();
            if (next == null) {
                return;
            }
            permits--;
            if (!next.begin()) {
                permits++;
            }
        }
    }

    private static String resultOf(@Nullable Throwable failure) {
        if (failure == null) {
            return "ok";
        } else if (failure instanceof ShareBusyException) {
            return "busy";
        }
        return failure instanceof ShareRefusedException ? "refused" : "error";
    }
}
