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
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Brings one share to its desired state; {@link ShareReconciler} has the state diagram. At most one call to the applier runs at a
 * time. A new desired state cancels a running mount and waits for the end of a running unmount. Every method is called under the
 * reconciler's lock.
 */
final class ShareLane {

    /** States that stay visible until the next attempt begins. */
    private static final Set<ShareState> FAILING =
            EnumSet.of(ShareState.BUSY, ShareState.RETRYING, ShareState.LOST, ShareState.REJECTED);

    private final String id;
    private final ShareReconciler reconciler;

    private ShareMount desired;
    /** The headers of the message that set the desired state; null once it is reached: later attempts have another cause. */
    private @Nullable Headers cause;

    private @Nullable ShareMount mounted;
    private @Nullable Cancellable running;
    private @Nullable Action runningAction;
    private @Nullable ShareSignal deferredSignal;
    private @Nullable Future<?> retry;
    private boolean queued;
    private long generation;
    private int attempts;
    private int earlyLosses;
    private final LaneStatus visible;

    ShareLane(ShareMount first, @Nullable Headers cause, ShareReconciler reconciler) {
        this.id = first.id();
        this.cause = cause;
        this.desired = first;
        this.reconciler = reconciler;
        this.visible = new LaneStatus(reconciler.now());
    }

    ShareStatus status() {
        return visible.of(desired, attempts);
    }

    ShareState state() {
        return visible.state();
    }

    ShareMount desired() {
        return desired;
    }

    /** Whether the applier may have a mount of this share. */
    boolean mayBeMounted() {
        return mounted != null
                || running != null
                || visible.state() == ShareState.BUSY
                || visible.state() == ShareState.STALLED;
    }

    /** Sets the desired state. The same one again starts an attempt at once, unless it is reached already. */
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

    /** Continues towards the desired state. While a call runs, its end does that. */
    void step() {
        cancelRetry();
        if (running != null || queued) {
            return;
        }
        if (converged()) {
            if (visible.state() == ShareState.UNMOUNTED) {
                enter(visible.state(), null); // it left its place for a mount that is no longer desired
            }
            return;
        }
        if (nextCall() == null) {
            return;
        }
        if (!FAILING.contains(visible.state())) {
            enter(ShareState.PENDING, visible.error());
        }
        queued = true;
        reconciler.whenPermitted(this);
    }

    /** Another share needs a mount point that this one does not desire any more. */
    void leaveOldPlace() {
        if (visible.state() != ShareState.BUSY) {
            step();
        }
    }

    /** Begins the next call; false when there is none. The desired state, and so the mount point, may be new since it was queued. */
    boolean begin() {
        queued = false;
        ShareMount target = running != null || converged() ? null : nextCall();
        if (target == null) {
            return false;
        }
        boolean mounting = target.isMount();
        attempts++;
        visible.progress(null);
        enter(mounting ? ShareState.MOUNTING : ShareState.UNMOUNTING, visible.error());
        runningAction = target.action();
        deferredSignal = null;
        LaneCall call = new LaneCall(++generation, desired, target, reconciler.now(), attempts, cause);
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

    /** Whether this call was not cancelled. */
    boolean isCurrent(LaneCall call) {
        return generation == call.generation();
    }

    void succeeded(LaneCall call) {
        finishCall();
        ShareMount target = call.target();
        if (target.equals(desired)) {
            cause = null;
        }
        if (target.isMount()) {
            isMounted(target, ShareState.MOUNTED, null);
        } else {
            mounted = null;
            enter(ShareState.UNMOUNTED, call.goal().isMount() ? visible.error() : null);
            if (reconciler.claims().release(id)) {
                reconciler.placesReleased();
            }
        }
        if (!handleDeferredSignal()) {
            step();
        }
    }

    void failed(LaneCall call, Throwable failure) {
        finishCall();
        String message = Objects.requireNonNullElse(
                failure.getMessage(), failure.getClass().getSimpleName());
        if (!call.goal().equals(desired)) {
            step();
            return;
        }
        if (failure instanceof ShareStalledException) {
            isMounted(call.target(), ShareState.STALLED, message);
            boolean unused = handleDeferredSignal();
            return;
        }
        boolean busy = failure instanceof ShareBusyException;
        boolean refused = failure instanceof ShareRefusedException;
        enter(busy ? ShareState.BUSY : refused ? ShareState.REJECTED : ShareState.RETRYING, message);
        retry = reconciler.retryLater(this, attempts, busy);
    }

    void signalled(ShareSignal signal) {
        if (signal instanceof ShareSignal.Progress step) {
            visible.progress(step.text());
            publishIf(ShareState.MOUNTING);
        } else if (signal instanceof ShareSignal.Degraded change) {
            visible.degraded(change.reason(), reconciler.now());
            publishIf(ShareState.MOUNTED);
        } else if (running != null) {
            deferredSignal = signal; // it may concern the running call: handled at its end
        } else if (signal instanceof ShareSignal.Lost lost) {
            lost(lost);
        } else if (signal instanceof ShareSignal.Stalled stalled && visible.state() == ShareState.MOUNTED) {
            enter(ShareState.STALLED, stalled.reason());
        } else if (signal instanceof ShareSignal.Recovered && visible.state() == ShareState.STALLED) {
            enter(ShareState.MOUNTED, null);
        }
    }

    /** Mounts again at once after the first loss, and with growing delays when the client keeps dying soon after a mount. */
    private void lost(ShareSignal.Lost lost) {
        boolean early = mounted != null && reconciler.isRecent(visible.since());
        earlyLosses = early ? earlyLosses + 1 : 0;
        mounted = null;
        if (visible.error() == null) {
            attempts = 0;
        }
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
     * Stops retries and new attempts. Cancels a running mount, and a running unmount when the shutdown unmount follows: two calls
     * to the applier never run at the same time.
     */
    void halt(boolean unmountFollows) {
        cancelRetry();
        if (running != null && (unmountFollows || runningAction == Action.MOUNT)) {
            cancelRunning();
        }
    }

    ShareMount shutdownUnmount() {
        return mounted == null ? desired.asUnmount() : mounted.asUnmount();
    }

    void enterUnmounted() {
        mounted = null;
        enter(ShareState.UNMOUNTED, null);
    }

    /** Whether the share is unmounted and desired to be, so that the lane can be forgotten. */
    boolean isOver() {
        return running == null && !queued && !desired.isMount() && converged();
    }

    /**
     * The next call: the desired state; before a mount, an unmount when another share needs the old mount point (so that swaps and
     * cycles converge); null when the desired mount point is not free yet, which makes the share {@code REJECTED}.
     */
    private @Nullable ShareMount nextCall() {
        if (!desired.isMount()) {
            return desired;
        }
        if (reconciler.claims().blocksAnother(id)) {
            return ShareMount.unmount(id, mounted == null ? "" : mounted.mountPoint());
        }
        String holder = reconciler.claims().claim(id, desired.mountPoint());
        if (holder == null) {
            return desired;
        }
        enter(ShareState.REJECTED, "the mount point overlaps that of share '" + holder + "'");
        reconciler.askToLeave(holder, desired.mountPoint());
        return null;
    }

    private boolean converged() {
        return desired.isMount()
                ? desired.equals(mounted)
                        && (visible.state() == ShareState.MOUNTED || visible.state() == ShareState.STALLED)
                : visible.state() == ShareState.UNMOUNTED;
    }

    private void isMounted(ShareMount target, ShareState as, @Nullable String reason) {
        mounted = target;
        enter(as, reason);
        if (reconciler.claims().keepOnly(id, target.mountPoint())) {
            reconciler.placesReleased();
        }
    }

    /** Handles a signal that came before the end of the call; true when it decides how to continue. */
    private boolean handleDeferredSignal() {
        ShareSignal signal = deferredSignal;
        deferredSignal = null;
        if (signal == null || mounted == null) {
            return false;
        }
        signalled(signal);
        return signal instanceof ShareSignal.Lost;
    }

    /** @param reason what is wrong; it stays through later attempts, null only once an attempt has succeeded */
    private void enter(ShareState next, @Nullable String reason) {
        if (visible.enter(next, reason, reconciler.now())) {
            reconciler.publish(new ShareEvent.Changed(status()));
        }
    }

    private void publishIf(ShareState visibleIn) {
        if (visible.state() == visibleIn) {
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
            reconciler.cancelled();
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
