package io.heddle.mount.node;

import static io.heddle.mount.node.MountLog.LOG;

import io.heddle.mount.MountsConfig;
import io.heddle.mount.ShareApplier;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareRefusedException;
import io.heddle.mount.ShareRefusedException.Reason;
import io.heddle.mount.ShareSignal;
import io.heddle.mount.backend.Backend;
import io.heddle.mount.backend.Backends;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Applies each share with the engine of its backend, several engines side by side. It records which engine has a share, one file
 * for each share in {@code <state-dir>/engines}, so that an unmount reaches that engine, and so that a share whose backend or
 * engine changed is unmounted there first; also after a restart. An unmount of a share without a record goes to every engine.
 */
final class EngineRouter implements ShareApplier {

    /** @param recorded completes once the file is written; an engine is called only after that */
    private record Owner(String engine, Uni<Void> recorded) {}

    private final Map<String, String> engineOfBackend = new TreeMap<>();
    private final Map<String, ShareApplier> engines = new TreeMap<>();
    private final Map<String, Owner> owners = new ConcurrentHashMap<>();
    private final Path directory;
    private final Executor worker;

    /**
     * Reads the records; blocks for that moment.
     *
     * @param find returns the engine of an identifier; null when there is none
     * @throws IllegalArgumentException when the engine of a backend does not exist
     */
    EngineRouter(MountsConfig config, Function<String, @Nullable ShareApplier> find, Executor worker) {
        this.directory = config.stateDir().resolve("engines");
        this.worker = worker;
        for (Backend backend : Backends.all()) {
            String byDefault =
                    backend.name().equals(ShareMount.CUBEFS) ? config.engine().id() : backend.engine();
            String engine = config.engines().getOrDefault(backend.name(), byDefault);
            engineOfBackend.put(backend.name(), engine);
            if (engines.get(engine) == null) {
                ShareApplier found = find.apply(engine);
                if (found == null) {
                    throw new IllegalArgumentException("heddle.mounts.engines." + backend.name() + "=" + engine
                            + ": there is no engine with this name");
                }
                engines.put(engine, found);
            }
        }
        readRecords(find);
    }

    @Override
    public Uni<Void> mount(ShareMount share) {
        String engine = engineOfBackend.get(share.backend());
        if (engine == null) {
            throw new ShareRefusedException(Reason.BACKEND, "no engine mounts backend '" + share.backend() + "'");
        }
        return Uni.createFrom().deferred(() -> {
            Owner owner = owners.get(share.id());
            Uni<Void> ready = owner != null && !owner.engine().equals(engine)
                    ? unmountWith(owner, ShareMount.unmount(share.id(), ""))
                    : Uni.createFrom().voidItem();
            return ready.chain(() -> owner(share.id(), engine).recorded())
                    .chain(() -> engines.get(engine).mount(share));
        });
    }

    @Override
    public Uni<Void> unmount(ShareMount share) {
        return Uni.createFrom().deferred(() -> {
            Owner owner = owners.get(share.id());
            if (owner != null) {
                return unmountWith(owner, share);
            }
            return Uni.join()
                    .all(engines.values().stream()
                            .map(engine -> engine.unmount(share))
                            .toList())
                    .andCollectFailures()
                    .replaceWithVoid();
        });
    }

    @Override
    public Multi<ShareSignal> signals() {
        List<Multi<ShareSignal>> signals = engines.entrySet().stream()
                .map(engine -> engine.getValue().signals().select().where(signal -> {
                    Owner owner = owners.get(signal.id());
                    return owner != null && owner.engine().equals(engine.getKey());
                }))
                .toList();
        return Multi.createBy().merging().streams(signals);
    }

    private Uni<Void> unmountWith(Owner owner, ShareMount share) {
        return owner.recorded()
                .chain(() -> engines.get(owner.engine()).unmount(share))
                .chain(() -> onWorker(() -> Files.deleteIfExists(file(share.id()))))
                .invoke(() -> owners.remove(share.id(), owner));
    }

    private Owner owner(String id, String engine) {
        return owners.computeIfAbsent(
                id,
                key -> new Owner(
                        engine,
                        onWorker(() -> {
                                    Files.createDirectories(directory);
                                    Files.writeString(file(key), engine);
                                })
                                .onFailure()
                                .invoke(() -> owners.remove(key))
                                .memoize()
                                .indefinitely()));
    }

    private void readRecords(Function<String, @Nullable ShareApplier> find) {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                String engine = Files.readString(file);
                ShareApplier found = engines.containsKey(engine) ? engines.get(engine) : find.apply(engine);
                if (found == null) {
                    LOG.engineGone(file.getFileName().toString(), engine);
                } else {
                    engines.put(engine, found);
                    owners.put(
                            file.getFileName().toString(),
                            new Owner(engine, Uni.createFrom().voidItem()));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("heddle.mounts.state-dir: " + directory + " cannot be read", e);
        }
    }

    private Path file(String id) {
        return directory.resolve(id);
    }

    private Uni<Void> onWorker(FileWork work) {
        return Uni.createFrom()
                .voidItem()
                .invoke(() -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        throw new UncheckedIOException("the engine of a share cannot be recorded in " + directory, e);
                    }
                })
                .runSubscriptionOn(worker);
    }

    private interface FileWork {
        void run() throws IOException;
    }
}
