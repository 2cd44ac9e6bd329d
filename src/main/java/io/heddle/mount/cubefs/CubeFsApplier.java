package io.heddle.mount.cubefs;

import io.heddle.mount.MountsConfig;
import io.heddle.mount.ShareApplier;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareSignal;
import io.heddle.mount.ShareStalledException;
import io.heddle.mount.cubefs.client.ClientExitedException;
import io.heddle.mount.cubefs.client.ClientLogs;
import io.heddle.mount.cubefs.kernel.HelperFailedException;
import io.heddle.mount.cubefs.kernel.HelperProcess;
import io.heddle.mount.cubefs.kernel.MountPoints;
import io.heddle.mount.cubefs.kernel.MountProbe;
import io.heddle.mount.cubefs.kernel.MountTable;
import io.heddle.mount.cubefs.kernel.SharedMountTable;
import io.heddle.mount.cubefs.kernel.Unmounter;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;

/**
 * Mounts shares with the CubeFS client, {@code cfs-client}, one process for each share, and watches them.
 *
 * <p>Clients outlive this process: what was killed or closed without an {@link #unmount} keeps being served, and is taken over
 * by the next applier with the same {@code heddle.mounts.state-dir}. There must be one applier at a time for a state
 * directory.
 *
 * <p>Thread-safe. Blocking work is done on the worker given, where also the returned {@code Uni}s and the signals are
 * completed; work on one share id is done one after another. A mount occupies a worker thread until its client's mount
 * answers. No path of a share is touched by this JVM.
 */
public final class CubeFsApplier implements ShareApplier, AutoCloseable {

    private final ShareLanes lanes;
    private final ShareSignals signals;
    private final Supervisor supervisor;
    private final PreviousRun previousRun;
    private final ClientStarter starter;
    private final ShareUnmount shareUnmount;
    private final ClientLogs logs;
    private final MountsConfig config;

    /**
     * Deletes what a previous run left of the clients' configurations (they hold credentials) and of ended clients' logs, and
     * begins to watch.
     *
     * @param worker for blocking work; one thread for each share that is being mounted or unmounted, and two more
     * @param scheduler for timers only, nothing blocks there
     */
    public CubeFsApplier(MountsConfig config, Executor worker, ScheduledExecutorService scheduler) {
        this(config, worker, scheduler, new Unmounter());
    }

    CubeFsApplier(MountsConfig config, Executor worker, ScheduledExecutorService scheduler, Unmounter unmounter) {
        this(config, worker, scheduler, unmounter, new SharedMountTable(MountTable::read));
    }

    CubeFsApplier(
            MountsConfig config,
            Executor worker,
            ScheduledExecutorService scheduler,
            Unmounter unmounter,
            SharedMountTable tables) {
        MountPoints places = new MountPoints(config.allowedRoots());
        this.config = config;
        lanes = new ShareLanes(worker);
        signals = new ShareSignals(worker);
        shareUnmount = new ShareUnmount(config, unmounter, places);
        previousRun = new PreviousRun(config.stateDir(), shareUnmount);
        starter = new ClientStarter(config, places, shareUnmount, tables, signals);
        logs = new ClientLogs(config.stateDir(), config.cubefs().maxLogSize().asLongValue());
        supervisor = new Supervisor(config, worker, scheduler, lanes, shareUnmount, signals, logs);
        previousRun.deleteLeftovers();
        supervisor.start();
        worker.execute(WarmUp::run);
    }

    /**
     * {@inheritDoc}
     *
     * <p>Also fails with {@link ClientExitedException}, {@link MountSilentException}, {@link HelperFailedException} and
     * {@link UnmountFailedException}. A mount that is there and matches but does not answer fails with
     * {@link ShareStalledException} and is left alone, until it answers or {@code heddle.mounts.hang-timeout} has passed.
     */
    @Override
    public Uni<Void> mount(ShareMount share) {
        return inLane(share.id(), attempt -> mountNow(share, attempt));
    }

    /**
     * {@inheritDoc}
     *
     * <p>Also fails with {@link UnmountFailedException}. Cancelling has no effect once it has begun. The mount point is
     * removed if we made it and it is empty. A mount that is of no client of ours is left alone, and that is a success.
     */
    @Override
    public Uni<Void> unmount(ShareMount share) {
        return inLane(share.id(), attempt -> unmountNow(share));
    }

    /** {@inheritDoc} One reader at a time; what happens meanwhile is kept for the next. */
    @Override
    public Multi<ShareSignal> signals() {
        return signals;
    }

    /** {@inheritDoc} Measured every few seconds. */
    @Override
    public long logBytes() {
        return logs.size();
    }

    /** The ids of all shares that have a client, or had one when a previous run was killed. Reads the disk. */
    public List<String> recordedIds() {
        return previousRun.ids();
    }

    /** Stops watching. What is mounted stays mounted and served; {@link #unmount} still works. */
    @Override
    public void close() {
        supervisor.close();
    }

    private void mountNow(ShareMount share, MountAttempt attempt) {
        Optional<MountedShare> there = known(share.id());
        if (there.isPresent() && keeps(there.get(), share)) {
            return;
        }
        supervisor.watch(starter.start(share, attempt));
    }

    private void unmountNow(ShareMount share) {
        Optional<MountedShare> there = known(share.id());
        if (there.isPresent()) {
            shareUnmount.unmount(there.get());
            supervisor.forget(there.get());
            return;
        }
        previousRun.deleteOutput(share.id());
        if (!share.mountPoint().isEmpty()
                && MountTable.read().top(share.mountPoint()).isPresent()) {
            CubeFsLog.LOG.foreignMountLeft(share.id(), share.mountPoint());
        }
    }

    /** What is mounted for the id: by us, or by a previous run, which is watched from now on. */
    private Optional<MountedShare> known(String id) {
        Optional<MountedShare> watched = supervisor.find(id);
        if (watched.isPresent()) {
            return watched;
        }
        Optional<MountedShare> found = previousRun.find(id);
        found.ifPresent(this::adopt);
        return found;
    }

    private void adopt(MountedShare share) {
        long began = System.nanoTime();
        HelperProcess probe = MountProbe.STATFS.start(share.mountPoint());
        boolean answered = probe.await(config.cubefs().probeTimeout());
        supervisor.watch(share);
        if (!answered) {
            share.endProbe(MountProbe.STATFS, probe);
            supervisor.silent(share, began);
        }
    }

    /** Whether the mount stays as it is. If not, it is gone when this returns. */
    private boolean keeps(MountedShare there, ShareMount share) {
        if (!there.client().isAlive() || !there.isIn(MountTable.read())) {
            shareUnmount.cleanUp(there);
            shareUnmount.forget(there);
        } else if (!there.serves(share)) {
            shareUnmount.unmount(there);
        } else if (there.isCovered()) {
            throw new ShareStalledException("another mount covers the share at " + there.mountPoint());
        } else if (there.isStalled()) {
            throw new ShareStalledException("the mount at " + there.mountPoint() + " does not answer");
        } else {
            return true;
        }
        supervisor.forget(there);
        return false;
    }

    private Uni<Void> inLane(String id, Consumer<MountAttempt> action) {
        return Uni.createFrom().emitter(emitter -> {
            MountAttempt attempt = new MountAttempt();
            emitter.onTermination(attempt::cancel);
            try {
                lanes.execute(id, () -> {
                    if (attempt.isCancelled()) {
                        return;
                    }
                    try {
                        action.accept(attempt);
                    } catch (RuntimeException | Error e) {
                        emitter.fail(e);
                        return;
                    }
                    emitter.complete(null);
                });
            } catch (RejectedExecutionException e) {
                emitter.fail(e);
            }
        });
    }
}
