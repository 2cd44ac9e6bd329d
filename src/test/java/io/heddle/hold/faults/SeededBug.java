package io.heddle.hold.faults;

import static io.heddle.hold.faults.RaceWorker.pause;

import io.heddle.hold.FilePath;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldKey;
import io.heddle.hold.Rig;
import io.heddle.hold.bucket.HoldCodec;
import io.heddle.hold.bucket.HoldValue;
import io.heddle.hold.faults.HoldChecker.Rule;
import io.heddle.hold.faults.HoldHistory.Kind;
import io.heddle.hold.faults.RaceWorker.Shared;
import io.nats.client.JetStreamApiException;
import io.nats.client.KeyValue;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Predicate;

/**
 * Mistakes of an implementation, made on purpose on the file with the name of the mistake, to prove that the checker finds them. The first
 * one is how Go programs release.
 */
final class SeededBug {

    /** Which mistake. */
    enum Mistake {
        NONE(null),
        /** A release that reads, pauses past the ttl, then deletes whatever is there. */
        UNGUARDED_RELEASE(Rule.TWO_HOLDERS),
        /** A renewal after a pause past the ttl that writes over whatever is there. */
        UNGUARDED_RENEWAL(Rule.STALE_WRITE),
        /** A new grant under the token of the agent's last one. */
        REUSED_TOKEN(Rule.TOKEN_REUSED),
        /** A release that is answered and never made. */
        LOST_RELEASE(Rule.LOST_RELEASE),
        /** A grant of a directory that does not look below it: the file has the path of the directory, which overlaps. */
        BLIND_DIRECTORY(Rule.OVERLAPPING_HOLDERS);

        /** What of the rules it breaks, among others. */
        final Rule breaks;

        Mistake(Rule breaks) {
            this.breaks = breaks;
        }

        /** The file that has it. */
        String file() {
            return "/race/" + name();
        }
    }

    private final Mistake mistake;
    private final FilePath file;
    private final Shared shared;
    private final Random random;
    private long lastToken;

    private SeededBug(Mistake mistake, FilePath file, Shared shared, Random random) {
        this.mistake = mistake;
        this.file = file;
        this.shared = shared;
        this.random = random;
    }

    static SeededBug of(FilePath file, Shared shared, Random random) {
        Mistake mistake = Arrays.stream(Mistake.values())
                .filter(one -> file.toString().equals(one.file()))
                .findFirst()
                .orElse(Mistake.NONE);
        return new SeededBug(mistake, file, shared, random);
    }

    boolean isSeeded() {
        return mistake != Mistake.NONE;
    }

    /** Makes the mistake with a hold that was just granted. */
    void strike(Hold hold, Predicate<Hold> touch) {
        try {
            switch (mistake) {
                case UNGUARDED_RELEASE -> {
                    outlive(hold, touch);
                    bucket().delete(key());
                }
                case UNGUARDED_RENEWAL -> {
                    outlive(hold, touch);
                    long began = System.nanoTime();
                    bucket().put(key(), value(hold.token()));
                    shared.write(Kind.RENEWED, file.toString(), began, hold.token(), shared.agent());
                }
                case REUSED_TOKEN -> {
                    long began = System.nanoTime();
                    if (lastToken != 0 && lastToken != hold.token()) {
                        bucket().update(key(), value(lastToken), hold.revision());
                        shared.write(Kind.GRANTED, file.toString(), began, lastToken, shared.agent());
                    }
                    lastToken = hold.token();
                    pause(random.nextInt(200));
                }
                case LOST_RELEASE -> {
                    long began = System.nanoTime();
                    shared.write(Kind.RELEASED, file.toString(), began, hold.token(), shared.agent());
                    pause(50 + random.nextInt(200));
                }
                case BLIND_DIRECTORY -> {
                    if (random.nextBoolean()) {
                        outlive(hold, touch);
                    } else {
                        bucket().delete(key());
                        pause(20 + random.nextInt(50));
                        takeDirectory();
                    }
                }
                case NONE -> throw new IllegalStateException("no mistake to make");
            }
        } catch (JetStreamApiException raced) {
            pause(1);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Other workers have got the file meanwhile. */
    private void takeDirectory() throws IOException, JetStreamApiException {
        FilePath directory = FilePath.directory(file.value());
        long began = System.nanoTime();
        Instant end = shared.clock().now().earliest().plusMillis(250);
        long token = bucket().put(HoldKey.of(directory).text(), value(0));
        shared.write(Kind.GRANTED, directory.toString(), began, token, shared.agent());
        while (shared.clock().now().latest().isBefore(end)) {
            long at = System.nanoTime();
            shared.history()
                    .write(new HoldHistory.Step(Kind.TOUCHED, at, at, token, directory.toString(), shared.agent()));
            pause(5);
        }
        bucket().delete(HoldKey.of(directory).text());
    }

    /** Until it has certainly ended and another holder may have the file. */
    private static void outlive(Hold hold, Predicate<Hold> touch) {
        while (touch.test(hold)) {
            pause(10);
        }
        pause(150);
    }

    private KeyValue bucket() throws IOException {
        return shared.connection().require().keyValue(Rig.BUCKET);
    }

    private String key() {
        return HoldKey.of(file).text();
    }

    private byte[] value(long token) {
        Duration ttl = Duration.ofMillis(300);
        Instant now = shared.clock().now().middle();
        return HoldCodec.encode(new HoldValue(shared.agent(), now, now.plus(ttl), "", ttl, null, token));
    }
}
