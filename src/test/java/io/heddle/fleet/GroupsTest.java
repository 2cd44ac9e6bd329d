package io.heddle.fleet;

import static io.heddle.fleet.FleetRig.SOON;
import static io.heddle.fleet.FleetRig.done;
import static io.heddle.fleet.FleetRig.get;
import static io.heddle.fleet.FleetRig.share;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.heddle.fleet.FanOut.Progress;
import io.heddle.fleet.vm.StatusReaderTest;
import io.heddle.nats.JetStreamUnavailableException;
import io.heddle.testsupport.NatsServer;
import io.smallrye.mutiny.Uni;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Groups on a real broker, with two replicas where it takes two. */
class GroupsTest {

    private final NatsServer server = NatsServer.create();
    private final FleetRig rig = new FleetRig(server);

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void joinersGetTheSharesAndLeaversLoseThemAtTheirLastMountPoint() {
        server.start();
        Groups groups = rig.replica().groups();
        done(groups.put("class", List.of("a", "b")));
        done(groups.putShare("class", share("data", "v1")));
        done(groups.putShare("class", share("tools", "v1")));

        Progress moved = done(groups.patch("class", List.of("c"), List.of("b")));

        assertThat(moved).isEqualTo(new Progress(2, 2, List.of(), true));
        assertThat(rig.published("a")).containsExactly("mount data v1", "mount tools v1");
        assertThat(rig.published("b").subList(2, 4))
                .containsExactlyInAnyOrder("unmount data /workspace/data", "unmount tools /workspace/tools");
        assertThat(rig.published("c")).containsExactlyInAnyOrder("mount data v1", "mount tools v1");
        Group group = get(groups.get("class"));
        assertThat(group.vms()).containsExactly("a", "c");
        assertThat(group.leaving()).isEmpty();
        assertThat(group.unfinishedChanges()).isZero();
        assertThat(group.toString()).doesNotContain(FleetRig.SECRET);
    }

    @Test
    void whatAnotherGroupGivesStaysInItsVersion() {
        server.start();
        Groups groups = rig.replica().groups();
        done(groups.put("one", List.of("a", "b")));
        done(groups.put("two", List.of("a")));
        done(groups.putShare("one", share("data", "first")));
        done(groups.putShare("two", share("data", "second")));

        done(groups.removeShare("two", "data"));

        assertThat(rig.lastWord("a", "data")).isEqualTo("mount data first");
        assertThat(rig.lastWord("b", "data")).isEqualTo("mount data first");

        done(groups.delete("one"));

        assertThat(rig.lastWord("a", "data")).isEqualTo("unmount data /workspace/data");
        assertThat(rig.lastWord("b", "data")).isEqualTo("unmount data /workspace/data");
        assertThatThrownBy(() -> get(groups.get("one"))).isInstanceOf(GroupNotFoundException.class);
        assertThat(get(groups.list("", 10))).extracting(Group::name).containsExactly("two");
    }

    @Test
    void ofManyWritersAtOnceEveryMemberSurvives() {
        server.start();
        List<Groups> replicas = List.of(rig.replica().groups(), rig.replica().groups());
        done(replicas.get(0).put("class", List.of("first")));
        done(replicas.get(0).putShare("class", share("data", "v1")));

        List<Uni<Progress>> all = new ArrayList<>();
        for (int number = 0; number < 20; number++) {
            all.add(replicas.get(number % 2)
                    .patch("class", List.of("vm-" + number), List.of())
                    .chain(made -> made.fanOut().finished()));
        }
        get(Uni.join().all(all).andFailFast());

        assertThat(get(replicas.get(1).get("class")).vms()).hasSize(21);
        assertThat(IntStream.range(0, 20).mapToObj(number -> rig.lastWord("vm-" + number, "data")))
                .allMatch("mount data v1"::equals);
    }

    @Test
    void twoVersionsOfOneShareAtOnceEndInOneOfThemEverywhere() {
        server.start();
        List<Groups> replicas = List.of(rig.replica().groups(), rig.replica().groups());
        List<String> vms =
                IntStream.range(0, 50).mapToObj(number -> "vm-" + number).toList();
        done(replicas.get(0).put("class", vms));

        int refused = 0;
        for (int round = 0; round < 5; round++) {
            List<Uni<Boolean>> both = new ArrayList<>();
            for (int writer = 0; writer < 2; writer++) {
                both.add(replicas.get(writer)
                        .putShare("class", share("data", "v" + round + "-" + writer))
                        .chain(made -> made.fanOut().finished())
                        .replaceWith(true)
                        .onFailure(GroupConflictException.class)
                        .recoverWithItem(false));
            }
            List<Boolean> accepted = get(Uni.join().all(both).andCollectFailures());
            refused += accepted.contains(false) ? 1 : 0;
            assertThat(accepted).contains(true);

            String winner = "mount data "
                    + get(replicas.get(0).get("class")).shares().get(0).volume();
            assertThat(vms).allMatch(vm -> rig.lastWord(vm, "data").equals(winner));
        }
        System.out.println("two writers of one share: " + refused + " of 5 rounds were refused as a conflict");
    }

    @Test
    void whatADyingReplicaLeftIsFinishedByAnother() {
        server.start();
        Groups survivor = rig.replica().groups();
        List<String> vms =
                IntStream.range(0, 3000).mapToObj(number -> "vm-" + number).toList();
        done(survivor.put("class", vms));
        Groups dying = rig.replica("heddle.fleet.in-flight", "16").groups();

        Groups.Update update = get(dying.putShare("class", share("data", "v1")));
        await().pollInterval(Duration.ofMillis(1))
                .until(() -> update.fanOut().now().done() > 100);
        rig.cutOffLatest();

        assertThat(update.fanOut().now().done()).isLessThan(3000);
        await().atMost(SOON).until(() -> get(survivor.get("class")).unfinishedChanges() == 0);
        assertThat(List.of("vm-0", "vm-1500", "vm-2999"))
                .allMatch(vm -> rig.lastWord(vm, "data").equals("mount data v1"));
        await().atMost(SOON).until(() -> rig.messages() >= 3000);
    }

    /** Half a second after it was planned a message is not sent any more: what is wanted may be something else by then. */
    @Test
    void whatWaitsForTooLongIsPlannedAnew() {
        server.start();
        Groups groups = rig.replica("heddle.fleet.in-flight", "1").groups();
        List<String> vms =
                IntStream.range(0, 10_000).mapToObj(number -> "vm-" + number).toList();
        done(groups.put("class", vms));
        long began = System.nanoTime();

        Progress end = done(groups.putShare("class", share("data", "v1")));

        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofMillis(500));
        assertThat(end).isEqualTo(new Progress(10_000, 10_000, List.of(), true));
        assertThat(rig.messages()).isEqualTo(10_000);
        assertThat(get(groups.get("class")).unfinishedChanges()).isZero();
    }

    @Test
    void aVmThatCannotBeReachedIsNamedAndReachedLater() throws Exception {
        server.with("authorization { users: [ { user: heddle, password: p, permissions: { publish: { deny:"
                        + " [\"weft.mounts.bad\"] } } }, { user: root, password: p } ] }")
                .start();
        Groups groups = rig.as("heddle")
                .replica("heddle.fleet.publish-timeout", "200ms")
                .groups();
        done(groups.put("class", List.of("a", "bad", "c")));

        Progress end = done(groups.putShare("class", share("data", "v1")));

        assertThat(end.done()).isEqualTo(2);
        assertThat(end.failed()).extracting(FanOut.VmFailure::vm).containsExactly("bad");
        assertThat(get(groups.get("class")).unfinishedChanges()).isEqualTo(1);
        // A replica that may publish to it goes on.
        Groups allowed = rig.as("root").replica().groups();
        await().atMost(SOON).until(() -> get(allowed.get("class")).unfinishedChanges() == 0);
        assertThat(rig.lastWord("bad", "data")).isEqualTo("mount data v1");
    }

    @Test
    void worksWithThePermissionsThatTheManualNames() throws Exception {
        String manual = Files.readString(Path.of("docs/fleet.md"));
        String publish = manual.substring(manual.indexOf("publish: ["), manual.indexOf("subscribe: ["))
                .strip();
        String subscribe = manual.substring(manual.indexOf("subscribe: ["), manual.indexOf("(a test runs it"))
                .strip();
        server.with("authorization { users: [ { user: heddle, password: p, permissions: { " + publish + ", " + subscribe
                        + " } }, { user: root, password: p } ] }")
                .start();
        Fleet fleet = rig.as("heddle").replica();
        rig.as("root");

        done(fleet.groups().put("class", List.of("a")));
        done(fleet.groups().putShare("class", share("data", "v1")));
        done(fleet.groups().delete("class"));

        await().atMost(SOON).until(() -> fleet.vms().isComplete());
        rig.client().publish("weft.mounts.b.status", StatusReaderTest.GOOD_OF_B);
        await().atMost(SOON).until(() -> fleet.vms().get("b").isPresent());
        assertThat(rig.published("a")).containsExactly("mount data v1", "unmount data /workspace/data");
    }

    @Test
    void limitsAndNamesAreChecked() {
        server.start();
        Groups groups = rig.replica("heddle.fleet.max-group-size", "3").groups();
        done(groups.put("class", List.of("a", "b", "c")));

        assertThatThrownBy(() -> get(groups.patch("class", List.of("d"), List.of())))
                .isInstanceOf(GroupLimitException.class)
                .hasMessageContaining("4 vms");
        assertThatThrownBy(() -> groups.put("no.name", List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> groups.put("class", List.of("no.vm"))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> get(groups.putShare("absent", share("data", "v"))))
                .isInstanceOf(GroupNotFoundException.class);
    }

    @Test
    void aBrokerWithoutJetStreamIsSaidToBeOne() {
        server.jetStream(false).start();
        Groups groups = rig.replica().groups();

        assertThatThrownBy(() -> get(groups.put("class", List.of("a"))))
                .isInstanceOf(JetStreamUnavailableException.class);
        assertThatThrownBy(() -> get(groups.get("class"))).isInstanceOf(JetStreamUnavailableException.class);
    }
}
