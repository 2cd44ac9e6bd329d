package io.heddle.hold.faults;

import io.heddle.testsupport.NatsProxy;
import io.heddle.testsupport.NatsServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * The place of one worker in a race: its process, which may be killed and started again under another name, its clock, and its
 * own network to each server.
 */
final class WorkerProcess implements AutoCloseable {

    private final int number;
    private final Setting setting;
    private final Random random;
    private final Path clock;
    private final List<NatsProxy> networks;
    private Process process;
    private int starts;

    /**
     * What all workers of a race have in common.
     *
     * @param directory where histories are kept in {@code history}, and all else beside it
     */
    record Setting(Path directory, List<NatsServer> servers, Duration maxTtl, Pace pace, List<String> files) {

        Path histories() {
            return directory.resolve("history");
        }
    }

    WorkerProcess(int number, Setting setting, long seed) {
        this.number = number;
        this.setting = setting;
        this.random = new Random(seed);
        this.clock = setting.directory().resolve("clock-" + number);
        this.networks = setting.servers().stream().map(NatsProxy::before).toList();
        setClock(Duration.ZERO);
        start();
    }

    List<NatsProxy> networks() {
        return networks;
    }

    /** How far its wall clock is off from now on. */
    void setClock(Duration offset) {
        try {
            Files.write(
                    clock,
                    ByteBuffer.allocate(Long.BYTES).putLong(offset.toMillis()).array());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Kills the process and starts another one in its place. */
    void replace() {
        process.destroyForcibly();
        start();
    }

    void signal(String name) {
        try {
            Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
            if (!kill.waitFor(10, TimeUnit.SECONDS)) {
                throw new IllegalStateException("kill does not end");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Where the current process says what is wrong with it. */
    Path log() {
        return setting.directory().resolve(agent() + ".log");
    }

    @Override
    public void close() {
        process.destroyForcibly();
        networks.forEach(NatsProxy::close);
    }

    private String agent() {
        return "w" + number + "-" + starts;
    }

    private void start() {
        starts++;
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx96m",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                RaceWorker.class.getName(),
                networks.stream().map(NatsProxy::url).collect(Collectors.joining(",")),
                agent(),
                setting.histories().resolve(agent()).toString(),
                clock.toString(),
                Long.toString(random.nextLong()),
                setting.maxTtl().toString(),
                Integer.toString(setting.servers().size()),
                setting.pace().name()));
        command.addAll(setting.files());
        try {
            Files.createDirectories(setting.histories());
            Process started = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log().toFile())
                    .start();
            Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly));
            process = started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
