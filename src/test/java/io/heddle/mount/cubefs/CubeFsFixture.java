package io.heddle.mount.cubefs;

import io.heddle.mount.MountsConfig;
import io.heddle.mount.Secret;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareSignal;
import io.heddle.mount.cubefs.kernel.MountTable;
import io.heddle.mount.cubefs.kernel.SharedMountTable;
import io.heddle.mount.cubefs.kernel.Unmounter;
import io.heddle.testsupport.Configs;
import io.heddle.testsupport.CubeFsStub;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;

/** An applier on a stand-in for the CubeFS client, with short times; what it does is real. */
final class CubeFsFixture implements AutoCloseable {

    static final String ACCESS_KEY = "AKIAheddle0000test";
    /** With characters that JSON, Go and shells write in ways of their own. */
    static final String SECRET_KEY = "s3cr\"et/with\\slash'<&>%41end";

    static final Duration SOON = Duration.ofSeconds(30);

    final CubeFsStub stub = CubeFsStub.create();
    /** How often the waits for mounts have read the mount table. */
    final AtomicInteger tableReads = new AtomicInteger();

    final List<ShareSignal> signals = new CopyOnWriteArrayList<>();
    private final ExecutorService worker = Executors.newCachedThreadPool();
    private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
    private final Map<String, String> settings = new HashMap<>();
    private CubeFsApplier applier;

    CubeFsFixture(String... more) {
        settings.putAll(settings(stub));
        for (int i = 0; i < more.length; i += 2) {
            settings.put("heddle.mounts." + more[i], more[i + 1]);
        }
        applier = start(new Unmounter());
    }

    static Map<String, String> settings(CubeFsStub stub) {
        return Map.of(
                "heddle.mounts.allowed-roots", stub.shares().toString(),
                "heddle.mounts.state-dir", stub.stateDirectory().toString(),
                "heddle.mounts.hang-timeout", "60s",
                "heddle.mounts.cubefs.command", stub.command(),
                "heddle.mounts.cubefs.mount-deadline", "10s",
                "heddle.mounts.cubefs.probe-interval", "200ms",
                "heddle.mounts.cubefs.probe-timeout", "500ms",
                "heddle.mounts.cubefs.unmount-timeout", "3s");
    }

    CubeFsApplier applier() {
        return applier;
    }

    MountsConfig config() {
        return Configs.of(MountsConfig.class, settings);
    }

    /** Changes a setting for the next {@link #restart()}. */
    void set(String name, String value) {
        settings.put("heddle.mounts." + name, value);
    }

    /** As after a restart of the service: the mounts stay, the memory is gone. */
    void restart() {
        restart(new Unmounter());
    }

    void restart(Unmounter unmounter) {
        applier.close();
        signals.clear();
        applier = start(unmounter);
    }

    private CubeFsApplier start(Unmounter unmounter) {
        SharedMountTable tables = new SharedMountTable(() -> {
            tableReads.incrementAndGet();
            return MountTable.read();
        });
        CubeFsApplier fresh = new CubeFsApplier(config(), worker, scheduler, unmounter, tables);
        fresh.signals().subscribe().with(signals::add);
        return fresh;
    }

    ShareMount share(String id) {
        return share(stub, id, id);
    }

    static ShareMount share(CubeFsStub stub, String id, String directory) {
        return share(id, stub.shares().resolve(directory).toString(), "vol-" + id, "", false);
    }

    static ShareMount share(String id, String mountPoint, String volume, String subdir, boolean readonly) {
        return share(id, mountPoint, volume, subdir, readonly, List.of("10.0.0.1:17010"));
    }

    static ShareMount share(
            String id, String mountPoint, String volume, String subdir, boolean readonly, List<String> masters) {
        return new ShareMount(
                id,
                ShareMount.Action.MOUNT,
                ShareMount.CUBEFS,
                mountPoint,
                readonly,
                new CubeFs(volume, masters, "class-7", Secret.of(ACCESS_KEY), Secret.of(SECRET_KEY), subdir));
    }

    void mount(ShareMount share) {
        await(applier.mount(share));
    }

    void unmount(ShareMount share) {
        await(applier.unmount(share.asUnmount()));
    }

    static void await(Uni<Void> uni) {
        uni.await().atMost(Duration.ofSeconds(30));
    }

    @Override
    public void close() {
        applier.close();
        scheduler.shutdownNow();
        stub.close();
        worker.shutdown();
    }
}
