package io.heddle.mount.cubefs;

import io.heddle.mount.MountsConfig;
import io.heddle.mount.ShareSignal;
import io.heddle.mount.cubefs.client.ClientLogs;
import io.heddle.mount.cubefs.kernel.MountProbe;
import io.heddle.mount.cubefs.kernel.MountTable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Watches the mounts that are up. The end of a client that is our child is reported by the JVM; the rest (adopted clients, mounts
 * that another process removed, silence) is checked every {@code probe-interval}.
 */
final class Supervisor implements ProbeRound.Listener, AutoCloseable {

    /** Lookups load the backend: they are asked more rarely than statfs and may take longer. */
    private static final int LOOKUP_RATIO = 4;

    private static final int LOGS_RATIO = 10;

    private final MountsConfig config;
    private final ShareLanes lanes;
    private final ShareUnmount shareUnmount;
    private final ShareSignals signals;
    private final List<PeriodicTask> rounds;
    private final Map<String, MountedShare> shares = new ConcurrentHashMap<>();
    private volatile boolean closed;

    Supervisor(
            MountsConfig config,
            Executor worker,
            ScheduledExecutorService scheduler,
            ShareLanes lanes,
            ShareUnmount shareUnmount,
            ShareSignals signals,
            ClientLogs logs) {
        this.config = config;
        this.lanes = lanes;
        this.shareUnmount = shareUnmount;
        this.signals = signals;
        Duration pause = config.cubefs().probeInterval();
        Duration timeout = config.cubefs().probeTimeout();
        ProbeRound probes = new ProbeRound(MountProbe.STATFS, timeout, worker, this);
        ProbeRound lookups =
                new ProbeRound(MountProbe.LOOKUP, timeout.multipliedBy(LOOKUP_RATIO), worker, new LookupListener());
        this.rounds = List.of(
                new PeriodicTask(this::checkAlive, pause, worker, scheduler),
                new PeriodicTask(() -> probes.run(List.copyOf(shares.values())), pause, worker, scheduler),
                new PeriodicTask(
                        () -> lookups.run(List.copyOf(shares.values())),
                        pause.multipliedBy(LOOKUP_RATIO),
                        worker,
                        scheduler),
                new PeriodicTask(logs::check, pause.multipliedBy(LOGS_RATIO), worker, scheduler));
    }

    /** Begins to check. Separate series, so that a mount that is slow to answer does not delay the detection of a dead one. */
    void start() {
        rounds.forEach(PeriodicTask::start);
    }

    void watch(MountedShare share) {
        shares.put(share.id(), share);
        share.client().onExit(() -> end(share, this::isDown, () -> endReason(share)));
    }

    void forget(MountedShare share) {
        if (shares.remove(share.id(), share) && share.isReportedDegraded()) {
            signals.emit(new ShareSignal.Degraded(share.id(), null));
        }
    }

    Optional<MountedShare> find(String id) {
        return Optional.ofNullable(shares.get(id));
    }

    @Override
    public void answered(MountedShare share) {
        // After an unmount it is the directory below that answers.
        if (isWatched(share) && share.isStalled() && share.isIn(MountTable.read()) && share.recover()) {
            CubeFsLog.LOG.recovered(share.id(), share.mountPoint());
            signals.emit(new ShareSignal.Recovered(share.id()));
        }
    }

    /** An error is an answer too: the client lives. */
    @Override
    public void failed(MountedShare share, String error) {
        answered(share);
    }

    @Override
    public void silent(MountedShare share, long sinceNanos) {
        if (isWatched(share) && share.stall(sinceNanos)) {
            CubeFsLog.LOG.stalled(share.id(), share.mountPoint());
            signals.emit(new ShareSignal.Stalled(share.id(), "the mount does not answer"));
        }
    }

    @Override
    public void dead(MountedShare share) {
        end(share, mounted -> true, () -> "the mount is not connected to its client any more" + share.outputTail());
    }

    /** Stops watching. Mounts and clients stay as they are. */
    @Override
    public void close() {
        closed = true;
        rounds.forEach(PeriodicTask::close);
    }

    private void checkAlive() {
        MountTable table = MountTable.read();
        for (MountedShare share : shares.values()) {
            if (!share.client().isAlive() || !share.isIn(table)) {
                end(share, this::isDown, () -> endReason(share));
            } else if (share.isSilentFor(config.hangTimeout())) {
                hung(share);
            } else {
                checkCovered(share, table);
                reportFileProblem(share);
            }
        }
    }

    /** Reports a foreign mount over a share. It does not count for hang-timeout: our mount is intact below. */
    private void checkCovered(MountedShare share, MountTable table) {
        boolean covered = !share.isOnTop(table);
        if (!isWatched(share) || !share.setCovered(covered)) {
            return;
        }
        if (covered) {
            String reason = table.top(share.mountPoint())
                    .map(top -> "another mount (" + top.type() + " from " + top.source() + ") covers the share")
                    .orElse("another mount covers the share");
            CubeFsLog.LOG.covered(share.id(), share.mountPoint(), reason);
            signals.emit(new ShareSignal.Stalled(share.id(), reason));
        } else if (!share.isStalled()) {
            CubeFsLog.LOG.recovered(share.id(), share.mountPoint());
            signals.emit(new ShareSignal.Recovered(share.id()));
        }
    }

    private void reportFileProblem(MountedShare share) {
        if (isWatched(share)) {
            share.fileProblemChange().ifPresent(change -> {
                String reason = change.reason();
                if (reason == null) {
                    CubeFsLog.LOG.filesAnswer(share.id(), share.mountPoint());
                } else {
                    CubeFsLog.LOG.degraded(share.id(), share.mountPoint(), reason);
                }
                signals.emit(change);
            });
        }
    }

    private boolean isDown(MountedShare share) {
        return !share.client().isAlive() || !share.isIn(MountTable.read());
    }

    private boolean isWatched(MountedShare share) {
        return !closed && shares.get(share.id()) == share;
    }

    /** Cleans up the share after its current task, unless that has changed the situation. */
    private void end(MountedShare share, Predicate<MountedShare> still, Supplier<String> reason) {
        inLane(share, () -> {
            if (still.test(share)) {
                String why = reason.get();
                share.discardProbes();
                shareUnmount.cleanUp(share);
                lost(share, why);
            }
        });
    }

    private void hung(MountedShare share) {
        inLane(share, () -> {
            Duration limit = config.hangTimeout();
            if (share.isSilentFor(limit)) {
                share.discardProbes();
                shareUnmount.force(share);
                lost(share, "the mount did not answer for " + limit.toSeconds() + " s" + share.outputTail());
            }
        });
    }

    private void lost(MountedShare share, String reason) {
        shareUnmount.forget(share);
        forget(share);
        CubeFsLog.LOG.lost(share.id(), reason);
        signals.emit(new ShareSignal.Lost(share.id(), reason));
    }

    private void inLane(MountedShare share, Runnable task) {
        if (!isWatched(share) || !share.beginTermination()) {
            return;
        }
        try {
            lanes.execute(share.id(), () -> {
                try {
                    if (isWatched(share)) {
                        task.run();
                    }
                } finally {
                    share.endTermination();
                }
            });
        } catch (RejectedExecutionException e) {
            CubeFsLog.LOG.checkFailed(e);
        }
    }

    /** Records the results of lookups; they never count for hang-timeout. A dead mount is left to the other probe. */
    private static final class LookupListener implements ProbeRound.Listener {

        @Override
        public void answered(MountedShare share) {
            share.setFileProblem(null);
        }

        @Override
        public void failed(MountedShare share, String error) {
            share.setFileProblem("the mount answers, but a file lookup failed: "
                    + error.substring(error.lastIndexOf(": ") + 1).strip());
        }

        @Override
        public void silent(MountedShare share, long sinceNanos) {
            share.setFileProblem("the mount answers, but a file lookup does not");
        }

        @Override
        public void dead(MountedShare share) {}
    }

    private String endReason(MountedShare share) {
        boolean mounted = share.isIn(MountTable.read());
        if (!mounted && (share.client().isAlive() || share.client().exitedCleanly())) {
            return "another process unmounted it";
        }
        return share.client().exitDescription() + share.outputTail();
    }
}
