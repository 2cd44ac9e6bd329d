package io.heddle.hold.faults;

import static io.heddle.hold.faults.RaceWorker.pause;

import io.heddle.hold.FilePath;
import io.heddle.hold.HoldKey;
import io.heddle.hold.Rig;
import io.heddle.hold.bucket.HoldCodec;
import io.heddle.hold.bucket.HoldValue;
import io.heddle.hold.faults.HoldHistory.Kind;
import io.heddle.hold.faults.HoldHistory.Step;
import io.nats.client.Connection;
import io.nats.client.ErrorListener;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamOptions;
import io.nats.client.KeyValue;
import io.nats.client.KeyValueOptions;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.KeyValueEntry;
import io.nats.client.impl.Headers;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;

/**
 * A peer that holds files as the Go program does: it judges every hold by {@code expires_at} alone, knows no tokens, and
 * releases by reading its hold and deleting the key unconditionally. What such a deletion does to a later hold is its own doing, so
 * the history names it.
 */
final class GoPeer implements Runnable, AutoCloseable {

    static final String NAME = "go";

    private static final Duration ANSWER = Duration.ofSeconds(8);

    private final List<FilePath> files;
    private final Random random;
    private final HoldHistory.Writer history;
    private final Connection connection;
    private final Thread thread = new Thread(this, NAME);
    private volatile boolean closed;

    /** Starts the peer. */
    GoPeer(String url, List<String> files, HoldHistory.Writer history, long seed) {
        this.files = files.stream().map(FilePath::of).toList();
        this.random = new Random(seed);
        this.history = history;
        try {
            connection = Nats.connect(Options.builder()
                    .server(url)
                    .maxReconnects(-1)
                    .pingInterval(Duration.ofMinutes(1))
                    .errorListener(new ErrorListener() {}) // the broker stops and goes on as the plan says
                    .build());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        thread.start();
    }

    @Override
    public void run() {
        try {
            JetStreamOptions options =
                    JetStreamOptions.builder().requestTimeout(ANSWER).build();
            KeyValue bucket = connection.keyValue(
                    Rig.BUCKET,
                    KeyValueOptions.builder().jetStreamOptions(options).build());
            while (!closed) {
                try {
                    hold(bucket, files.get(random.nextInt(files.size())));
                } catch (IOException | JetStreamApiException noAnswerOrConflict) {
                    pause(5 + random.nextInt(20));
                }
            }
        } catch (IOException | IllegalStateException e) {
            if (!closed) {
                throw new IllegalStateException(e);
            }
        }
    }

    private void hold(KeyValue bucket, FilePath file) throws IOException, JetStreamApiException {
        String key = HoldKey.of(file).text();
        long began = System.nanoTime();
        KeyValueEntry entry = bucket.get(key);
        Instant now = Instant.now();
        if (entry != null && HoldCodec.decode(entry.getValue()).expiresAt().isAfter(now)) {
            pause(1 + random.nextInt(20));
            return;
        }
        Duration ttl = Pace.PATIENT.ttl(random);
        HoldValue mine = new HoldValue(NAME, now, now.plus(ttl), "", ttl, null, 0);
        byte[] value = HoldCodec.encode(mine);
        long revision = entry == null ? bucket.create(key, value) : bucket.update(key, value, entry.getRevision());
        write(Kind.GRANTED, file, began, revision, NAME);
        for (int i = random.nextInt(100); i > 0 && touch(file, mine, revision); i--) {
            pause(random.nextInt(10));
        }
        release(bucket, file, key, revision);
    }

    private boolean touch(FilePath file, HoldValue mine, long revision) {
        long at = System.nanoTime();
        boolean inForce = Instant.now().isBefore(mine.expiresAt());
        if (inForce) {
            history.write(new Step(Kind.TOUCHED, at, at, revision, file.toString(), NAME));
        }
        return inForce;
    }

    /** Its hold is there when it looks; what is there when the deletion is stored, it does not know. */
    private void release(KeyValue bucket, FilePath file, String key, long revision)
            throws IOException, JetStreamApiException {
        KeyValueEntry entry = bucket.get(key);
        if (entry == null || entry.getRevision() != revision) {
            return;
        }
        long began = System.nanoTime();
        long stored = Long.MAX_VALUE; // without an answer: perhaps later than anything
        try {
            stored = connection
                    .jetStream(JetStreamOptions.builder().requestTimeout(ANSWER).build())
                    .publish("$KV." + Rig.BUCKET + "." + key, new Headers().put("KV-Operation", "DEL"), new byte[0])
                    .getSeqno();
        } finally {
            write(Kind.DELETED_BY_PEER, file, began, stored, Long.toString(revision));
        }
    }

    private void write(Kind kind, FilePath file, long began, long token, String holder) {
        history.write(new Step(kind, began, System.nanoTime(), token, file.toString(), holder));
    }

    @Override
    public void close() {
        closed = true;
        try {
            thread.join(ANSWER.toMillis());
            connection.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
