package io.heddle.mount.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.heddle.testsupport.CubeFsStub;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StateDirectoryTest {

    @TempDir
    Path directory;

    @Test
    void isCreatedForItsOwnerOnly() throws Exception {
        Path state = directory.resolve("a/state");

        try (StateDirectory opened = open(state)) {
            assertThat(mode(opened.path())).isEqualTo("rwx------");
        }
    }

    @Test
    void anExistingDirectoryKeepsItsMode() throws Exception {
        Path state = existing("rwxr-xr-x");

        open(state).close();

        assertThat(mode(state)).isEqualTo("rwxr-xr-x");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rwxrwxrwx", "rwxrwx---", "rwx----w-"})
    void refusesAnUnsafeDirectoryAndLeavesItAlone(String mode) throws Exception {
        Path state = existing(mode);

        assertThatThrownBy(() -> open(state))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("heddle.mounts.state-dir=" + state + " is not safe")
                .hasMessageContaining(mode);

        assertThat(mode(state)).isEqualTo(mode);
        assertThat(state).isEmptyDirectory();
    }

    @Test
    void refusesADirectoryOfAnotherUser() throws Exception {
        Path state = existing("rwxr-xr-x");
        boolean mayGiveAway = "root".equals(Files.getOwner(state).getName()) || "true".equals(System.getenv("CI"));
        assumeTrue(mayGiveAway, "needs root, to give the directory away");
        Files.setAttribute(state, "unix:uid", 65534);

        assertThatThrownBy(() -> open(state))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(
                        "is not safe: it belongs to " + Files.getOwner(state).getName());
    }

    @Test
    void createsNothingWhereALinkPoints() throws Exception {
        Path state = existing("rwx------");
        Path elsewhere = directory.resolve("elsewhere");
        Files.createSymbolicLink(state.resolve("lock"), elsewhere);

        assertThatThrownBy(() -> open(state)).isInstanceOf(UncheckedIOException.class);

        assertThat(elsewhere).doesNotExist();
    }

    @Test
    void refusesASecondNodeAgentOfTheSameProcess() {
        Path state = directory.resolve("state");
        StateDirectory first = new StateDirectory(state, "VM ids vm-1");
        first.open();

        assertThatThrownBy(() -> open(state))
                .hasMessageContaining(
                        "is in use by process " + ProcessHandle.current().pid() + " (VM ids vm-1)");
        assertThatThrownBy(() -> open(state)).hasMessageContaining("is in use by");
        first.close();
        open(state).close();
    }

    @Test
    void refusesASecondProcessUntilTheFirstIsKilled() throws Exception {
        Path state = directory.resolve("state");
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        OtherProcess.class.getName(),
                        state.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader output = other.inputReader(StandardCharsets.UTF_8)) {
            assertThat(output.readLine()).isEqualTo("open");

            assertThatThrownBy(() -> open(state))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("is in use by process " + other.pid() + " (VM ids vm-2)");

            other.destroyForcibly();
            assertThat(other.waitFor(10, TimeUnit.SECONDS)).isTrue();
            open(state).close();
        } finally {
            other.destroyForcibly();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "process 1 (VM ids vm-0, of a run before)"})
    void aFullFileSystemKeepsNobodyOut(String nameBefore) throws Exception {
        Path state = existing("rwx------");
        CubeFsStub.run("mount", "-t", "tmpfs", "-o", "size=64k,mode=0700", "tmpfs", state.toString());
        try {
            if (!nameBefore.isEmpty()) {
                Files.writeString(state.resolve("lock"), nameBefore);
            }
            assertThatThrownBy(() -> Files.write(state.resolve("filling"), new byte[128 * 1024]))
                    .hasMessageContaining("No space left");
            try (StateDirectory opened = open(state)) {
                assertThatThrownBy(() -> open(state)).hasMessageContaining("is in use by process");
                assertThat(Files.readString(opened.path().resolve("lock")))
                        .isEqualTo(
                                nameBefore.isEmpty()
                                        ? ""
                                        : "process " + ProcessHandle.current().pid() + " (test)");
            }
        } finally {
            CubeFsStub.run("umount", state.toString());
        }
    }

    @Test
    void storesTheEnginesOfARun() {
        try (StateDirectory state = open(directory.resolve("state"))) {
            assertThat(state.engines()).isEmpty();

            state.storeEngines(Set.of("directory", "memo"));

            assertThat(state.engines()).containsExactly("directory", "memo");
        }
    }

    /** Opens the directory and keeps it until it is killed. */
    static final class OtherProcess {

        private OtherProcess() {}

        public static void main(String[] args) throws IOException {
            new StateDirectory(Path.of(args[0]), "VM ids vm-2").open();
            System.out.println("open");
            while (System.in.read() >= 0) {
                // until its parent ends
            }
        }
    }

    private static StateDirectory open(Path state) {
        StateDirectory directory = new StateDirectory(state, "test");
        directory.open();
        return directory;
    }

    private Path existing(String mode) throws IOException {
        Path state = Files.createDirectory(directory.resolve("state"));
        return Files.setPosixFilePermissions(state, PosixFilePermissions.fromString(mode));
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
