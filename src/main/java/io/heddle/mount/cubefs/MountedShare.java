package io.heddle.mount.cubefs;

import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareSignal;
import io.heddle.mount.cubefs.client.ClientProcess;
import io.heddle.mount.cubefs.client.Redactor;
import io.heddle.mount.cubefs.client.RunDirectory;
import io.heddle.mount.cubefs.client.RunRecord;
import io.heddle.mount.cubefs.kernel.HelperProcess;
import io.heddle.mount.cubefs.kernel.MountInfo;
import io.heddle.mount.cubefs.kernel.MountProbe;
import io.heddle.mount.cubefs.kernel.MountTable;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A share that is mounted, with the client that serves it and what its checks have found. The identity is fixed; the health
 * is guarded by the object's lock, as checks and unmounts come from different threads.
 */
final class MountedShare {

    private static final Duration LOOKUP_PAUSE = Duration.ofSeconds(30);

    private final String id;
    private final RunDirectory directory;
    private final RunRecord record;
    private final ClientProcess client;
    private volatile Redactor redactor = Redactor.HIDE_ALL;

    /** Whether the end of this mount is already on its way, so that each check does not queue it again. */
    private final AtomicBoolean ending = new AtomicBoolean();

    private boolean suspended;
    private final Set<MountProbe> running = EnumSet.noneOf(MountProbe.class);
    private final Map<MountProbe, HelperProcess> unanswered = new EnumMap<>(MountProbe.class);
    private long lookupsFrom = System.nanoTime();
    private boolean stalled;
    private boolean covered;
    private long silentSince;
    private @Nullable String fileProblem;
    private @Nullable String reportedProblem;

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
        return mountAt(mountPoint(), table).isPresent();
    }

    /** Returns the mount that the path leads to, if it is one of this volume. */
    Optional<MountInfo> mountAt(String path, MountTable table) {
        return table.top(path).filter(top -> top.isCubeFs(record.volume()));
    }

    /** True for the first caller only, until {@link #endTermination()}. */
    boolean beginTermination() {
        return ending.compareAndSet(false, true);
    }

    void endTermination() {
        ending.set(false);
    }

    /** True when a check may begin: none is under way, none is unanswered, and no unmount is. */
    synchronized boolean beginProbe(MountProbe probe) {
        boolean postponed = probe == MountProbe.LOOKUP && (stalled || System.nanoTime() - lookupsFrom < 0);
        return !suspended && !postponed && !isStuck(probe) && running.add(probe);
    }

    /** Whether the latest check was answered well. */
    synchronized boolean isHealthy(MountProbe probe) {
        return probe == MountProbe.STATFS ? !stalled : fileProblem == null;
    }

    /** @param open the helper that got no answer; it stays, as its end is the answer */
    synchronized void endProbe(MountProbe probe, @Nullable HelperProcess open) {
        running.remove(probe);
        if (open == null) {
            unanswered.remove(probe);
        } else {
            unanswered.put(probe, open);
        }
        notifyAll();
    }

    /** Whether a helper of ours is stuck in the mount. */
    private boolean isStuck(MountProbe probe) {
        HelperProcess helper = unanswered.get(probe);
        return helper != null && helper.isRunning();
    }

    /**
     * Keeps checks away, which are users of the mount like any other and would make an unmount busy. Waits for the one that
     * is under way, and ends the one that got no answer if it can be ended.
     */
    synchronized void suspendProbes(Duration atMost) {
        suspended = true;
        long deadline = System.nanoTime() + atMost.toNanos();
        boolean interrupted = false;
        while (!running.isEmpty() && System.nanoTime() < deadline) {
            try {
                wait(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
            } catch (InterruptedException e) {
                interrupted = true;
                break;
            }
        }
        for (HelperProcess helper : unanswered.values()) {
            helper.kill();
            helper.await(Duration.ofMillis(50));
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** No more checks, and what those under way find no longer matters. */
    synchronized void discardProbes() {
        suspended = true;
    }

    /** After an unmount that failed. A lookup that hangs would make the next attempt busy too. */
    synchronized void resumeProbes() {
        suspended = false;
        lookupsFrom = System.nanoTime() + LOOKUP_PAUSE.toNanos();
    }

    /** Records whether lookups are answered; null when they are. */
    synchronized void setFileProblem(@Nullable String problem) {
        if (!suspended) {
            fileProblem = problem;
        }
    }

    /** Returns the change to report; empty when there is none, or while the mount itself is silent. */
    synchronized Optional<ShareSignal.Degraded> fileProblemChange() {
        if (stalled || Objects.equals(fileProblem, reportedProblem)) {
            return Optional.empty();
        }
        reportedProblem = fileProblem;
        return Optional.of(new ShareSignal.Degraded(id, fileProblem));
    }

    synchronized boolean isReportedDegraded() {
        return reportedProblem != null;
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
