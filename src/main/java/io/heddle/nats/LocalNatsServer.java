package io.heddle.nats;

import static io.heddle.nats.NatsLog.LOG;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The nats-server of dev mode: a real process with JetStream, for developers who run none.
 *
 * <p>It survives live reloads: the process is stored in the system properties, which the class loaders of two reloads share. It
 * always ends with the JVM: a small shell holds a pipe from the JVM and ends the server when the pipe closes.
 */
final class LocalNatsServer {

    private static final String PROCESS_KEY = LocalNatsServer.class.getName() + ".process";
    private static final String URL_KEY = LocalNatsServer.class.getName() + ".url";
    /** Ends the server when the pipe closes, and itself when the server ends; ignores the signals of a terminal. */
    private static final String GUARD = "exec 3<&0; trap '' INT HUP; \"$@\" </dev/null 3<&- & server=$!; "
            + "{ read -r _ <&3; kill $server 2>/dev/null; } & guard=$!; "
            + "wait $server; code=$?; kill $guard 2>/dev/null; exit $code";

    private static final long START_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(15);

    private LocalNatsServer() {}

    /**
     * Starts the server, or finds the one that a previous reload started. Blocks until it accepts connections.
     *
     * @return its address
     * @throws IllegalStateException when it cannot be started
     */
    static synchronized String ensureRunning(NatsConfig.LocalServer config) {
        Properties shared = System.getProperties();
        if (shared.get(PROCESS_KEY) instanceof Process process && process.isAlive()) {
            return String.valueOf(shared.get(URL_KEY));
        }
        try {
            int port = freePort(config.port());
            Path data = config.dataDir().toAbsolutePath();
            Files.createDirectories(data);
            Path log = data.resolve("nats-server.log");
            Process process = new ProcessBuilder(command(config, port, data))
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            awaitAccepting(process, port, log);
            String url = "nats://127.0.0.1:" + port;
            shared.put(PROCESS_KEY, process);
            shared.put(URL_KEY, url);
            LOG.localServerStarted(url, data.toString());
            return url;
        } catch (IOException e) {
            throw new IllegalStateException("the local nats-server could not be started: " + e.getMessage(), e);
        }
    }

    private static List<String> command(NatsConfig.LocalServer config, int port, Path data) {
        return List.of(
                "/bin/sh",
                "-c",
                GUARD,
                "heddle-nats-server",
                config.command(),
                "--addr",
                "127.0.0.1",
                "--port",
                Integer.toString(port),
                "--jetstream",
                "--store_dir",
                data.toString(),
                "--name",
                "heddle-dev");
    }

    private static int freePort(int preferred) throws IOException {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), preferred));
            return preferred;
        } catch (IOException inUse) {
            LOG.trouble("port " + preferred + " is in use: " + inUse.getMessage());
            try (ServerSocket socket = new ServerSocket(0)) {
                return socket.getLocalPort();
            }
        }
    }

    private static void awaitAccepting(Process process, int port, Path log) throws IOException {
        long deadline = System.nanoTime() + START_TIMEOUT_NANOS;
        while (!accepts(port)) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                process.destroy();
                throw new IOException("it does not accept connections; its output: "
                        + Files.readString(log).strip());
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
    }

    private static boolean accepts(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }
}
