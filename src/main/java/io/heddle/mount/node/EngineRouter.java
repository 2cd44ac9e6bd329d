package io.heddle.mount.node;

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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Applies each share with the engine of its backend, several engines side by side. Every engine knows its own mounts, so an
 * unmount goes to all of them, and a mount begins with an unmount at the others: the backend of a share, or the engine of a
 * backend, may have changed, also since the previous run.
 */
final class EngineRouter implements ShareApplier {

    private final Map<String, String> engineOfBackend = new TreeMap<>();
    private final Map<String, ShareApplier> engines = new TreeMap<>();

    /**
     * Creates the engines of the registered backends, and those of the previous run.
     *
     * @param ofPreviousRun the engines that may have mounts although no backend uses them any more
     * @param find returns the engine of an identifier; null when there is none
     * @throws IllegalArgumentException when a setting names a backend or an engine that does not exist
     */
    EngineRouter(MountsConfig config, Set<String> ofPreviousRun, Function<String, @Nullable ShareApplier> find) {
        for (String backend : config.engines().keySet()) {
            if (Backends.find(backend) == null) {
                throw new IllegalArgumentException(
                        "heddle.mounts.engines." + backend + ": there is no backend with this name");
            }
        }
        for (Backend backend : Backends.all()) {
            String byDefault =
                    backend.name().equals(ShareMount.CUBEFS) ? config.engine().id() : backend.engine();
            String engine = config.engines().getOrDefault(backend.name(), byDefault);
            engineOfBackend.put(backend.name(), engine);
            if (!add(engine, find)) {
                throw new IllegalArgumentException("heddle.mounts.engines." + backend.name() + "=" + engine
                        + ": there is no engine with this name");
            }
        }
        for (String engine : ofPreviousRun) {
            if (!add(engine, find)) {
                MountLog.LOG.engineGone(engine);
            }
        }
    }

    private boolean add(String engine, Function<String, @Nullable ShareApplier> find) {
        return engines.computeIfAbsent(engine, find) != null;
    }

    /** Returns the identifiers of all engines that may have mounts. */
    Set<String> engines() {
        return new TreeSet<>(engines.keySet());
    }

    /** Returns the engine of each backend, for the log. */
    @Override
    public String toString() {
        return engineOfBackend.toString();
    }

    @Override
    public Uni<Void> mount(ShareMount share) {
        String name = engineOfBackend.get(share.backend());
        ShareApplier engine = name == null ? null : engines.get(name);
        if (engine == null) {
            return Uni.createFrom()
                    .failure(new ShareRefusedException(
                            Reason.BACKEND, "no engine mounts backend '" + share.backend() + "'"));
        }
        List<ShareApplier> others = new ArrayList<>(engines.values());
        others.remove(engine);
        return unmount(others, ShareMount.unmount(share.id(), "")).chain(() -> engine.mount(share));
    }

    @Override
    public Uni<Void> unmount(ShareMount share) {
        return unmount(engines.values(), share);
    }

    /** One after the other: the first that fails, because files are open for example, fails the whole. */
    private static Uni<Void> unmount(Iterable<ShareApplier> engines, ShareMount share) {
        return Multi.createFrom()
                .iterable(engines)
                .onItem()
                .transformToUniAndConcatenate(engine -> engine.unmount(share))
                .onItem()
                .ignoreAsUni();
    }

    @Override
    public long logBytes() {
        return engines.values().stream().mapToLong(ShareApplier::logBytes).sum();
    }

    @Override
    public Multi<ShareSignal> signals() {
        return Multi.createBy()
                .merging()
                .streams(engines.values().stream().map(ShareApplier::signals).toList());
    }
}
