package io.heddle.mount.faults;

import static org.awaitility.Awaitility.await;

import io.heddle.mount.Secret;
import io.heddle.mount.ShareMessages;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareStream;
import io.heddle.mount.ShareSubjects;
import io.heddle.mount.cubefs.CubeFs;
import io.heddle.testsupport.CubeFsStub;
import io.nats.client.JetStreamApiException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * What happens to an agent, one thing at a time, drawn by a random that its caller seeds: words on shares, clients that fail
 * in every way of the stand-in, users with open files, a broker that goes and comes.
 */
final class ShareTrouble implements AutoCloseable {

    private static final int SHARES = 8;
    private static final int MOST_OPEN_FILES = 4;
    /** Of 100 mounts so many meet a client that fails. */
    private static final int FAILING = 35;

    private static final List<String> MODES = List.of(
            "slow %d", "exit1 no such volume", "die-after %d", "never", "silent", "ignore-term", "linger", "chatty 64");

    private record Deed(int weight, Consumer<Random> action) {}

    private final KilledAgentRig rig;
    private final Map<String, ShareMount> said = new TreeMap<>();
    private final Map<String, Integer> operations = new TreeMap<>();
    private final Map<String, Integer> faults = new TreeMap<>();
    private final Deque<String> turns = new ArrayDeque<>();
    private final List<Process> openFiles = new ArrayList<>();
    private final List<Deed> deeds = List.of(
            new Deed(500, this::mount),
            new Deed(170, this::unmount),
            new Deed(70, this::repeat),
            new Deed(30, this::nonsense),
            new Deed(40, this::silence),
            new Deed(40, this::killClient),
            new Deed(20, this::stopClient),
            new Deed(80, this::openFile),
            new Deed(50, this::closeFile),
            new Deed(12, this::restartBroker),
            new Deed(12, this::killBroker),
            new Deed(12, this::freezeBroker),
            new Deed(15, this::fillStateDirectory),
            new Deed(15, this::emptyStateDirectory),
            new Deed(6, this::startTwice),
            new Deed(6, this::recreateStream));

    ShareTrouble(KilledAgentRig rig) {
        this.rig = rig;
        for (int share = 0; share < SHARES; share++) {
            for (String volume : volumes("s-" + share)) {
                write(rig.stub.volume(volume).resolve("which"), volume + "/");
                write(rig.stub.volume(volume).resolve("sub/which"), volume + "/sub");
            }
        }
    }

    /** Does one thing. */
    void step(Random random) {
        int drawn = random.nextInt(deeds.stream().mapToInt(Deed::weight).sum());
        for (Deed deed : deeds) {
            drawn -= deed.weight();
            if (drawn < 0) {
                deed.action().accept(random);
                return;
            }
        }
    }

    /** Ends every trouble but the words: what is wanted can be had now. */
    void calm() {
        for (String id : said.keySet()) {
            volumes(id).forEach(volume -> rig.stub.mode(volume, ""));
        }
        rig.emptyStateDirectory();
        rig.stub.liveClients().forEach(client -> CubeFsStub.signal(client.pid(), "CONT"));
        while (!openFiles.isEmpty()) {
            closeFile(openFiles.size() - 1);
        }
    }

    void unmountAll() {
        List.copyOf(said.values()).forEach(share -> say(share.asUnmount()));
    }

    /** The latest message on each share. */
    Map<String, ShareMount> said() {
        return said;
    }

    Map<String, Integer> operations() {
        return operations;
    }

    Map<String, Integer> faults() {
        return faults;
    }

    @Override
    public void close() {
        calm();
    }

    private void mount(Random random) {
        String id = nextTurn(random);
        String volume = volumes(id).get(random.nextInt(2));
        boolean failing = random.nextInt(100) < FAILING;
        String mode = failing ? MODES.get(random.nextInt(MODES.size())).formatted(random.nextInt(900)) : "";
        rig.stub.mode(volume, mode);
        if (failing) {
            count(faults, "client: " + mode.split(" ", 2)[0]);
        }
        ShareMount before = said.get(id);
        count(operations, before == null || !before.isMount() ? "mount" : "replace");
        say(new ShareMount(
                id,
                ShareMount.Action.MOUNT,
                ShareMount.CUBEFS,
                rig.stub
                        .shares()
                        .resolve(random.nextInt(4) == 0 ? "moved-" + id : id)
                        .toString(),
                random.nextBoolean(),
                new CubeFs(
                        volume,
                        List.of("10.0.0.1:17010"),
                        "class-7",
                        Secret.of("key"),
                        Secret.of("secret"),
                        random.nextBoolean() ? "sub" : "")));
    }

    private void unmount(Random random) {
        String id = nextTurn(random);
        ShareMount before = said.get(id);
        count(operations, "unmount");
        say(before == null || random.nextBoolean() ? ShareMount.unmount(id, "") : before.asUnmount());
    }

    private void repeat(Random random) {
        if (!said.isEmpty()) {
            count(operations, "same word again");
            say(List.copyOf(said.values()).get(random.nextInt(said.size())));
        }
    }

    private void nonsense(Random random) {
        count(operations, "refused message");
        publish(random.nextBoolean() ? "{\"id\":\"s-1\",\"action\":\"melt\"}" : "{\"id\":\"s-1\",");
    }

    private void silence(Random random) {
        count(faults, "mount falls silent");
        rig.stub.mode(volumes("s-" + random.nextInt(SHARES)).get(random.nextInt(2)), "silent");
    }

    private void killClient(Random random) {
        signalClient(random, "KILL", "client killed");
    }

    private void stopClient(Random random) {
        signalClient(random, "STOP", "client stopped (SIGSTOP)");
    }

    private void signalClient(Random random, String signal, String fault) {
        List<ProcessHandle> clients = rig.stub.liveClients();
        if (!clients.isEmpty()) {
            count(faults, fault);
            CubeFsStub.signal(clients.get(random.nextInt(clients.size())).pid(), signal);
        }
    }

    /** A user with an open file; it waits as long as the mount is silent, and goes at once where there is none. */
    private void openFile(Random random) {
        if (openFiles.size() == MOST_OPEN_FILES) {
            closeFile(0);
        }
        String file = rig.stub.shares().resolve("s-" + random.nextInt(SHARES)) + "/which";
        try {
            openFiles.add(new ProcessBuilder("sh", "-c", "exec 3<\"$1\" && read -r line", "sh", file)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        count(faults, "file held open");
    }

    private void closeFile(Random random) {
        if (!openFiles.isEmpty()) {
            closeFile(random.nextInt(openFiles.size()));
        }
    }

    /** Without waiting: a user of a silent mount ends when that answers or dies. */
    private void closeFile(int number) {
        openFiles.remove(number).destroyForcibly();
    }

    private void restartBroker(Random random) {
        count(faults, "broker restarted");
        rig.broker.stop();
        rig.pause(random.nextInt(300));
        rig.broker.start();
    }

    private void killBroker(Random random) {
        count(faults, "broker killed");
        rig.broker.kill();
        rig.pause(random.nextInt(300));
        rig.broker.start();
    }

    private void freezeBroker(Random random) {
        count(faults, "broker frozen");
        rig.broker.freeze();
        rig.pause(random.nextInt(800));
        rig.broker.thaw();
    }

    private void fillStateDirectory(Random random) {
        count(faults, "state directory full");
        rig.fillStateDirectory();
    }

    private void emptyStateDirectory(Random random) {
        rig.emptyStateDirectory();
    }

    /** The second process refuses, and says who has the state directory. */
    private void startTwice(Random random) {
        if (rig.isReady()) {
            count(faults, "agent started twice");
            String answer = rig.startSecondAgent();
            if (answer == null || !answer.contains("is in use by")) {
                throw new AssertionError("a second agent on the same state directory: " + answer);
            }
        }
    }

    /** As publishers heal it: what a new stream does not know is said again. */
    private void recreateStream(Random random) {
        count(faults, "stream recreated");
        await().atMost(20, TimeUnit.SECONDS)
                .pollInterval(Duration.ofMillis(20))
                .ignoreExceptions()
                .until(() -> {
                    var management = rig.publisher.jetStreamManagement();
                    if (management.getStreamNames().contains(KilledAgentRig.STREAM)) {
                        management.deleteStream(KilledAgentRig.STREAM);
                    }
                    management.addStream(new ShareStream(KilledAgentRig.STREAM).configuration());
                    return true;
                });
        List.copyOf(said.values()).forEach(this::say);
    }

    /** Each share has its turn before one has it twice: the stream keeps 64 messages, so it has the latest message on each. */
    private String nextTurn(Random random) {
        if (turns.isEmpty()) {
            List<String> order = new ArrayList<>(
                    IntStream.range(0, SHARES).mapToObj(share -> "s-" + share).toList());
            Collections.shuffle(order, random);
            turns.addAll(order);
        }
        return turns.remove();
    }

    private void say(ShareMount share) {
        publish(new String(ShareMessages.toBytes(share), StandardCharsets.UTF_8));
        said.put(share.id(), share);
    }

    private void publish(String json) {
        await().atMost(20, TimeUnit.SECONDS)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> {
                    try {
                        rig.publisher
                                .jetStream()
                                .publish(
                                        ShareSubjects.subject(KilledAgentRig.VM),
                                        json.getBytes(StandardCharsets.UTF_8));
                        return true;
                    } catch (IOException | JetStreamApiException | IllegalStateException e) {
                        return false; // the broker is not there yet
                    }
                });
    }

    private static List<String> volumes(String id) {
        return List.of("vol-" + id, "other-" + id);
    }

    private static void count(Map<String, Integer> counts, String what) {
        counts.merge(what, 1, Integer::sum);
    }

    private static void write(Path file, String text) {
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, text + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
