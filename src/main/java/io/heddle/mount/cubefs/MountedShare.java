package io.heddle.mount.cubefs;

import io.heddle.mount.ShareMount;
import io.heddle.mount.cubefs.client.ClientProcess;
import io.heddle.mount.cubefs.client.Redactor;
import io.heddle.mount.cubefs.client.RunDirectory;
import io.heddle.mount.cubefs.client.RunRecord;
import io.heddle.mount.cubefs.kernel.HelperProcess;
import io.heddle.mount.cubefs.kernel.MountTable;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A share that is mounted, with the client that serves it and what its checks have found. The identity is fixed; the health
 * is guarded by the object's lock, as checks and unmounts come from different threads.
 */
final class MountedShare {

    private final String id;
    private final RunDirectory directory;
    private final RunRecord record;
    private final ClientProcess client;
    private volatile Redactor redactor = Redactor.HIDE_ALL;

    /** Whether the end of this mount is already on its way, so that each check does not queue it again. */
    private final AtomicBoolean ending = new AtomicBoolean();

    private boolean suspended;
    private boolean beingProbed;
    private boolean stalled;
    private boolean covered;
    private long silentSince;
    private @Nullable HelperProcess unanswered;

    MountedShare(String id, RunDirectory directory, RunRecord record, ClientProcess client) {
        this.id = id;
        this.directory = directory;
        this.record = record;
        this.client = client;
    }

    String id() {
        return id;
    }

    RunDirectory directory() {
        return directory;
    }

    RunRecord record() {
        return record;
    }

    ClientProcess client() {
        return client;
    }

    String mountPoint() {
        return record.place().path();
    }

    /** Whether it serves exactly this share; if so its credentials are known from now on, and its output can be shown. */
    boolean serves(ShareMount share) {
        if (!record.digest().matches(share)) {
            return false;
        }
        redactor = Redactor.of(CubeFs.of(share));
        return true;
    }

    /** The output tail of the client, without credentials; empty when they can't be known to be free of them. */
    String outputTail() {
        String lines = directory.clientOutput().lastLines(redactor);
        return lines.isEmpty() ? "" : ": " + lines;
    }

    /** Whether the mount is there, be it covered by another one. */
    boolean isIn(MountTable table) {
        return table.at(mountPoint()).stream().anyMatch(mount -> mount.isCubeFs(record.volume()));
    }

    /** Whether the mount is what the path leads to. */
    boolean isOnTop(MountTable table) {
        return table.top(mountPoint())
                .filter(top -> top.isCubeFs(record.volume()))
                .isPresent();
    }

    /** True for the first caller only, until {@link #endTermination()}. */
    boolean beginTermination() {
        return ending.compareAndSet(false, true);
    }

    void endTermination() {
        ending.set(false);
    }

    /** True when a check may begin: none is under way, none is unanswered, and no unmount is. */
    synchronized boolean beginProbe() {
        if (suspended || beingProbed || isProbeStuck()) {
            return false;
        }
        beingProbed = true;
        return true;
    }

    /** @param open the helper that got no answer; it stays, as its end is the answer */
    synchronized void endProbe(@Nullable HelperProcess open) {
        beingProbed = false;
        unanswered = open;
        notifyAll();
    }

    /** Whether a helper of ours is stuck in the mount. */
    private boolean isProbeStuck() {
        return unanswered != null && unanswered.isRunning();
    }

    /**
     * Keeps checks away, which are users of the mount like any other and would make an unmount busy. Waits for the one that
     * is under way, and ends the one that got no answer if it can be ended.
     */
    synchronized void suspendProbes(Duration atMost) {
        suspended = true;
        long deadline = System.nanoTime() + atMost.toNanos();
        boolean interrupted = false;
        while (beingProbed && System.nanoTime() < deadline) {
            try {
                wait(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
            } catch (InterruptedException e) {
                interrupted = true;
                break;
            }
        }
        if (unanswered != null) {
            unanswered.kill();
            unanswered.await(Duration.ofMillis(50));
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** No more checks, and what those under way find no longer matters. */
    synchronized void discardProbes() {
        suspended = true;
    }

    synchronized void resumeProbes() {
        suspended = false;
    }

    synchronized boolean isStalled() {
        return stalled;
    }

    /** Notes that it is silent; true when it answered until now. */
    synchronized boolean stall(long sinceNanos) {
        if (stalled || suspended) {
            return false;
        }
        stalled = true;
        silentSince = sinceNanos;
        return true;
    }

    /** Notes that it answers; true when it was silent until now. */
    synchronized boolean recover() {
        if (!stalled || suspended) {
            return false;
        }
        stalled = false;
        return true;
    }

    synchronized boolean isCovered() {
        return covered;
    }

    /** Records whether another mount covers the share; true when that changed. */
    synchronized boolean setCovered(boolean now) {
        boolean changed = covered != now;
        covered = now;
        return changed;
    }

    synchronized boolean isSilentFor(Duration time) {
        return stalled && System.nanoTime() - silentSince >= time.toNanos();
    }
}
