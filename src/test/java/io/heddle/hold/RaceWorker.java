package io.heddle.hold;

import io.heddle.nats.NatsConfig;
import io.heddle.nats.NatsConnection;
import io.heddle.stream.BrokerClock;
import io.heddle.testsupport.Configs;
import io.nats.client.JetStreamApiException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * One process of the race: holds, touches, renews and releases one file at random until it is killed, and writes down what it
 * did. All processes of a machine read the same monotonic clock, so their histories can be merged. A touch is written with a
 * time from before the check that the hold is in force, so that a process that is stopped in between accuses nobody.
 */
final class RaceWorker {

    static final FilePath FILE = FilePath.of("/race/file");
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final String agent;
    private final boolean buggy;
    private final FileChannel history;
    private final NatsConnection connection;
    private final BrokerClock clock =
            new BrokerClock(System::nanoTime, System::currentTimeMillis, Duration.ofMillis(5));
    private final KvHolds holds;
    private final Random random;

    /** Arguments: address, agent, history file, seed, and whether releases are unconditional. */
    public static void main(String[] args) throws IOException, JetStreamApiException {
        RaceWorker worker = new RaceWorker(
                args[0], args[1], Path.of(args[2]), Long.parseLong(args[3]), Boolean.parseBoolean(args[4]));
        while (true) {
            worker.round();
        }
    }

    private RaceWorker(String url, String agent, Path file, long seed, boolean buggy) throws IOException {
        this.agent = agent;
        this.buggy = buggy;
        this.random = new Random(seed);
        this.history = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        this.connection = new NatsConnection(Configs.of(NatsConfig.class, Map.of("heddle.nats.servers", url)), null);
        connection.start();
        this.holds = KvHolds.start(
                connection, Rig.config("sweep-grace", "50ms", "call-timeout", "5s"), clock, HoldsListener.NONE);
        while (!holds.status().ready()) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    private void round() throws IOException, JetStreamApiException {
        Optional<Hold> granted = announce();
        if (granted.isEmpty()) {
            look();
            pause(1 + random.nextInt(15));
            return;
        }
        Hold hold = granted.get();
        for (int i = random.nextInt(20); i > 0 && touch(hold); i--) {
            pause(random.nextInt(10));
        }
        if (random.nextInt(3) == 0) {
            hold = announce()
                    .filter(again -> again.token() == granted.get().token())
                    .orElse(hold);
        }
        if (random.nextBoolean()) {
            release(hold);
        } else {
            while (touch(hold)) {
                pause(1 + random.nextInt(8));
            }
        }
    }

    private Optional<Hold> announce() throws IOException {
        long began = System.nanoTime();
        try {
            Grant grant = holds.announce(FILE, agent, Duration.ofMillis(150 + random.nextInt(250)), "")
                    .await()
                    .atMost(PATIENCE);
            write(grant.renewal() ? 'N' : 'G', began, grant.token());
            return Optional.of(grant.hold());
        } catch (HeldByAnotherException e) {
            write('H', began, e.hold().token());
        } catch (RuntimeException e) {
            write('F', began, 0);
        }
        return Optional.empty();
    }

    private boolean touch(Hold hold) throws IOException {
        long at = System.nanoTime();
        if (!HoldRules.isInForce(hold, clock.now(), Duration.ZERO)) {
            return false;
        }
        write('T', at, hold.token());
        return true;
    }

    private void look() throws IOException {
        long began = System.nanoTime();
        Optional<Hold> holder = holds.whoHas(FILE).await().atMost(PATIENCE);
        write('W', began, holder.map(Hold::token).orElse(0L));
    }

    private void release(Hold hold) throws IOException, JetStreamApiException {
        if (buggy) {
            // The seeded bug: read, pause past the ttl, delete whatever is there by then.
            if (holds.whoHas(FILE)
                    .await()
                    .atMost(PATIENCE)
                    .filter(now -> now.agent().equals(agent))
                    .isPresent()) {
                while (touch(hold)) {
                    pause(10);
                }
                pause(150);
                try {
                    connection
                            .require()
                            .keyValue(Rig.BUCKET)
                            .delete(HoldKey.of(FILE).text());
                } catch (IllegalStateException e) {
                    throw new IOException(e);
                }
            }
            return;
        }
        long began = System.nanoTime();
        ReleaseOutcome outcome = holds.release(FILE, agent).await().atMost(PATIENCE);
        write(outcome == ReleaseOutcome.RELEASED ? 'R' : 'X', began, hold.token());
    }

    private void write(char kind, long began, long token) throws IOException {
        String line = kind + " " + began + " " + System.nanoTime() + " " + token + " " + agent + "\n";
        history.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)));
    }

    private static void pause(int millis) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
    }
}
