package io.heddle.mount.faults;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareStream;
import io.heddle.mount.ShareSubjects;
import io.heddle.mount.node.DesiredShare;
import io.heddle.mount.node.DesiredStateFile;
import io.heddle.mount.node.MachineState;
import io.heddle.mount.node.MachineState.Client;
import io.heddle.mount.node.MachineState.Told;
import io.heddle.testsupport.CubeFsStub;
import io.heddle.testsupport.CubeFsStub.Mount;
import io.heddle.testsupport.NatsServer;
import io.nats.client.Connection;
import io.nats.client.ErrorListener;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A broker, the stand-in for the CubeFS client, and an agent in a process of its own that is killed and started again. */
final class KilledAgentRig implements AutoCloseable {

    static final String VM = "vm-1";
    static final String STREAM = "weft-mounts";
    private static final String STATE_SIZE = "4m";
    private static final String FILLING = "filling";
    private static final String NOT_SAVED = "HDL0210";
    private static final Set<String> OF_A_CLIENT = Set.of("record.json", "client.log", "log");
    private static final ObjectMapper MAPPER = new ObjectMapper();

    final CubeFsStub stub = CubeFsStub.create();
    final NatsServer broker = NatsServer.started();
    final Connection publisher;
    private final Path log;
    private final List<String> command;
    private Process agent;
    private boolean ready;
    private BufferedReader says;

    /** @param log where the agents' logs go, one after another */
    KilledAgentRig(Path log) throws Exception {
        this.log = log;
        Files.createDirectories(log.toAbsolutePath().getParent());
        Files.deleteIfExists(log);
        publisher = Nats.connect(Options.builder()
                .server(broker.url())
                .maxReconnects(-1)
                .errorListener(new ErrorListener() {}) // the broker goes as often as we please
                .reconnectWait(Duration.ofMillis(20))
                .reconnectJitter(Duration.ofMillis(10))
                .build());
        // Small enough to be filled.
        Files.createDirectories(stub.stateDirectory());
        CubeFsStub.run(
                "mount",
                "-t",
                "tmpfs",
                "-o",
                "size=" + STATE_SIZE + ",mode=0700",
                "tmpfs",
                stub.stateDirectory().toString());
        publisher.jetStreamManagement().addStream(new ShareStream(STREAM).configuration());
        command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                KilledAgent.class.getName()));
        Map.of(
                        "heddle.nats.servers",
                        broker.url(),
                        "heddle.mounts.vm-ids",
                        VM,
                        "heddle.mounts.allowed-roots",
                        stub.shares().toString(),
                        "heddle.mounts.state-dir",
                        stub.stateDirectory().toString(),
                        "heddle.mounts.retry-min-delay",
                        "50ms",
                        "heddle.mounts.retry-max-delay",
                        "500ms",
                        "heddle.mounts.hang-timeout",
                        "2s",
                        "heddle.mounts.cubefs.command",
                        stub.command())
                .forEach((name, value) -> command.addAll(List.of(name, value)));
        Map.of(
                        "heddle.mounts.cubefs.mount-deadline", "3s",
                        "heddle.mounts.cubefs.probe-interval", "200ms",
                        "heddle.mounts.cubefs.probe-timeout", "400ms",
                        "heddle.mounts.cubefs.unmount-timeout", "2s")
                .forEach((name, value) -> command.addAll(List.of(name, value)));
    }

    /** Whether the agent serves: it has the state directory. */
    boolean isReady() {
        return ready;
    }

    void startAgent() {
        ready = false;
        try {
            agent = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Process started = agent;
        Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly));
        says = agent.inputReader();
    }

    void awaitReady() {
        try {
            if (!"ready".equals(says.readLine())) {
                throw new IllegalStateException("the agent did not start: " + Files.readString(log));
            }
            ready = true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Leaves no space in the state directory. */
    void fillStateDirectory() {
        byte[] block = new byte[4_096];
        try (OutputStream filling = Files.newOutputStream(stub.stateDirectory().resolve(FILLING))) {
            while (true) {
                filling.write(block);
            }
        } catch (IOException full) {
            if (!String.valueOf(full.getMessage()).contains("No space left")) {
                throw new UncheckedIOException(full);
            }
        }
    }

    void emptyStateDirectory() {
        try {
            Files.deleteIfExists(stub.stateDirectory().resolve(FILLING));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts a second agent beside the one that runs; returns what it says when it refuses, or null when it does not end. */
    String startSecondAgent() {
        try {
            Process second =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            if (second.waitFor(20, TimeUnit.SECONDS)) {
                return new String(second.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            }
            second.destroyForcibly();
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** kill -9. False when the agent had ended by itself, which it must not. */
    boolean killAgent() {
        boolean alive = agent.isAlive();
        agent.destroyForcibly();
        pause(10_000);
        return alive;
    }

    /** Lets time go by, or the agent end. */
    void pause(long millis) {
        try {
            boolean unused = agent.waitFor(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** What the machine looks like now, beside what was said last. */
    MachineState look(Map<String, ShareMount> said) {
        List<Mount> mounts = stub.mounts();
        Map<String, Long> records = new TreeMap<>();
        List<String> strays = new ArrayList<>();
        readDisk(said, records, strays);
        return new MachineState(
                said, mounts, contents(mounts), clients(), stub.sleepers(), told(), records, remembered(), strays);
    }

    /** Which clients were started, by the shares that their configurations are for. */
    List<Client> clients() {
        List<Client> clients = new ArrayList<>();
        for (ProcessHandle client : stub.liveClients()) {
            String[] arguments = client.info().arguments().orElse(new String[0]);
            if (arguments.length > 0) {
                Path config = Path.of(arguments[arguments.length - 1]);
                clients.add(new Client(
                        client.pid(), config.getParent().getFileName().toString()));
            }
        }
        return clients;
    }

    /** What the agents' log says at ERROR, besides that a full state directory could not be written. */
    List<String> errors() {
        try (Stream<String> lines = Files.lines(log, StandardCharsets.UTF_8)) {
            return lines.filter(line -> line.startsWith("SEVERE") || line.startsWith("ERROR"))
                    .filter(line -> !line.contains(NOT_SAVED))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        if (agent != null) {
            killAgent();
        }
        try {
            publisher.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        broker.close();
        CubeFsStub.run("umount", "-l", stub.stateDirectory().toString());
        stub.close();
    }

    /** In a process of its own: a mount that does not answer would take this one with it. */
    private static Map<String, String> contents(List<Mount> mounts) {
        Map<String, String> contents = new HashMap<>();
        if (!mounts.isEmpty()) {
            List<String> grep = new ArrayList<>(List.of("grep", "-Hs", ""));
            mounts.forEach(mount -> grep.add(mount.point() + "/which"));
            for (String line : CubeFsStub.run(grep.toArray(String[]::new)).split("\n", -1)) {
                int end = line.indexOf("/which:");
                if (end > 0) {
                    contents.put(line.substring(0, end), line.substring(end + "/which:".length()));
                }
            }
        }
        return contents;
    }

    private List<Told> told() {
        List<Told> told = new ArrayList<>();
        try {
            Message answer = publisher.request(ShareSubjects.statusRequest(VM), new byte[0], Duration.ofSeconds(1));
            JsonNode shares = answer == null
                    ? MAPPER.createArrayNode()
                    : MAPPER.readTree(answer.getData()).path("shares");
            shares.forEach(share -> told.add(new Told(
                    share.path("id").asText(),
                    share.path("state").asText(),
                    share.path("mount_point").asText())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return told;
    }

    private List<ShareMount> remembered() {
        return new DesiredStateFile(stub.stateDirectory())
                .load().stream().map(DesiredShare::share).toList();
    }

    private void readDisk(Map<String, ShareMount> said, Map<String, Long> records, List<String> strays) {
        for (Path file : children(stub.stateDirectory())) {
            if (!Set.of("desired.json", "lock", "cubefs", "mounting").contains(name(file))) {
                strays.add(file.toString());
            }
        }
        children(stub.stateDirectory().resolve("mounting")).forEach(stage -> strays.add(stage.toString()));
        for (Path directory : children(stub.stateDirectory().resolve("cubefs"))) {
            ShareMount share = said.get(name(directory));
            if (share == null || !share.isMount()) {
                strays.add(directory.toString());
            }
            for (Path file : children(directory)) {
                if (!OF_A_CLIENT.contains(name(file))) {
                    strays.add(file.toString());
                } else if (name(file).equals("record.json")) {
                    records.put(name(directory), pid(file));
                }
            }
        }
    }

    /** Directories that agents made as mount points and did not remove; to be called when nothing is mounted. */
    List<String> emptyMountPoints() {
        return children(stub.shares()).stream().map(Path::toString).toList();
    }

    private static long pid(Path record) {
        try {
            return MAPPER.readTree(Files.readAllBytes(record)).path("pid").asLong();
        } catch (IOException gone) {
            return -1; // replaced or removed in this moment
        }
    }

    private static List<Path> children(Path directory) {
        try (Stream<Path> children = Files.list(directory)) {
            return children.toList();
        } catch (IOException absent) {
            return List.of();
        }
    }

    private static String name(Path path) {
        return path.getFileName().toString();
    }
}
