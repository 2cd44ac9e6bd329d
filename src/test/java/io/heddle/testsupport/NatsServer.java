package io.heddle.testsupport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A real nats-server process on a free port, with a store of its own under {@code target/}. It keeps its port and store over
 * {@link #stop()} and {@link #start()}, so that restarts, kills and wiped stores can be played.
 */
public final class NatsServer implements AutoCloseable {

    private final Path directory;
    private final int port;
    private final int monitorPort;
    private final List<String> extraLines = new ArrayList<>();
    private boolean jetStream = true;
    private Process process;

    private NatsServer(Path directory, int port, int monitorPort) {
        this.directory = directory;
        this.port = port;
        this.monitorPort = monitorPort;
    }

    /** Starts a server with JetStream on. */
    public static NatsServer started() {
        NatsServer server = create();
        server.start();
        return server;
    }

    /** A server that is not started yet. */
    public static NatsServer create() {
        Path parent = Path.of(System.getProperty("project.build.directory", "target"), "nats-test")
                .toAbsolutePath();
        try (ServerSocket one = new ServerSocket(0);
                ServerSocket two = new ServerSocket(0)) {
            Files.createDirectories(parent);
            // A name of its own for ever: process ids come round again, and a store found there would be played back.
            Path directory = Files.createTempDirectory(parent, "server");
            return new NatsServer(directory, one.getLocalPort(), two.getLocalPort());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether the next start has JetStream. */
    public NatsServer jetStream(boolean enabled) {
        this.jetStream = enabled;
        return this;
    }

    /** Adds lines to the configuration of the next start. */
    public NatsServer with(String... lines) {
        extraLines.addAll(List.of(lines));
        return this;
    }

    public String url() {
        return "nats://127.0.0.1:" + port;
    }

    public int port() {
        return port;
    }

    public Path directory() {
        return directory;
    }

    public long pid() {
        return process.pid();
    }

    /** Starts the process and returns once it accepts connections and JetStream answers. */
    public NatsServer start() {
        try {
            Files.createDirectories(directory);
            Path config = directory.resolve("server.conf");
            List<String> lines = new ArrayList<>(List.of(
                    "server_name: test-" + port, "listen: 127.0.0.1:" + port, "http: 127.0.0.1:" + monitorPort));
            if (jetStream) {
                lines.add("jetstream { store_dir: \"" + directory.resolve("store") + "\" }");
            }
            lines.addAll(extraLines);
            Files.write(config, lines);
            process = new ProcessBuilder(binary(), "--config", config.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            directory.resolve("server.log").toFile()))
                    .start();
            killWithTheTests(process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        awaitReady();
        return this;
    }

    /** Ends the server as an operator does (SIGTERM). */
    public void stop() {
        end(process, false);
    }

    /** kill -9. */
    public void kill() {
        end(process, true);
    }

    /** Stops the process for a while: SIGSTOP, and each of its threads has. {@link #thaw()} lets it go on. */
    public void freeze() {
        signal("STOP");
        Path threads = Path.of("/proc", Long.toString(process.pid()), "task");
        while (!areStopped(threads)) {
            LockSupport.parkNanos(100_000);
        }
    }

    private static boolean areStopped(Path threads) {
        try (Stream<Path> all = Files.list(threads)) {
            for (Path thread : all.toList()) {
                // 4711 (nats-server) T …
                String stat = Files.readString(thread.resolve("stat"));
                if (stat.charAt(stat.lastIndexOf(')') + 2) != 'T') {
                    return false;
                }
            }
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public void thaw() {
        signal("CONT");
    }

    /** Replaces a text in the configuration of the running server, and has it read again. */
    public void reload(String before, String after) {
        try {
            Path config = directory.resolve("server.conf");
            String text = Files.readString(config);
            if (!text.contains(before)) {
                throw new IllegalStateException("the configuration does not contain " + before);
            }
            Files.writeString(config, text.replace(before, after));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        signal("HUP");
    }

    /** Removes everything the server stored; it must be stopped. */
    public void wipe() {
        deleteTree(directory.resolve("store"));
    }

    /** The answer of the monitoring endpoint, {@code /connz} for example, as JSON text. */
    public String monitor(String path) {
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + monitorPort + path))
                    .timeout(Duration.ofSeconds(5))
                    .build();
            return HttpClient.newHttpClient()
                    .send(request, HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        if (process != null) {
            kill();
        }
        deleteTree(directory.resolve("store"));
    }

    /** The nats-server that Maven found or made, or else the launcher's own answer. */
    public static String binary() {
        Path linked = Path.of(System.getProperty("project.build.directory", "target"), "nats-server");
        if (Files.isExecutable(linked)) {
            return linked.toString();
        }
        try {
            Process launcher = new ProcessBuilder("dev/nats-server")
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            String path = new String(launcher.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (launcher.waitFor() != 0) {
                throw new IllegalStateException("dev/nats-server failed");
            }
            return path;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void awaitReady() {
        Instant deadline = Instant.now().plusSeconds(20);
        while (!accepts() || !healthy()) {
            if (!process.isAlive() || Instant.now().isAfter(deadline)) {
                throw new IllegalStateException("nats-server did not start; see " + directory.resolve("server.log"));
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
    }

    private boolean accepts() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private boolean healthy() {
        try {
            return monitor("/healthz").contains("\"ok\"");
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    private void signal(String name) {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void end(Process process, boolean hard) {
        if (hard) {
            process.destroyForcibly();
        } else {
            process.destroy();
        }
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void killWithTheTests(Process process) {
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    }

    private static void deleteTree(Path root) {
        if (!Files.exists(root)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(root)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Servers of one cluster, started. Each is named after its port: {@code test-4222}. Clients are told of no other addresses
     * than those they are given, so that a proxy before a server is not passed by.
     */
    public static List<NatsServer> cluster(int size) {
        List<NatsServer> servers = new ArrayList<>();
        List<Integer> ports = freePorts(size);
        String routes = ports.stream().map(port -> "nats://127.0.0.1:" + port).collect(Collectors.joining(", "));
        for (int port : ports) {
            servers.add(NatsServer.create()
                    .with("cluster { name: test, listen: \"127.0.0.1:" + port + "\", routes: [" + routes
                            + "], no_advertise: true }"));
        }
        // Together: alone, none of them becomes healthy.
        List<CompletableFuture<NatsServer>> starting = servers.stream()
                .map(server -> CompletableFuture.supplyAsync(server::start, command -> new Thread(command).start()))
                .toList();
        starting.forEach(CompletableFuture::join);
        return servers;
    }

    private static List<Integer> freePorts(int count) {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                sockets.add(new ServerSocket(0));
            }
            List<Integer> ports =
                    sockets.stream().map(ServerSocket::getLocalPort).toList();
            for (ServerSocket socket : sockets) {
                socket.close();
            }
            return ports;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
