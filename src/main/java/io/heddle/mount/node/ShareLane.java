package io.heddle.mount.node;

import io.heddle.mount.ShareBusyException;
import io.heddle.mount.ShareEvent;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareMount.Action;
import io.heddle.mount.ShareRefusedException;
import io.heddle.mount.ShareSignal;
import io.heddle.mount.ShareStalledException;
import io.heddle.mount.ShareState;
import io.heddle.mount.ShareStatus;
import io.nats.client.impl.Headers;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * One share on its way from what it is to what it should be. At most one call to the applier runs at a time; a newer wanted
 * state cancels a mount that is under way and waits for an unmount.
 *
 * <p>Every method is called under the reconciler's lock.
 */
final class ShareLane {

    /** States that stay visible until the next attempt begins. */
    private static final Set<ShareState> TROUBLED =
            EnumSet.of(ShareState.BUSY, ShareState.RETRYING, ShareState.LOST, ShareState.REJECTED);

    /**
     * A call to the applier.
     *
     * @param cause what came with the message that asked for it; null when none did
     */
    record Call(
            long generation,
            ShareMount target,
            Instant started,
            int attempt,
            @Nullable Headers cause) {}

    private final String id;
    private final ShareReconciler reconciler;

    private ShareMount desired;
    /** What came with the message that asked for it, until it is so: what is done later is not its doing any more. */
    private @Nullable Headers cause;

    private @Nullable ShareMount mounted;
    private @Nullable Cancellable running;
    private @Nullable Action runningAction;
    private @Nullable ShareSignal missed;
    private @Nullable Future<?> retry;
    private boolean queued;
    private long generation;
    private int attempts;
    private int earlyLosses;
    private ShareState state = ShareState.PENDING;
    private Instant since;
    private @Nullable String error;

    ShareLane(ShareMount first, @Nullable Headers cause, ShareReconciler reconciler) {
        this.id = first.id();
        this.cause = cause;
        this.desired = first;
        this.reconciler = reconciler;
        this.since = reconciler.now();
    }

    ShareStatus status() {
        return new ShareStatus(
                id, state, since, attempts, error, desired.mountPoint(), desired.backend(), desired.readonly());
    }

    boolean wantsMount() {
        return desired.isMount();
    }

    /** Whether the applier may hold something for this share. */
    boolean mayBeMounted() {
        return mounted != null || running != null || state == ShareState.BUSY || state == ShareState.STALLED;
    }

    /** A wanted state has come; the same one again only wakes a share that is not there yet. */
    void desire(ShareMount share, @Nullable Headers because) {
        if (!share.equals(desired)) {
            desired = share;
            attempts = 0;
            if (running != null && runningAction == Action.MOUNT) {
                cancelRunning();
            }
        } else if (converged()) {
            return;
        }
        cause = because;
        step();
    }

    /** Goes on towards the wanted state, unless a call is under way: then its end does. */
    void step() {
        cancelRetry();
        if (running != null || queued) {
            return;
        }
        if (converged()) {
            return;
        }
        if (!claimPlace()) {
            return;
        }
        if (!TROUBLED.contains(state)) {
            enter(ShareState.PENDING, null);
        }
        queued = true;
        reconciler.whenPermitted(this);
    }

    /** A permit is there: begins the call. False when there is nothing to do any more. */
    boolean begin() {
        queued = false;
        // What is wanted may have changed while the lane waited for its turn, and with it the place.
        if (running != null || converged() || !claimPlace()) {
            return false;
        }
        ShareMount target = desired;
        boolean mounting = target.isMount();
        attempts++;
        enter(mounting ? ShareState.MOUNTING : ShareState.UNMOUNTING, error);
        runningAction = target.action();
        missed = null;
        Call call = new Call(++generation, target, reconciler.now(), attempts, cause);
        // Deferred, so that an applier that throws fails this attempt and nothing else.
        Uni<Void> work = Uni.createFrom()
                .deferred(() -> mounting
                        ? reconciler.applier().mount(target)
                        : reconciler.applier().unmount(reconciler.claims().withoutForeignPlace(target)));
        Cancellable handle = work.subscribe()
                .with(done -> reconciler.ended(this, call, null), failure -> reconciler.ended(this, call, failure));
        if (generation == call.generation() && runningAction != null) {
            running = handle;
        }
        return true;
    }

    /** A call has ended; calls that were cancelled do not count. */
    boolean isCurrent(Call call) {
        return generation == call.generation();
    }

    void succeeded(ShareMount target) {
        finishCall();
        if (target.equals(desired)) {
            cause = null;
        }
        if (target.isMount()) {
            mounted = target;
            enter(ShareState.MOUNTED, null);
            if (reconciler.claims().keepOnly(id, target.mountPoint())) {
                reconciler.placesFreed();
            }
        } else {
            mounted = null;
            enter(ShareState.UNMOUNTED, null);
            if (reconciler.claims().release(id)) {
                reconciler.placesFreed();
            }
        }
        if (!catchUp()) {
            step();
        }
    }

    void failed(ShareMount target, Throwable failure) {
        finishCall();
        String message = Objects.requireNonNullElse(
                failure.getMessage(), failure.getClass().getSimpleName());
        if (!target.equals(desired)) {
            step();
            return;
        }
        if (failure instanceof ShareStalledException) {
            mounted = target;
            enter(ShareState.STALLED, message);
            boolean unused = catchUp();
            return;
        }
        if (failure instanceof ShareBusyException) {
            enter(ShareState.BUSY, message);
        } else if (failure instanceof ShareRefusedException) {
            enter(ShareState.REJECTED, message);
        } else {
            enter(ShareState.RETRYING, message);
        }
        retry = reconciler.retryLater(this, attempts, failure instanceof ShareBusyException);
    }

    void signalled(ShareSignal signal) {
        if (running != null) {
            missed = signal; // it may be about what the call under way is doing: looked at when that has ended
            return;
        }
        if (signal instanceof ShareSignal.Lost lost) {
            lost(lost);
        } else if (signal instanceof ShareSignal.Stalled stalled && state == ShareState.MOUNTED) {
            enter(ShareState.STALLED, stalled.reason());
        } else if (signal instanceof ShareSignal.Recovered && state == ShareState.STALLED) {
            enter(ShareState.MOUNTED, null);
        }
    }

    /** The first loss is repaired at once; a client that keeps dying young waits longer every time. */
    private void lost(ShareSignal.Lost lost) {
        boolean early = mounted != null && reconciler.isRecent(since);
        earlyLosses = early ? earlyLosses + 1 : 0;
        mounted = null;
        attempts = 0;
        if (desired.isMount()) {
            enter(ShareState.LOST, lost.reason());
        }
        cancelRetry();
        if (earlyLosses > 1) {
            retry = reconciler.retryLater(this, earlyLosses - 1, false);
        } else {
            step();
        }
    }

    /**
     * The service stops: no retry, no new attempt. A mount that is under way is given up, and an unmount too when another one is
     * about to be asked for: the applier is never called twice at a time.
     */
    void halt(boolean unmountFollows) {
        cancelRetry();
        if (running != null && (unmountFollows || runningAction == Action.MOUNT)) {
            cancelRunning();
        }
    }

    /** The unmount that stopping asks for. */
    ShareMount farewell() {
        return mounted == null ? desired.asUnmount() : mounted.asUnmount();
    }

    void enterUnmounted() {
        mounted = null;
        enter(ShareState.UNMOUNTED, null);
    }

    /** What the applier noticed of the mount before it was told here that it is up; true when it says how to go on. */
    private boolean catchUp() {
        ShareSignal signal = missed;
        missed = null;
        if (signal != null && mounted != null) {
            signalled(signal);
            return signal instanceof ShareSignal.Lost;
        }
        return false;
    }

    /** Whether it is unmounted and meant to be, so that nothing is lost with this lane but the memory of it. */
    boolean isOver() {
        return running == null && !queued && !desired.isMount() && converged();
    }

    private boolean claimPlace() {
        String holder = desired.isMount() ? reconciler.claims().claim(id, desired.mountPoint()) : null;
        if (holder != null) {
            enter(ShareState.REJECTED, "the mount point overlaps that of share '" + holder + "'");
        }
        return holder == null;
    }

    private boolean converged() {
        return desired.isMount()
                ? desired.equals(mounted) && (state == ShareState.MOUNTED || state == ShareState.STALLED)
                : state == ShareState.UNMOUNTED;
    }

    private void enter(ShareState next, @Nullable String reason) {
        if (next != state) {
            since = reconciler.now();
        }
        boolean news = next != state || !Objects.equals(error, reason);
        state = next;
        error = reason;
        if (news) {
            reconciler.publish(new ShareEvent.Changed(status()));
        }
    }

    private void finishCall() {
        running = null;
        runningAction = null;
    }

    private void cancelRunning() {
        Cancellable call = running;
        generation++;
        finishCall();
        if (call != null) {
            call.cancel();
            reconciler.givenUp();
        }
    }

    private void cancelRetry() {
        Future<?> pending = retry;
        retry = null;
        if (pending != null) {
            pending.cancel(false);
        }
    }
}
