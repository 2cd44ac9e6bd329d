package io.heddle.testsupport;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A stand-in for the CubeFS client that makes real FUSE mounts ({@code src/test/cfs-client}), in a directory of its own:
 * volumes, state directory, and a root that shares may be mounted below. {@link #close()} ends every process and mount that
 * was made in it.
 *
 * <p>A machine without FUSE, libfuse3 or gcc skips the test that asks for one, and says so; with {@code CI=true} in the
 * environment it fails the test.
 */
public final class CubeFsStub implements AutoCloseable {

    private static final Path TARGET = Path.of(System.getProperty("project.build.directory", "target"))
            .toAbsolutePath()
            .normalize();

    private final Path directory;
    private final Path command;

    private CubeFsStub(Path directory, Path command) {
        this.directory = directory;
        this.command = command;
    }

    /** A fresh stand-in with nothing mounted. */
    public static CubeFsStub create() {
        Path binary = compiled();
        try {
            Path parent = Files.createDirectories(TARGET.resolve("cubefs-test"));
            Path directory = Files.createTempDirectory(parent, "stub");
            Files.createDirectories(directory.resolve("volumes"));
            Files.createDirectories(directory.resolve("shares"));
            // A program of its own for each: it finds its volumes beside itself, without a wrapper that sets
            // CFS_STUB_ROOT.
            Path command = directory.resolve("cfs-client");
            Files.copy(binary, command, StandardCopyOption.COPY_ATTRIBUTES);
            return new CubeFsStub(directory, command);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The value for {@code heddle.mounts.cubefs.command}. */
    public String command() {
        return command.toString();
    }

    /** The value for {@code heddle.mounts.allowed-roots}. */
    public Path shares() {
        return directory.resolve("shares");
    }

    /** The value for {@code heddle.mounts.state-dir}. */
    public Path stateDirectory() {
        return directory.resolve("state");
    }

    /** Where the data of a volume is kept; made when it is not there. */
    public Path volume(String volume) {
        try {
            return Files.createDirectories(directory.resolve("volumes").resolve(volume));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Chooses how clients of a volume behave, as {@code cfs-client.c} says; empty for well. */
    public void mode(String volume, String mode) {
        try {
            Path file = directory.resolve("volumes").resolve(volume + ".mode");
            Path fresh = directory.resolve("volumes").resolve(volume + ".mode.new");
            Files.writeString(fresh, mode);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The pids of all clients that were ever started for a volume, in order. */
    public List<Long> starts(String volume) {
        return numbers(volume + ".starts");
    }

    /** How many statfs requests the clients of a volume have got. */
    public int statfsRequests(String volume) {
        return numbers(volume + ".statfs").size();
    }

    /** The {@code masterAddr} of the latest start. */
    public String masters(String volume) {
        return read(directory.resolve("volumes").resolve(volume + ".masters"));
    }

    /** Sets the keys of a volume. A client that is given others ends after it has redirected its output. */
    public void keys(String volume, String accessKey, String secretKey) {
        try {
            Files.writeString(directory.resolve("volumes").resolve(volume + ".keys"), accessKey + " " + secretKey);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How long each mount of a volume took the client itself, from its beginning to FUSE being ready. */
    public List<Duration> mountTimes(String volume) {
        return numbers(volume + ".mounted").stream()
                .map(micros -> Duration.ofNanos(micros * 1000))
                .toList();
    }

    /** When each client of a volume with mode {@code exit1} ended. */
    public List<Instant> ends(String volume) {
        return numbers(volume + ".ended").stream()
                .map(micros -> Instant.EPOCH.plusNanos(micros * 1000))
                .toList();
    }

    /** The clients of this stand-in that live now. */
    public List<ProcessHandle> liveClients() {
        return ProcessHandle.allProcesses().filter(this::isClient).toList();
    }

    /**
     * What the kernel's mount table has at one place.
     *
     * @param source {@code cubefs-<volume>}
     */
    public record Mount(String point, String source, boolean readonly) {}

    /** The mounts of this stand-in, those in its state directory included, that the kernel's mount table has now; two of one place when stacked. */
    public List<Mount> mounts() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/mountinfo"), StandardCharsets.UTF_8)) {
            return lines.map(line -> List.of(line.split(" ", -1)))
                    .map(fields -> new Mount(
                            fields.get(4).replace("\\040", " "),
                            fields.get(fields.indexOf("-") + 2),
                            List.of(fields.get(5).split(",", -1)).contains("ro")))
                    .filter(mount -> Path.of(mount.point()).startsWith(directory))
                    .filter(mount -> !mount.source().equals("tmpfs")) // the state directory's file system
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The mount points of {@link #mounts()}, repeated when stacked. */
    public List<String> liveMounts() {
        return mounts().stream().map(Mount::point).toList();
    }

    /** Sends a signal ({@code KILL}, {@code STOP}, {@code CONT}) to a process. */
    public static void signal(long pid, String name) {
        run("kill", "-" + name, Long.toString(pid));
    }

    /** Runs a command to its end and returns what it wrote; for whatever touches a share. */
    public static String run(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException("no end: " + String.join(" ", command));
            }
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Processes that wait for this stand-in's mounts and that no signal wakes: state D, with a path of ours as argument. */
    public List<String> sleepers() {
        return ProcessHandle.allProcesses()
                .filter(process -> commandLine(process.pid()).contains(directory.toString()))
                .filter(process -> read(Path.of("/proc", Long.toString(process.pid()), "stat"))
                        .replaceFirst("^.*\\) ", "")
                        .startsWith("D"))
                .map(process -> process.pid() + " " + commandLine(process.pid()).replace('\0', ' '))
                .toList();
    }

    @Override
    public void close() {
        // Killing the client ends the connection, which wakes whoever waits for it.
        liveClients().forEach(ProcessHandle::destroyForcibly);
        List<String> mounts = new ArrayList<>(liveMounts());
        mounts.sort(Comparator.reverseOrder());
        mounts.forEach(mount -> run("umount", "-l", mount));
        await().pollInterval(Duration.ofMillis(5))
                .atMost(Duration.ofSeconds(30))
                .until(() -> liveClients().isEmpty());
        if (liveMounts().isEmpty()) {
            run("rm", "-rf", "--one-file-system", directory.toString());
        }
    }

    private boolean isClient(ProcessHandle process) {
        // By the configuration's path, which is in our state directory; a zombie has no command line.
        return commandLine(process.pid()).contains("\0-c\0" + directory + "/");
    }

    private static String commandLine(long pid) {
        return read(Path.of("/proc", Long.toString(pid), "cmdline"));
    }

    private static String read(Path path) {
        try {
            return Files.readString(path, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            // The process has ended.
            return "";
        }
    }

    private List<Long> numbers(String file) {
        String text = read(directory.resolve("volumes").resolve(file));
        return text.lines().map(Long::parseLong).toList();
    }

    private static synchronized Path compiled() {
        Path source = Path.of("src/test/cfs-client/cfs-client.c").toAbsolutePath();
        Path binary = TARGET.resolve("cfs-client-stub");
        try {
            if (!System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("linux")) {
                throw unavailable("these mounts are Linux only");
            }
            if (!Files.isWritable(Path.of("/dev/fuse"))) {
                throw unavailable("/dev/fuse is not there or not ours to use (modprobe fuse; be root)");
            }
            if (Files.exists(binary)
                    && Files.getLastModifiedTime(binary).compareTo(Files.getLastModifiedTime(source)) > 0) {
                return binary;
            }
            Files.createDirectories(TARGET);
            Path fresh =
                    TARGET.resolve("cfs-client-stub." + ProcessHandle.current().pid());
            String build =
                    "gcc -O1 -Wall -o '" + fresh + "' '" + source + "' $(pkg-config --cflags --libs fuse3) -lpthread";
            String output = run("sh", "-c", build);
            if (!Files.isExecutable(fresh)) {
                throw unavailable("the stub client cannot be built; install gcc, pkg-config and libfuse3-dev "
                        + "(Debian: apt install gcc pkg-config libfuse3-dev fuse3). " + output);
            }
            Files.move(fresh, binary, StandardCopyOption.ATOMIC_MOVE);
            return binary;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static IllegalStateException unavailable(String reason) {
        if ("true".equals(System.getenv("CI"))) {
            return new IllegalStateException("no real FUSE in CI: " + reason);
        }
        System.err.println("*** SKIPPED, no real FUSE here: " + reason);
        abort("no real FUSE here: " + reason);
        throw new AssertionError("not reached");
    }
}
