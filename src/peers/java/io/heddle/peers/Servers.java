package io.heddle.peers;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Server processes with one directory for all that they store. Nothing of them is left after {@link #close()}. */
final class Servers implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path directory;
    private final List<Integer> ports;
    private final List<Process> processes = new ArrayList<>();

    /** @param members how many servers there will be */
    Servers(String name, int members) throws IOException {
        directory = Files.createTempDirectory(Files.createDirectories(Table.DIRECTORY), name + "-");
        ports = freePorts(members);
    }

    Path directory() {
        return directory;
    }

    /** Where the servers accept clients, one port each. */
    List<Integer> ports() {
        return ports;
    }

    /** Fails with the name of the package that brings a file, unless the file exists. */
    static Path installed(String file, String debianPackage) {
        if (!Files.exists(Path.of(file))) {
            throw new IllegalStateException(
                    file + " is missing: install the package " + debianPackage + " (apt-get install " + debianPackage
                            + "), or run dev/peers, which installs all that are missing");
        }
        return Path.of(file);
    }

    void start(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("server.log").toFile()))
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(process)));
        processes.add(process);
    }

    /** Returns when all of them accept connections. */
    Servers accepting() {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .failFast("a server ended; see " + directory.resolve("server.log"), () -> !processes.stream()
                        .allMatch(Process::isAlive))
                .until(() -> ports.stream().allMatch(Servers::accepts));
        return this;
    }

    /** Repeats a first call until the servers are ready for it. */
    static <T> T ready(Callable<T> call) {
        return await().atMost(PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .ignoreExceptions()
                .until(call, result -> true);
    }

    /** The memory of all processes, in MiB; what they share counts once. */
    double memory() throws IOException {
        long kibibytes = 0;
        for (ProcessHandle process : tree()) {
            for (String line : Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "smaps_rollup"))) {
                if (line.startsWith("Pss:")) {
                    kibibytes += Long.parseLong(line.replaceAll("\\D", ""));
                }
            }
        }
        return kibibytes / 1024.0;
    }

    private List<ProcessHandle> tree() {
        return processes.stream()
                .flatMap(process -> Stream.concat(Stream.of(process.toHandle()), process.descendants()))
                .toList();
    }

    @Override
    public void close() {
        List<ProcessHandle> all = tree();
        processes.forEach(Servers::end);
        all.forEach(ProcessHandle::destroyForcibly);
        await().atMost(PATIENCE).until(() -> all.stream().noneMatch(ProcessHandle::isAlive));
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void end(Process process) {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private static boolean accepts(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
            return true;
        } catch (IOException e) {
            return false; // not yet
        }
    }

    static List<Integer> freePorts(int count) throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                sockets.add(new ServerSocket(0));
            }
            return sockets.stream().map(ServerSocket::getLocalPort).toList();
        } finally {
            for (ServerSocket socket : sockets) {
                socket.close();
            }
        }
    }
}
