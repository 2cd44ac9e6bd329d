package io.heddle.fleet.vm;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.fleet.FleetConfig;
import io.heddle.fleet.FleetRig;
import io.heddle.fleet.NodeAgentPresence;
import io.heddle.fleet.VmShare;
import io.heddle.fleet.VmView;
import io.heddle.mount.DeliveryMode;
import io.heddle.mount.NodeAgentStatus;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareState;
import io.heddle.mount.ShareStatus;
import io.heddle.mount.feed.Position;
import io.heddle.stream.StreamIdentity;
import io.heddle.testsupport.Configs;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The status of VMs over time, with a clock that the test moves. */
class VmTableTest {

    private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
    private static final StreamIdentity STREAM = new StreamIdentity("weft-mounts", BEGIN);

    private long seconds = 1_000;
    private final VmTable table = new VmTable(
            Configs.of(FleetConfig.class, Map.of("heddle.fleet.max-vms", "5", "heddle.fleet.forget-after", "1h")),
            () -> TimeUnit.SECONDS.toNanos(seconds),
            () -> BEGIN.plusSeconds(seconds));

    @Test
    void anAgentGetsLateAndThenSilentAndComesBack() {
        table.listening(true);
        report("vm", ShareState.MOUNTED);

        List<NodeAgentPresence> seen = new ArrayList<>();
        for (int second : List.of(0, 44, 1, 44, 1)) {
            passes(second);
            seen.add(vm("vm").agent());
        }
        report("vm", ShareState.MOUNTED);
        seen.add(vm("vm").agent());

        assertThat(seen)
                .containsExactly(
                        NodeAgentPresence.LIVE,
                        NodeAgentPresence.LIVE,
                        NodeAgentPresence.LATE,
                        NodeAgentPresence.LATE,
                        NodeAgentPresence.SILENT,
                        NodeAgentPresence.LIVE);
        assertThat(vm("vm").lastSeen()).isEqualTo(BEGIN.plusSeconds(seconds));
    }

    @Test
    void noVmIsSilentBeforeTheReplicaIsSubscribed() {
        table.listening(true);
        report("reported", ShareState.MOUNTED);
        desired("never-reported", "data", 1);
        table.listening(false);
        passes(3600 - 1);
        assertThat(vm("reported").agent()).isEqualTo(NodeAgentPresence.UNHEARD);

        table.listening(true);
        passes(89);
        assertThat(vm("never-reported").agent()).isEqualTo(NodeAgentPresence.UNHEARD);
        passes(1);

        assertThat(vm("never-reported").agent()).isEqualTo(NodeAgentPresence.SILENT);
        assertThat(vm("never-reported").lastSeen()).isNull();
    }

    @Test
    void inSyncMeansExactlyTheDesiredState() {
        table.listening(true);
        desired("vm", "data", 1);
        assertThat(vm("vm").inSync()).isFalse();
        report("vm", ShareState.MOUNTING);
        assertThat(vm("vm").inSync()).isFalse();
        report("vm", ShareState.MOUNTED);
        assertThat(vm("vm").inSync()).isTrue();

        table.desired("vm", ShareMount.unmount("data", ""), at(2));

        assertThat(vm("vm").inSync()).as("more than is desired").isFalse();
        report("vm", ShareState.UNMOUNTED);
        assertThat(vm("vm").inSync()).isTrue();
    }

    @Test
    void aliasesAreOneMachine() {
        table.listening(true);
        desired("one", "data", 1);
        table.reported(status("one", List.of("one", "two"), ShareState.MOUNTED), false);
        table.reported(status("two", List.of("one", "two"), ShareState.MOUNTED), false);
        assertThat(vm("two").inSync()).isTrue();

        table.desired("two", ShareMount.unmount("data", ""), at(2));

        assertThat(vm("one").shares().get(0).desired()).isNull();
        assertThat(vm("one").inSync()).isFalse();
    }

    @Test
    void changesAreReadOnceEachHoweverOftenTheyHappened() {
        table.listening(true);
        for (String vm : List.of("a", "b", "c")) {
            report(vm, ShareState.MOUNTING);
        }
        long first = table.lastChange();
        for (int number = 0; number < 100; number++) {
            report("b", number % 2 == 0 ? ShareState.RETRYING : ShareState.MOUNTING);
            report("a", ShareState.MOUNTED);
        }

        List<String> changed = new ArrayList<>();
        table.changes(first, table.lastChange()).forEach(change -> changed.add(change.getValue()));

        assertThat(changed).containsExactly("a", "b");
        assertThat(table.changes(0, table.lastChange())).hasSize(3);
    }

    @Test
    void thereIsALimitAndVmsWithoutSharesAreForgotten() {
        table.listening(true);
        for (int number = 0; number < 8; number++) {
            report("vm-" + number, ShareState.UNMOUNTED);
        }
        assertThat(table.size()).isEqualTo(5);
        desired("vm-0", "data", 1);
        long before = table.lastChange();

        passes((int) Duration.ofHours(1).toSeconds() + 1);

        assertThat(table.page("", 10, false)).extracting(VmView::vm).containsExactly("vm-0");
        assertThat(table.changes(before, table.lastChange())).hasSize(5);
        report("vm-9", ShareState.MOUNTED);
        assertThat(table.size()).isEqualTo(2);
    }

    /** Fault B4: tombstones used to count against the limit of shares for ever. */
    @Test
    void unmountedSharesDoNotCountAgainstTheLimit() {
        table.listening(true);
        long sequence = 0;
        for (int number = 0; number < 5_000; number++) {
            desired("vm", "short-" + number, ++sequence);
            table.desired("vm", ShareMount.unmount("short-" + number, ""), at(++sequence));
        }

        desired("vm", "data", ++sequence);

        assertThat(vm("vm").shares()).extracting(VmShare::id).containsExactly("data");
    }

    @Test
    void theMemoryOfUnmountedSharesIsBoundedAndForgetsTheOldest() {
        Vm vm = new Vm("vm", 0);
        for (int number = 0; number < 5_000; number++) {
            assertThat(vm.desire("short-" + number, null, at(number))).isTrue();
        }

        assertThat(vm.desired).hasSize(2048).containsKey("short-4999").doesNotContainKey("short-0");
    }

    /** Fault P3: such a VM used to stay among the VMs in trouble for a day. */
    @Test
    void aVmThatNeverReportedGoesWithItsLastShare() {
        table.listening(true);
        desired("typo", "data", 1);
        passes(100);
        assertThat(table.page("", 10, true)).extracting(VmView::vm).containsExactly("typo");

        table.desired("typo", ShareMount.unmount("data", ""), at(2));
        passes(1);

        assertThat(table.view("typo")).isNull();
    }

    @Test
    void aForgottenVmComesBackWithItsNextReport() {
        table.listening(true);
        report("vm", ShareState.MOUNTED);
        long before = table.lastChange();

        assertThat(table.forget("vm")).isTrue();

        assertThat(table.view("vm")).isNull();
        assertThat(table.changes(before, table.lastChange()))
                .extracting(Map.Entry::getValue)
                .containsExactly("vm");
        assertThat(table.forget("vm")).isFalse();
        report("vm", ShareState.MOUNTED);
        assertThat(vm("vm").agent()).isEqualTo(NodeAgentPresence.LIVE);
    }

    private void passes(int some) {
        seconds += some;
        table.tick();
    }

    private VmView vm(String id) {
        return Objects.requireNonNull(table.view(id));
    }

    private void desired(String vm, String share, long sequence) {
        table.desired(vm, FleetRig.share(share, "v"), at(sequence));
    }

    private static Position at(long sequence) {
        return Position.inStream(STREAM, sequence, BEGIN.plusSeconds(sequence));
    }

    private void report(String vm, ShareState state) {
        table.reported(status(vm, List.of(vm), state), false);
    }

    static NodeAgentStatus status(String vm, List<String> vmIds, ShareState state) {
        return new NodeAgentStatus(
                vm,
                vmIds,
                "1",
                BEGIN,
                DeliveryMode.JETSTREAM,
                List.of(new ShareStatus(
                        "data", state, BEGIN, 1, null, null, "/workspace/data", "cubefs", false, null, null, null)));
    }
}
