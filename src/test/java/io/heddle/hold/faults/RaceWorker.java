package io.heddle.hold.faults;

import io.heddle.hold.FilePath;
import io.heddle.hold.Grant;
import io.heddle.hold.HoldsListener;
import io.heddle.hold.KvHolds;
import io.heddle.hold.Rig;
import io.heddle.hold.faults.HoldHistory.Kind;
import io.heddle.hold.faults.HoldHistory.Step;
import io.heddle.nats.NatsConfig;
import io.heddle.nats.NatsConnection;
import io.heddle.nats.Observation;
import io.heddle.stream.clock.BrokerClock;
import io.heddle.testsupport.Configs;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * One process of a race, and one agent: holds, touches, renews and releases several files at random, a thread for each, until it
 * is killed, and writes down what it did.
 */
final class RaceWorker {

    private static final Duration SKEW = Duration.ofMillis(5);

    /**
     * What the threads of the process share.
     *
     * @param connection for a seeded bug's writes; all others go through {@code holds}
     */
    record Shared(
            String agent,
            NatsConnection connection,
            KvHolds holds,
            BrokerClock clock,
            Pace pace,
            HoldHistory.Writer history) {

        void write(Kind kind, String name, long began, long token, String holder) {
            history.write(new Step(kind, began, System.nanoTime(), token, name, holder));
        }
    }

    private RaceWorker() {}

    /**
     * Arguments: the servers, the agent's name, the history's file, the file that says how many milliseconds the wall clock is
     * off, the seed, {@code max-ttl}, {@code replicas}, the pace, and what to race for: see {@link Contested}.
     */
    public static void main(String[] args) throws IOException {
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> {
            failure.printStackTrace();
            Runtime.getRuntime().halt(1);
        });
        // Outside Quarkus the first use of a Uni sets up what all threads share, and must not be made by two at once.
        Uni.createFrom().emitter(emitter -> emitter.complete(true)).await().indefinitely();
        String agent = args[1];
        Pace pace = Pace.valueOf(args[7]);
        HoldHistory.Writer history = new HoldHistory.Writer(Path.of(args[2]));
        BrokerClock clock = new BrokerClock(System::nanoTime, wallClock(Path.of(args[3]))::millis, SKEW);
        NatsConnection connection =
                new NatsConnection(Configs.of(NatsConfig.class, Map.of("heddle.nats.servers", args[0])), null);
        connection.start();
        KvHolds holds = Rig.start(
                connection,
                Rig.config(
                        "request-timeout",
                        pace.requestTimeout.toString(),
                        "call-timeout",
                        pace.callTimeout.toString(),
                        "sweep-grace",
                        "50ms",
                        "max-ttl",
                        args[5],
                        "replicas",
                        args[6]),
                clock,
                new Renewals(history));
        Shared shared = new Shared(agent, connection, holds, clock, pace, history);
        Random random = new Random(Long.parseLong(args[4]));
        new Thread(new RaceSubscribers(shared, new Random(random.nextLong())), "subscribers").start();
        for (int i = 8; i < args.length; i++) {
            new Thread(new Racer(shared, Contested.of(args[i], agent), new Random(random.nextLong())), args[i]).start();
        }
    }

    static void pause(int millis) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    /** A wall clock that another process sets. */
    private static WallClock wallClock(Path file) throws IOException {
        FileChannel offset = FileChannel.open(file);
        return () -> {
            ByteBuffer millis = ByteBuffer.allocate(Long.BYTES);
            try {
                int read = offset.read(millis, 0);
                return System.currentTimeMillis() + (read == Long.BYTES ? millis.getLong(0) : 0);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
    }

    private interface WallClock {
        long millis();
    }

    /** Writes down what leases do by themselves. */
    private record Renewals(HoldHistory.Writer history) implements HoldsListener {
        @Override
        public Observation<Grant> renewing(FilePath file, String agent) {
            long began = System.nanoTime();
            return new Observation<>() {
                @Override
                public void succeeded(Grant grant) {
                    write(Kind.RENEWED, grant.token());
                }

                @Override
                public void failed(Throwable failure) {
                    write(Kind.LEASE_NOT_RENEWED, 0);
                }

                private void write(Kind kind, long token) {
                    history.write(new Step(kind, began, System.nanoTime(), token, file.toString(), agent));
                }
            };
        }
    }
}
