package io.heddle.mount.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.heddle.mount.Secret;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareRefusedException;
import io.heddle.mount.ShareRefusedException.Reason;
import io.heddle.mount.ShareRules;
import io.heddle.mount.cubefs.CubeFs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryApplierTest {

    @TempDir
    Path directory;

    private DirectoryApplier engine;

    @BeforeEach
    void create() {
        engine = new DirectoryApplier(
                directory.resolve("state"), new ShareRules(List.of(shares("").toString()), "", 65_536), Runnable::run);
    }

    @Test
    void linksTheDirectoryOfTheSource() {
        mount("a", "x");

        assertThat(shares("x")).isSymbolicLink().isDirectory();
        unmount("a", "x");
        assertThat(shares("x")).doesNotExist();
    }

    @Test
    void doesNotTakeThePlaceOfAnotherShare() throws Exception {
        mount("a", "x");
        Path target = Files.readSymbolicLink(shares("x"));

        assertRefused("b", "x");
        unmount("b", "x");

        assertThat(shares("x")).isSymbolicLink();
        assertThat(Files.readSymbolicLink(shares("x"))).isEqualTo(target);
        unmount("a", "x");
        mount("b", "x");
        assertThat(shares("x")).isSymbolicLink();
    }

    @Test
    void aPlaceIsFreeOnceTheSharesBelowItHaveLeft() {
        mount("a", "x/y/z");
        unmount("a", "x/y/z");

        mount("b", "x");

        assertThat(shares("x")).isSymbolicLink();
    }

    @Test
    void leavesWhatIsNotOfAShare() throws Exception {
        Files.createDirectories(shares("x/y"));
        Files.writeString(shares("x/y/file"), "content");

        assertRefused("a", "x");
        assertRefused("a", "x/y/file");
        assertRefused("a", "x/y/file/below");
        unmount("a", "x/y/file");

        assertThat(shares("x/y/file")).hasContent("content");
    }

    @Test
    void movesAShareAlsoAfterARestart() {
        mount("a", "x");
        create();

        mount("a", "y");

        assertThat(shares("x")).doesNotExist();
        assertThat(shares("y")).isSymbolicLink();
    }

    private void assertRefused(String id, String place) {
        assertThatThrownBy(() -> mount(id, place))
                .asInstanceOf(type(ShareRefusedException.class))
                .extracting(ShareRefusedException::reason)
                .isEqualTo(Reason.PLACE_TAKEN);
    }

    private void mount(String id, String place) {
        CubeFs source = new CubeFs(id, List.of("h:1"), "o", Secret.NONE, Secret.NONE, "");
        engine.mount(new ShareMount(
                        id,
                        ShareMount.Action.MOUNT,
                        ShareMount.CUBEFS,
                        shares(place).toString(),
                        false,
                        source))
                .await()
                .indefinitely();
    }

    private void unmount(String id, String place) {
        engine.unmount(ShareMount.unmount(id, shares(place).toString())).await().indefinitely();
    }

    private Path shares(String place) {
        return directory.resolve("shares").resolve(place);
    }
}
