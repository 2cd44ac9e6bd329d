package io.heddle.mount.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.mount.MountsConfig;
import io.heddle.mount.Secret;
import io.heddle.mount.ShareBusyException;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareSignal;
import io.heddle.mount.cubefs.CubeFs;
import io.heddle.testsupport.Configs;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class EngineRouterTest {

    private final Map<String, ScriptedApplier> engines = new TreeMap<>(Map.of(
            "cfs-client", new ScriptedApplier(),
            "directory", new ScriptedApplier(),
            "memo", new ScriptedApplier()));

    @Test
    void mountsWithTheEngineOfTheBackend() {
        router(Map.of("heddle.mounts.engines.cubefs", "directory"), Set.of())
                .mount(share("a"))
                .subscribe()
                .asCompletionStage();
        engines.get("memo").succeed();

        assertThat(engines.get("directory").calls).containsExactly("mount a /workspace/a");
        assertThat(engines.get("memo").calls).containsExactly("unmount a ");
        assertThat(engines.get("cfs-client").calls).isEmpty();
    }

    @Test
    void mountsOnlyOnceTheOthersHaveUnmounted() {
        AtomicReference<Throwable> failed = new AtomicReference<>();
        router(Map.of(), Set.of()).mount(share("a")).subscribe().with(done -> {}, failed::set);

        engines.get("memo").fail(new ShareBusyException("open files"));

        assertThat(failed.get()).isInstanceOf(ShareBusyException.class);
        assertThat(engines.get("cfs-client").calls).isEmpty();
    }

    @Test
    void unmountsWithEveryEngineAlsoWithThatOfThePreviousRun() {
        EngineRouter router = router(Map.of("heddle.mounts.engine", "directory"), Set.of("cfs-client", "gone"));
        List<String> ended = new ArrayList<>();

        router.unmount(ShareMount.unmount("a", "/workspace/a")).subscribe().with(done -> ended.add("a"));
        engines.values().forEach(ScriptedApplier::succeed);

        assertThat(ended).containsExactly("a");
        engines.values().forEach(engine -> assertThat(engine.calls).containsExactly("unmount a /workspace/a"));
        assertThat(router.engines()).containsExactly("cfs-client", "directory", "memo");
    }

    @Test
    void mergesTheSignals() {
        List<ShareSignal> seen = new ArrayList<>();
        router(Map.of(), Set.of()).signals().subscribe().with(seen::add);

        engines.get("memo").signals.onNext(new ShareSignal.Lost("a", "gone"));
        engines.get("cfs-client").signals.onNext(new ShareSignal.Recovered("b"));

        assertThat(seen).extracting(ShareSignal::id).containsExactly("a", "b");
    }

    @Test
    void refusesSettingsThatNameNothing() {
        assertThatThrownBy(() -> router(Map.of("heddle.mounts.engines.cubefs", "fast"), Set.of()))
                .hasMessage("heddle.mounts.engines.cubefs=fast: there is no engine with this name");
        assertThatThrownBy(() -> router(Map.of("heddle.mounts.engines.cubfs", "directory"), Set.of()))
                .hasMessage("heddle.mounts.engines.cubfs: there is no backend with this name");
    }

    private EngineRouter router(Map<String, String> settings, Set<String> ofPreviousRun) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("heddle.mounts.vm-ids", "vm-1");
        return new EngineRouter(Configs.of(MountsConfig.class, all), ofPreviousRun, engines::get);
    }

    private static ShareMount share(String id) {
        CubeFs source = new CubeFs("v", List.of("h:1"), "o", Secret.NONE, Secret.NONE, "");
        return new ShareMount(id, ShareMount.Action.MOUNT, ShareMount.CUBEFS, "/workspace/" + id, false, source);
    }
}
