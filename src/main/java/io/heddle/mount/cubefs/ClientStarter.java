package io.heddle.mount.cubefs;

import io.heddle.mount.MountsConfig;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareRefusedException;
import io.heddle.mount.ShareRefusedException.Reason;
import io.heddle.mount.ShareSignal;
import io.heddle.mount.backend.SpecDigest;
import io.heddle.mount.cubefs.client.ClientExitedException;
import io.heddle.mount.cubefs.client.ClientProcess;
import io.heddle.mount.cubefs.client.RunDirectory;
import io.heddle.mount.cubefs.client.RunRecord;
import io.heddle.mount.cubefs.kernel.HelperFailedException;
import io.heddle.mount.cubefs.kernel.HelperProcess;
import io.heddle.mount.cubefs.kernel.HelperResult;
import io.heddle.mount.cubefs.kernel.MountInfo;
import io.heddle.mount.cubefs.kernel.MountPoint;
import io.heddle.mount.cubefs.kernel.MountPoints;
import io.heddle.mount.cubefs.kernel.MountProbe;
import io.heddle.mount.cubefs.kernel.MountTable;
import io.heddle.mount.cubefs.kernel.ProcessTable;
import io.heddle.mount.cubefs.kernel.SharedMountTable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Mounts a share: starts a client, waits until its mount answers and attaches it to the mount point; cleans up if that fails. */
final class ClientStarter {

    /** Bounds of the pause between two reads of the mount table: 2 % of the time waited so far, within these. */
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(1);

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
    /** When the progress is reported first; then each time the wait has doubled. */
    private static final Duration FIRST_REPORT = Duration.ofSeconds(2);
    /** Between two checks of a mount that answers with errors; doubled each time. */
    private static final Duration AFTER_ERROR = Duration.ofMillis(50);

    private static final Duration DEAD_MOUNT_CHECK = Duration.ofSeconds(1);

    private final MountsConfig config;
    private final MountPoints places;
    private final ShareUnmount shareUnmount;
    private final SharedMountTable tables;
    private final ShareSignals signals;

    ClientStarter(
            MountsConfig config,
            MountPoints places,
            ShareUnmount shareUnmount,
            SharedMountTable tables,
            ShareSignals signals) {
        this.config = config;
        this.tables = tables;
        this.signals = signals;
        this.places = places;
        this.shareUnmount = shareUnmount;
    }

    /**
     * @throws ShareRefusedException when something is mounted there, or the mount point is not allowed
     * @throws ClientExitedException when the client ended; at once, not at the deadline
     * @throws MountSilentException when the mount did not answer by the deadline
     * @throws java.util.concurrent.CancellationException when the attempt was cancelled
     */
    MountedShare start(ShareMount share, MountAttempt attempt) {
        long began = System.nanoTime();
        CubeFs source = CubeFs.of(share);
        // Before anything touches the mount point: a foreign mount may be dead.
        requireFree(share, share.mountPoint());
        RunDirectory directory = RunDirectory.of(config.stateDir(), share.id());
        shareUnmount.clearStage(directory);
        directory.open();
        MountPoint place = places.prepare(share.mountPoint(), directory.mountPointNote());
        requireFree(share, place.path());
        RunRecord record = new RunRecord(SpecDigest.of(share), source.volume(), place, ProcessTable.bootId(), 0, 0);
        // From here on, even after SIGKILL, the next run finds this record, and the client by it.
        directory.write(record);
        directory.deleteMountPointNote();
        Optional<ClientProcess> client = Optional.empty();
        try {
            Path file = directory.writeConfig(ClientConfig.json(
                    share,
                    directory.stage().toString(),
                    directory.logDirectory(),
                    config.cubefs().logLevel()));
            attempt.check();
            client = Optional.of(
                    ClientProcess.start(List.of(config.cubefs().command(), "-f", "-c", file.toString()), directory));
            MountedShare mounted = await(share, directory, record.withClient(client.get()), client.get(), attempt);
            attach(mounted, share.mountPoint());
            directory.deleteConfigs();
            attempt.commit();
            CubeFsLog.LOG.mounted(
                    share.id(), place.path(), client.get().pid(), (System.nanoTime() - began) / 1_000_000);
            return mounted;
        } catch (RuntimeException e) {
            shareUnmount.undo(share.id(), directory, record, client);
            throw e;
        }
    }

    private MountedShare await(
            ShareMount share, RunDirectory directory, RunRecord record, ClientProcess client, MountAttempt attempt) {
        directory.write(record);
        MountedShare mounted = new MountedShare(share.id(), directory, record, client);
        mounted.serves(share);
        String stage = directory.stage().toString();
        Waiting waiting = new Waiting(mounted, attempt, deadline(share));
        Duration pause = SHORTEST_PAUSE;
        while (mounted.mountAt(stage, tables.within(pause)).isEmpty()) {
            pause = waiting.nextPause();
            waiting.pause(pause);
        }
        HelperProcess probe = MountProbe.STATFS.start(stage);
        Duration afterError = AFTER_ERROR;
        while (true) {
            if (!probe.await(SHORTEST_PAUSE)) {
                waiting.pause(SHORTEST_PAUSE);
                continue;
            }
            HelperResult result = probe.result();
            if (result.isNotFound()) {
                throw new HelperFailedException("the mount cannot be checked", result);
            }
            if (MountProbe.STATFS.answer(result) == MountProbe.Answer.OK
                    && mounted.mountAt(stage, MountTable.read()).isPresent()) {
                return mounted;
            }
            waiting.pause(afterError);
            afterError = afterError.compareTo(LONGEST_PAUSE) < 0 ? afterError.multipliedBy(2) : LONGEST_PAUSE;
            probe = MountProbe.STATFS.start(stage);
        }
    }

    /** Moves the mount to the mount point, and verifies where it is: its directory may have been moved meanwhile. */
    private void attach(MountedShare mounted, String mountPoint) {
        RunDirectory directory = mounted.directory();
        MountInfo staged = mounted.mountAt(directory.stage().toString(), MountTable.read())
                .orElseThrow(() -> new UnmountFailedException("another process unmounted the new mount"));
        MountTable.read().top(mounted.mountPoint()).ifPresent(ClientStarter::refuse);
        places.attach(directory.stage(), mountPoint);
        shareUnmount.clearStage(directory);
        if (mounted.mountAt(mounted.mountPoint(), MountTable.read())
                .filter(mount -> mount.minor() == staged.minor())
                .isEmpty()) {
            shareUnmount.killed(mounted.id(), mounted.client());
            shareUnmount.clearDevice(mounted.id(), mounted.record(), staged.minor());
            throw new ShareRefusedException(
                    Reason.MOUNT_POINT, "mount_point " + mountPoint + " was moved while it was mounted");
        }
    }

    /** The client asks a silent master first at each of its calls, and the calls of all masters follow each other. */
    private Duration deadline(ShareMount share) {
        int masters = CubeFs.of(share).masters().size();
        return config.cubefs().mountDeadline().multipliedBy(2L * masters - 1);
    }

    /**
     * Refuses a mount point that holds another mount. A dead mount of the same volume, left by a run whose records are gone, is
     * removed: no process can use it, and nothing else would remove it.
     */
    private void requireFree(ShareMount share, String path) {
        Optional<MountInfo> there = MountTable.read().top(path);
        if (there.isPresent()
                && there.get().isCubeFs(CubeFs.of(share).volume())
                && shareUnmount.isDead(path, DEAD_MOUNT_CHECK)) {
            shareUnmount.lazyUnmount(share.id(), path);
            there = MountTable.read().top(path);
        }
        there.ifPresent(ClientStarter::refuse);
    }

    private static void refuse(MountInfo mount) {
        throw new ShareRefusedException(
                Reason.PLACE_TAKEN,
                "mount_point " + mount.mountPoint() + " holds another mount (" + mount.type() + " from "
                        + mount.source() + ")");
    }

    /** The wait for one mount, until its client ends, the attempt is cancelled or the deadline has passed. */
    private final class Waiting {

        private final MountedShare mounted;
        private final MountAttempt attempt;
        private final Duration deadline;
        private final long began = System.nanoTime();
        private Duration nextReport = FIRST_REPORT;

        Waiting(MountedShare mounted, MountAttempt attempt, Duration deadline) {
            this.mounted = mounted;
            this.attempt = attempt;
            this.deadline = deadline;
        }

        /** Waits for the end of the client, so that it is detected at once. */
        void pause(Duration time) {
            attempt.check();
            ClientProcess client = mounted.client();
            if (client.awaitExit(time)) {
                throw new ClientExitedException(client.exitDescription() + mounted.outputTail());
            }
            Duration waited = waited();
            if (waited.compareTo(deadline) > 0) {
                throw new MountSilentException(
                        "the mount did not answer within " + deadline.toMillis() + " ms" + mounted.outputTail());
            }
            if (waited.compareTo(nextReport) > 0) {
                nextReport = nextReport.multipliedBy(2);
                String text = "the client has been starting for " + waited.toSeconds() + " s; the deadline is "
                        + deadline.toSeconds() + " s" + mounted.outputTail();
                CubeFsLog.LOG.progress(mounted.id(), text);
                signals.emit(new ShareSignal.Progress(mounted.id(), text));
            }
        }

        Duration nextPause() {
            Duration share = waited().dividedBy(50);
            return share.compareTo(SHORTEST_PAUSE) < 0
                    ? SHORTEST_PAUSE
                    : share.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : share;
        }

        private Duration waited() {
            return Duration.ofNanos(System.nanoTime() - began);
        }
    }
}
