package io.heddle.mount.cubefs;

import io.heddle.mount.MountsConfig;
import io.heddle.mount.ShareBusyException;
import io.heddle.mount.ShareRefusedException;
import io.heddle.mount.ShareRefusedException.Reason;
import io.heddle.mount.cubefs.client.ClientProcess;
import io.heddle.mount.cubefs.client.RunDirectory;
import io.heddle.mount.cubefs.client.RunRecord;
import io.heddle.mount.cubefs.kernel.FuseConnection;
import io.heddle.mount.cubefs.kernel.HelperResult;
import io.heddle.mount.cubefs.kernel.MountInfo;
import io.heddle.mount.cubefs.kernel.MountPoint;
import io.heddle.mount.cubefs.kernel.MountPoints;
import io.heddle.mount.cubefs.kernel.MountProbe;
import io.heddle.mount.cubefs.kernel.MountTable;
import io.heddle.mount.cubefs.kernel.OpenFiles;
import io.heddle.mount.cubefs.kernel.PathHelpers;
import io.heddle.mount.cubefs.kernel.Unmounter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Unmounts shares in the order that keeps data: the mount first, then its client, then its record. */
final class ShareUnmount {

    /** The client flushes and ends by itself after an unmount; after this long it gets SIGTERM. */
    private static final Duration GRACE = Duration.ofSeconds(3);

    private static final Duration AFTER_SIGTERM = Duration.ofSeconds(1);
    /** For a client whose mount was removed or aborted: it has nothing left to flush. */
    private static final Duration SHORT_GRACE = Duration.ofMillis(500);

    private final MountsConfig config;
    private final Unmounter unmounter;
    private final MountPoints places;
    private final PathHelpers helpers = new PathHelpers();

    ShareUnmount(MountsConfig config, Unmounter unmounter, MountPoints places) {
        this.config = config;
        this.unmounter = unmounter;
        this.places = places;
    }

    /**
     * Unmounts gracefully. On failure the share stays mounted and checked.
     *
     * @throws ShareBusyException when files are open
     * @throws ShareRefusedException when another mount lies on top
     * @throws UnmountFailedException when it failed otherwise
     */
    void unmount(MountedShare share) {
        share.suspendProbes(config.cubefs().probeTimeout().multipliedBy(2).plusMillis(100));
        try {
            unmountUnprobed(share);
        } catch (RuntimeException e) {
            share.resumeProbes();
            throw e;
        }
    }

    private void unmountUnprobed(MountedShare share) {
        MountTable table = MountTable.read();
        if (!share.isIn(table) || !share.client().isAlive()) {
            cleanUp(share);
            complete(share);
            return;
        }
        if (!share.isOnTop(table)) {
            throw new ShareRefusedException(
                    Reason.PLACE_TAKEN, "another mount covers the share at " + share.mountPoint());
        }
        Unmounter.Result result =
                unmounter.plain(share.mountPoint(), config.cubefs().unmountTimeout());
        switch (result.outcome()) {
            // A silent client is not expected to end by itself.
            case DONE -> endClient(share.id(), share.client(), share.isStalled() ? SHORT_GRACE : GRACE);
            case HUNG -> force(share);
            case BUSY -> busy(share);
            case FAILED -> {
                if (share.isIn(MountTable.read())) {
                    throw new UnmountFailedException(
                            "unmount of " + share.mountPoint() + " failed: " + result.message());
                }
                endClient(share.id(), share.client(), GRACE);
            }
        }
        complete(share);
        CubeFsLog.LOG.unmounted(share.id(), share.mountPoint());
    }

    private void busy(MountedShare share) {
        if (!share.client().isAlive()) {
            // The client died meanwhile. A dead mount with open files stays busy.
            cleanUp(share);
            return;
        }
        List<String> users = OpenFiles.usersOf(share.mountPoint());
        // Also without a visible user: those in other pid namespaces are not in our /proc, and an abort loses their
        // data.
        String who =
                users.isEmpty() ? "" : ", used by " + String.join(", ", users.subList(0, Math.min(5, users.size())));
        throw new ShareBusyException("the share at " + share.mountPoint() + " is busy" + who);
    }

    /** Aborts a mount that hangs: its callers get an error. */
    void force(MountedShare share) {
        CubeFsLog.LOG.aborting(share.id(), share.mountPoint());
        boolean aborted = MountTable.read().at(share.mountPoint()).stream()
                .filter(mount -> mount.isCubeFs(share.record().volume()))
                .anyMatch(mount -> FuseConnection.abort(mount.minor()));
        if (!aborted) {
            // The kernel aborts a connection when its client is gone.
            share.client().kill();
        }
        if (share.isOnTop(MountTable.read())) {
            lazyUnmount(share.id(), share.mountPoint());
        }
        endClient(share.id(), share.client(), SHORT_GRACE);
    }

    /** For a mount that is dead or gone: clears it from the table, ends what is left of the client. */
    void cleanUp(MountedShare share) {
        if (share.isOnTop(MountTable.read())) {
            lazyUnmount(share.id(), share.mountPoint());
        }
        endClient(share.id(), share.client(), SHORT_GRACE);
    }

    /** Forgets a share that was taken down for good, and removes its mount point if we made it. */
    private void complete(MountedShare share) {
        if (share.isIn(MountTable.read())) {
            throw new UnmountFailedException("the mount at " + share.mountPoint() + " cannot be removed");
        }
        if (share.client().isAlive()) {
            // The record stays, so that the next mount of the share finds the process.
            return;
        }
        removeMountPoint(share.record().place());
        share.directory().delete();
    }

    /** Forgets a share that was lost. The output of its client stays for the operator. */
    void forget(MountedShare share) {
        if (!share.client().isAlive()) {
            removeMountPoint(share.record().place());
            share.directory().deleteRecord();
        }
    }

    /** Rolls back a start. No process uses the mount yet, so the client is ended first. */
    void undo(String id, RunDirectory directory, RunRecord record, Optional<ClientProcess> client) {
        boolean gone = client.map(process -> killed(id, process)).orElse(true);
        clearStage(directory);
        clearDeadMount(id, record);
        if (gone) {
            removeMountPoint(record.place());
            directory.deleteRecord();
        } else {
            directory.deleteConfigs();
        }
    }

    /**
     * Removes a mount that was not attached to its mount point.
     *
     * @throws UnmountFailedException when it stays
     */
    void clearStage(RunDirectory directory) {
        String stage = directory.stage().toString();
        for (int left = MountTable.read().at(stage).size(); left > 0; left--) {
            lazyUnmount(directory.id(), stage);
        }
        if (MountTable.read().top(stage).isPresent()) {
            throw new UnmountFailedException("the mount at " + stage + " cannot be removed");
        }
        directory.deleteStage();
    }

    /** Removes the mounts of a client that is gone, wherever they are: another process may have moved the mount point. */
    void clearDevice(String id, RunRecord record, int minor) {
        MountTable.read().mounts().stream()
                .filter(mount -> mount.minor() == minor && mount.isCubeFs(record.volume()))
                .filter(mount -> isDead(mount.mountPoint(), config.cubefs().probeTimeout()))
                .forEach(mount -> lazyUnmount(id, mount.mountPoint()));
    }

    /** Removes the mount at the mount point only if its client is gone. */
    void clearDeadMount(String id, RunRecord record) {
        String path = record.place().path();
        Optional<MountInfo> top = MountTable.read().top(path);
        if (top.filter(mount -> mount.isCubeFs(record.volume())).isEmpty()) {
            return;
        }
        if (isDead(path, config.cubefs().probeTimeout())) {
            lazyUnmount(id, path);
        } else {
            CubeFsLog.LOG.foreignMountLeft(id, path);
        }
    }

    /** Whether the mount answers that its client is gone. */
    boolean isDead(String path, Duration deadline) {
        HelperResult result = helpers.run(path, deadline, MountProbe.STATFS.command(List.of(path)));
        return MountProbe.STATFS.answer(result) == MountProbe.Answer.DEAD;
    }

    void lazyUnmount(String id, String mountPoint) {
        Unmounter.Result result = unmounter.lazy(mountPoint, config.cubefs().unmountTimeout());
        if (result.outcome() != Unmounter.Outcome.DONE) {
            CubeFsLog.LOG.lazyUnmountFailed(id, mountPoint, result.message());
        }
    }

    boolean killed(String id, ClientProcess client) {
        boolean gone = client.kill();
        if (!gone) {
            CubeFsLog.LOG.clientDoesNotEnd(id, client.pid());
        }
        return gone;
    }

    /** Called before the record is deleted, which tells the next run that we made the mount point. */
    void removeMountPoint(MountPoint place) {
        if (place.made() && MountTable.read().top(place.path()).isEmpty()) {
            places.remove(place.path());
        }
    }

    private void endClient(String id, ClientProcess client, Duration grace) {
        if (client.awaitExit(grace)) {
            return;
        }
        client.terminate();
        if (!client.awaitExit(AFTER_SIGTERM)) {
            killed(id, client);
        }
    }
}
