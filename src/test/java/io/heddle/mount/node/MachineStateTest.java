package io.heddle.mount.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.mount.Secret;
import io.heddle.mount.ShareMount;
import io.heddle.mount.cubefs.CubeFs;
import io.heddle.mount.node.MachineState.Client;
import io.heddle.mount.node.MachineState.Told;
import io.heddle.testsupport.CubeFsStub.Mount;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The checker of the 200 kills: whatever is lost, doubled or left over must make it fail. */
class MachineStateTest {

    private static final ShareMount MOUNTED = new ShareMount(
            "a",
            ShareMount.Action.MOUNT,
            ShareMount.CUBEFS,
            "/s/a",
            true,
            new CubeFs("vol", List.of("h:1"), "o", Secret.of(""), Secret.of(""), "sub"));
    private static final ShareMount GONE = ShareMount.unmount("b", "");
    private static final Mount MOUNT = new Mount("/s/a", "cubefs-vol", true);
    private static final Client CLIENT = new Client(7, "a");
    private static final Told TOLD = new Told("a", "MOUNTED", "/s/a");
    private static final Told TOLD_GONE = new Told("b", "UNMOUNTED", "/s/b");

    private List<Mount> mounts = List.of(MOUNT);
    private String content = "vol/sub";
    private List<Client> clients = List.of(CLIENT);
    private List<String> sleepers = List.of();
    private List<Told> told = List.of(TOLD, TOLD_GONE);
    private Map<String, Long> records = Map.of("a", 7L);
    private List<ShareMount> remembered = List.of(MOUNTED, ShareMount.unmount("b", "/s/b"));
    private List<String> strays = List.of();

    @Test
    void findsNothingWhereAllIsRight() {
        assertThat(violations()).isEmpty();
    }

    @Test
    void findsALostShare() {
        mounts = List.of();

        assertThat(violations()).containsExactly("lost: share a is not mounted at /s/a");
    }

    @Test
    void findsADoubledShare() {
        mounts = List.of(MOUNT, MOUNT);

        assertThat(violations()).singleElement().asString().startsWith("doubled: share a");
    }

    @Test
    void findsAShareThatIsNotTheLastWord() {
        mounts = List.of(new Mount("/s/a", "cubefs-vol", false));
        assertThat(violations()).singleElement().asString().startsWith("wrong: share a");

        mounts = List.of(new Mount("/s/a", "cubefs-earlier", true));
        assertThat(violations()).singleElement().asString().startsWith("wrong: share a");

        mounts = List.of(MOUNT);
        content = "vol/earlier";
        assertThat(violations()).singleElement().asString().startsWith("wrong: share a shows");
    }

    @Test
    void findsAShareThatNobodyWantsAnyMore() {
        mounts = List.of(MOUNT, new Mount("/s/b", "cubefs-vol", false));

        assertThat(violations()).singleElement().asString().startsWith("left:");
    }

    @Test
    void findsAnOrphan() {
        clients = List.of(CLIENT, new Client(8, "b"), new Client(9, "a"));

        assertThat(violations())
                .containsExactlyInAnyOrder("orphan: Client[pid=8, share=b]", "doubled: share a has the clients [7, 9]");
    }

    @Test
    void findsAShareThatTheAgentHidesOrGetsWrong() {
        told = List.of(TOLD_GONE);
        assertThat(violations()).containsExactly("hidden: the agent does not tell of share a");

        for (Told wrong : List.of(
                new Told("a", "RETRYING", "/s/a"),
                new Told("a", "MOUNTED", "/s/elsewhere"),
                new Told("c", "MOUNTED", "/s/c"))) {
            told = Stream.of(wrong.id().equals("a") ? wrong : TOLD, wrong, TOLD_GONE)
                    .distinct()
                    .toList();
            assertThat(violations()).singleElement().asString().startsWith("told");
        }
    }

    @Test
    void findsWhatIsWrongOnTheDisk() {
        records = Map.of("a", 6L, "b", 5L);
        remembered = List.of(MOUNTED.asUnmount(), GONE);
        strays = List.of("config-1.json");

        assertThat(violations())
                .containsExactlyInAnyOrder(
                        "wrong: share a is served by [7], recorded is 6",
                        "left: the record of share b",
                        "remembered wrongly: share a, 1 entries, of the actions [UNMOUNT]",
                        "left on the disk: config-1.json");
    }

    @Test
    void findsASleeper() {
        sleepers = List.of("12 cat /s/a/file");

        assertThat(violations()).containsExactly("in uninterruptible sleep: 12 cat /s/a/file");
    }

    private List<String> violations() {
        return new MachineState(
                        Map.of("a", MOUNTED, "b", GONE),
                        mounts,
                        Map.of("/s/a", content),
                        clients,
                        sleepers,
                        told,
                        records,
                        remembered,
                        strays)
                .violations();
    }
}
