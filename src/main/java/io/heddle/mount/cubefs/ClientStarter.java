package io.heddle.mount.cubefs;

import io.heddle.mount.MountsConfig;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareRefusedException;
import io.heddle.mount.ShareRefusedException.Reason;
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
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Mounts a share where nothing is: starts a client and waits until its mount answers, or leaves nothing behind. */
final class ClientStarter {

    /** Bounds of the pause between two looks at the mount table: a fiftieth of the time waited so far, within these. */
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(1);

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
    /** Between two checks of a mount that answers with errors. */
    private static final Duration AFTER_ERROR = Duration.ofMillis(50);

    private static final Duration DEAD_MOUNT_CHECK = Duration.ofSeconds(1);

    private final MountsConfig config;
    private final MountPoints places;
    private final ShareUnmount shareUnmount;

    ClientStarter(MountsConfig config, MountPoints places, ShareUnmount shareUnmount) {
        this.config = config;
        this.places = places;
        this.shareUnmount = shareUnmount;
    }

    /**
     * @throws ShareRefusedException when something is mounted there, or the place is not ours to use
     * @throws ClientExitedException when the client ended; at once, not at the deadline
     * @throws MountSilentException when the mount did not answer by the deadline
     * @throws java.util.concurrent.CancellationException when the attempt was given up
     */
    MountedShare start(ShareMount share, MountAttempt attempt) {
        long began = System.nanoTime();
        CubeFs source = CubeFs.of(share);
        // Before anything touches the place: a foreign mount may be a dead one.
        requireFree(share, share.mountPoint());
        RunDirectory directory = RunDirectory.of(config.stateDir(), share.id());
        directory.open();
        MountPoint place = places.prepare(share.mountPoint(), directory.mountPointNote());
        requireFree(share, place.path());
        RunRecord record = new RunRecord(SpecDigest.of(share), source.volume(), place, ProcessTable.bootId(), 0, 0);
        // Whatever happens from here on, even kill -9: the next run finds this record, and by it the client.
        directory.write(record);
        directory.deleteMountPointNote();
        Optional<ClientProcess> client = Optional.empty();
        try {
            Path file = directory.writeConfig(ClientConfig.json(
                    share,
                    place.path(),
                    directory.logDirectory(),
                    config.cubefs().logLevel()));
            attempt.check();
            client = Optional.of(ClientProcess.start(
                    List.of(config.cubefs().command(), "-f", "-c", file.toString()), directory.output()));
            MountedShare mounted = await(share, directory, record.withClient(client.get()), client.get(), attempt);
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
        long began = System.nanoTime();
        while (!mounted.isOnTop(MountTable.read())) {
            pause(mounted, attempt, began, pauseAfter(System.nanoTime() - began));
        }
        HelperProcess probe = MountProbe.start(mounted.mountPoint());
        while (true) {
            if (!probe.await(SHORTEST_PAUSE)) {
                pause(mounted, attempt, began, SHORTEST_PAUSE);
                continue;
            }
            HelperResult result = probe.result();
            if (result.isNotFound()) {
                throw new HelperFailedException("the mount cannot be checked", result);
            }
            if (MountProbe.answer(result) == MountProbe.Answer.OK && mounted.isOnTop(MountTable.read())) {
                return mounted;
            }
            pause(mounted, attempt, began, AFTER_ERROR);
            probe = MountProbe.start(mounted.mountPoint());
        }
    }

    /** Waits on the client's end as the pause, so that this is noticed at once. */
    private void pause(MountedShare mounted, MountAttempt attempt, long began, Duration time) {
        attempt.check();
        ClientProcess client = mounted.client();
        if (client.awaitExit(time)) {
            throw new ClientExitedException(client.exitDescription() + mounted.outputTail());
        }
        Duration deadline = config.cubefs().mountDeadline();
        if (System.nanoTime() - began > deadline.toNanos()) {
            throw new MountSilentException(
                    "the mount did not answer within " + deadline.toMillis() + " ms" + mounted.outputTail());
        }
    }

    private static Duration pauseAfter(long nanosWaited) {
        long nanos = nanosWaited / 50;
        return Duration.ofNanos(Math.min(Math.max(nanos, SHORTEST_PAUSE.toNanos()), LONGEST_PAUSE.toNanos()));
    }

    /**
     * Never mounts on top of another mount. The one exception that is cleared away: a mount of the same volume whose client
     * is gone, left by a run whose records are gone too. Nobody can use it, and no one else would ever clear it.
     */
    private void requireFree(ShareMount share, String path) {
        Optional<MountInfo> there = MountTable.read().top(path);
        if (there.isPresent()
                && there.get().isCubeFs(CubeFs.of(share).volume())
                && shareUnmount.isDead(path, DEAD_MOUNT_CHECK)) {
            shareUnmount.lazyUnmount(share.id(), path);
            there = MountTable.read().top(path);
        }
        there.ifPresent(mount -> {
            throw new ShareRefusedException(
                    Reason.PLACE_TAKEN,
                    "mount_point " + path + " holds another mount (" + mount.type() + " from " + mount.source() + ")");
        });
    }
}
