package io.heddle.mount.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.mount.MountsConfig;
import io.heddle.mount.Secret;
import io.heddle.mount.ShareApplier;
import io.heddle.mount.ShareBusyException;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareMount.Action;
import io.heddle.mount.ShareRefusedException;
import io.heddle.mount.ShareRefusedException.Reason;
import io.heddle.mount.ShareState;
import io.heddle.mount.cubefs.CubeFs;
import io.heddle.testsupport.Configs;
import io.heddle.testsupport.QuietLog;
import io.heddle.text.CleanPath;
import io.smallrye.mutiny.Uni;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * The machine converges to every set of desired states without overlapping mount points, whatever the order of messages, restarts
 * and busy mounts.
 */
class ConvergenceTest {

    private static final int SETS = 10_000;
    private static final List<String> PLACES = List.of(
            "/workspace/1", "/workspace/2", "/workspace/3", "/workspace/4", "/workspace/1/in", "/workspace/2/in");
    private static final List<String> IDS = List.of("a", "b", "c", "d");

    @Test
    void reachesTheSameEndWhateverTheOrderRestartsAndBusyMounts() {
        try (QuietLog quiet = QuietLog.of("io.heddle.mount")) {
            assertThat(quiet).isNotNull();
            reachesTheSameEnd();
        }
    }

    private static void reachesTheSameEnd() {
        for (int seed = 0; seed < SETS; seed++) {
            Random random = new Random(seed);
            Run run = new Run(random);
            Map<String, ShareMount> end = set(random);

            run.history();
            run.publish(end);
            run.settle();

            assertThat(run.machine.mounts).as("mounts, seed %d", seed).isEqualTo(mounts(end));
            assertThat(run.reconciler.statuses()).as("statuses, seed %d", seed).allSatisfy(status -> {
                assertThat(status.state())
                        .isEqualTo(end.get(status.id()).isMount() ? ShareState.MOUNTED : ShareState.UNMOUNTED);
                assertThat(status.error()).isNull();
                assertThat(status.failingSince()).isNull();
            });
        }
    }

    @Test
    void swapsAndCyclesTakeOneUnmountAndOneMountForEachShare() {
        for (int size = 2; size <= 4; size++) {
            Run run = new Run(new Random(size));
            run.publish(cycle(size, 0));
            run.settle();
            run.calls.calls.clear();

            run.publish(cycle(size, 1));
            run.settle();

            assertThat(run.machine.mounts).isEqualTo(mounts(cycle(size, 1)));
            assertThat(run.calls.calls).hasSizeLessThanOrEqualTo(2 * size);
        }
    }

    private static Map<String, ShareMount> cycle(int size, int shift) {
        Map<String, ShareMount> cycle = new TreeMap<>();
        for (int i = 0; i < size; i++) {
            cycle.put(IDS.get(i), share(IDS.get(i), PLACES.get((i + shift) % size), "v"));
        }
        return cycle;
    }

    /** One machine with its node agents, one after another. */
    private static final class Run {
        private final Random random;
        private final Machine machine;
        private final ManualScheduler time = new ManualScheduler();
        private final Map<String, ShareMount> desired = new TreeMap<>();
        private ScriptedApplier calls = new ScriptedApplier();
        private ShareReconciler reconciler;

        Run(Random random) {
            this.random = random;
            this.machine = new Machine(random);
            this.reconciler = start();
        }

        /** Messages, ends of calls, time, busy mounts and restarts in random order; the desired states may overlap. */
        void history() {
            for (int i = random.nextInt(40); i > 0; i--) {
                switch (random.nextInt(8)) {
                    case 0 -> desire(shares(random, false).get(0));
                    case 1 -> publish(set(random));
                    case 2 -> machine.busy.add(IDS.get(random.nextInt(IDS.size())));
                    case 3 -> machine.busy.remove(IDS.get(random.nextInt(IDS.size())));
                    case 4 -> restart();
                    case 5 -> time.advanceMillis(random.nextInt(40_000));
                    default -> endCall();
                }
            }
        }

        void publish(Map<String, ShareMount> set) {
            List<ShareMount> messages = new ArrayList<>(set.values());
            Collections.shuffle(messages, random);
            for (ShareMount message : messages) {
                desire(message);
                if (random.nextBoolean()) {
                    endCall();
                }
            }
        }

        void settle() {
            machine.healthy = true;
            machine.busy.clear();
            for (int i = 0; i < 40; i++) {
                while (calls.inFlight() > 0) {
                    endCall();
                }
                time.advanceMillis(31_000);
            }
        }

        private void desire(ShareMount message) {
            desired.put(message.id(), message);
            reconciler.desire(message);
        }

        /** Ends the oldest call with what the machine makes of it. */
        private void endCall() {
            if (calls.inFlight() > 0) {
                calls.succeed();
            }
        }

        /** The node agent is killed: calls under way stop, mounts stay. */
        private void restart() {
            reconciler.stop(true).subscribe().with(done -> {});
            reconciler = start();
            List<ShareMount> stored = new ArrayList<>(desired.values());
            Collections.shuffle(stored, random);
            stored.forEach(reconciler::desire);
        }

        private ShareReconciler start() {
            calls = new ScriptedApplier();
            ScriptedApplier scripted = calls;
            ShareApplier applier = new ShareApplier() {
                @Override
                public Uni<Void> mount(ShareMount share) {
                    return scripted.mount(share).invoke(() -> machine.mount(share));
                }

                @Override
                public Uni<Void> unmount(ShareMount share) {
                    return scripted.unmount(share).invoke(() -> machine.unmount(share.id()));
                }
            };
            return new ShareReconciler(
                    applier,
                    Configs.of(
                            MountsConfig.class,
                            Map.of("heddle.mounts.parallelism", String.valueOf(1 + random.nextInt(3)))),
                    time,
                    time,
                    event -> {});
        }
    }

    /** What the kernel has, and an applier that follows the contract: it takes the old mount of an id down before the new one. */
    private static final class Machine {
        private final Map<String, ShareMount> mounts = new HashMap<>();
        private final Set<String> busy = new HashSet<>();
        private final Random random;
        private boolean healthy;

        Machine(Random random) {
            this.random = random;
        }

        void mount(ShareMount share) {
            if (share.equals(mounts.get(share.id()))) {
                return;
            }
            unmount(share.id());
            if (mounts.values().stream().anyMatch(other -> overlap(other, share))) {
                throw new ShareRefusedException(Reason.PLACE_TAKEN, "another mount is there");
            }
            mayFail();
            mounts.put(share.id(), share);
        }

        void unmount(String id) {
            mayFail();
            if (mounts.containsKey(id) && busy.contains(id)) {
                throw new ShareBusyException("a file is open");
            }
            mounts.remove(id);
        }

        private void mayFail() {
            if (!healthy && random.nextInt(5) == 0) {
                throw new IllegalStateException("no master");
            }
        }
    }

    private static Map<String, ShareMount> set(Random random) {
        Map<String, ShareMount> set = new TreeMap<>();
        shares(random, true).forEach(share -> set.put(share.id(), share));
        return set;
    }

    /** A desired state for every id, with mount points that do not overlap when {@code apart}. */
    private static List<ShareMount> shares(Random random, boolean apart) {
        List<String> ids = new ArrayList<>(IDS);
        Collections.shuffle(ids, random);
        List<ShareMount> shares = new ArrayList<>();
        for (String id : ids) {
            ShareMount share = share(id, PLACES.get(random.nextInt(PLACES.size())), "v" + random.nextInt(2));
            boolean free =
                    !apart || shares.stream().filter(ShareMount::isMount).noneMatch(other -> overlap(other, share));
            shares.add(free && random.nextInt(6) > 0 ? share : ShareMount.unmount(id, ""));
        }
        return shares;
    }

    private static Map<String, ShareMount> mounts(Map<String, ShareMount> set) {
        Map<String, ShareMount> mounts = new HashMap<>(set);
        mounts.values().removeIf(share -> !share.isMount());
        return mounts;
    }

    private static boolean overlap(ShareMount one, ShareMount other) {
        return CleanPath.isWithin(one.mountPoint(), other.mountPoint())
                || CleanPath.isWithin(other.mountPoint(), one.mountPoint());
    }

    private static ShareMount share(String id, String mountPoint, String volume) {
        CubeFs source = new CubeFs(volume, List.of("127.0.0.1:17010"), "owner", Secret.NONE, Secret.NONE, "");
        return new ShareMount(id, Action.MOUNT, ShareMount.CUBEFS, mountPoint, false, source);
    }
}
