package io.heddle.stream.kv;

import io.heddle.nats.JetStreamRefusedException;
import io.heddle.nats.NatsConnection;
import io.heddle.nats.NatsUnavailableException;
import io.heddle.nats.NoAnswerException;
import io.heddle.nats.NoRespondersException;
import io.heddle.nats.StreamNotFoundException;
import io.heddle.stream.StreamQuery;
import io.heddle.stream.StreamQuery.Replay;
import io.heddle.stream.StreamSignal;
import io.heddle.stream.request.JetStreamApi;
import io.nats.client.Message;
import io.nats.client.api.ApiResponse;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.MessageGetRequest;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import io.nats.client.support.JsonValueUtils;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A key-value bucket with asynchronous compare-and-set: one request for each call, no thread waits, and
 * each subscription to a {@code Uni} makes the call. Wire-compatible with every other KV client (NATS ADR-8).
 *
 * <p>Every call may fail with {@link NatsUnavailableException} or {@link NoRespondersException} (nothing was sent, or no one
 * was there: certainly not carried out), {@link io.heddle.nats.NotPermittedException} (the same), {@link NoAnswerException} (outcome unknown; a write may still be carried out later), or
 * {@link JetStreamRefusedException}. Answers come on the client library's one thread for answers, which must not be held up.
 * Thread-safe.
 *
 * @see <a href="https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-8.md">ADR-8</a>
 */
public final class KvBucket {

    private static final String EXPECTED_REVISION = "Nats-Expected-Last-Subject-Sequence";
    private static final String OPERATION = "KV-Operation";
    private static final String DELETE = "DEL";
    private static final String PURGE = "PURGE";
    private static final String MARKER_REASON = "Nats-Marker-Reason";
    private static final int NO_MESSAGE_FOUND = 10037;
    private static final byte[] NOTHING = new byte[0];

    private final String stream;
    private final String prefix;
    private final String getSubject;
    private final NatsConnection connection;
    private final Duration timeout;

    /**
     * @param name the bucket's name, as KV clients know it
     * @param timeout the timeout of each request
     */
    public KvBucket(NatsConnection connection, String name, Duration timeout) {
        this.stream = "KV_" + name;
        this.prefix = "$KV." + name + ".";
        this.getSubject = JetStreamApi.PREFIX + "STREAM.MSG.GET." + stream;
        this.connection = connection;
        this.timeout = timeout;
    }

    /** The name of the stream behind the bucket. */
    public String stream() {
        return stream;
    }

    /** The subject of a key. */
    public String subject(String key) {
        return prefix + key;
    }

    /**
     * Writes a value if the key's latest entry has the expected revision.
     *
     * @param expected the revision of the latest entry, delete markers included; 0 when the key has none
     * @return the new revision; fails with {@link WrongRevisionException} when it was another
     */
    public Uni<Long> put(String key, byte[] value, @Nullable Headers headers, long expected) {
        return Uni.createFrom().completionStage(() -> putNow(key, value, headers, expected));
    }

    /** As {@link #put}, sent at once, without the cost of a {@code Uni}; a failure may come in a {@code CompletionException}. */
    public CompletableFuture<Long> putNow(String key, byte[] value, @Nullable Headers headers, long expected) {
        return write(key, value, headers == null ? new Headers() : new Headers(headers), expected);
    }

    /**
     * Deletes a key, that is, writes a delete marker, if its latest entry has the expected revision.
     *
     * @param headers further headers of the marker; null for none
     * @return the marker's revision; fails with {@link WrongRevisionException}
     */
    public Uni<Long> delete(String key, @Nullable Headers headers, long expected) {
        return Uni.createFrom().completionStage(() -> deleteNow(key, headers, expected));
    }

    /** As {@link #delete}, sent at once; a failure may come in a {@code CompletionException}. */
    public CompletableFuture<Long> deleteNow(String key, @Nullable Headers headers, long expected) {
        Headers all = headers == null ? new Headers() : new Headers(headers);
        return write(key, NOTHING, all.put(OPERATION, DELETE), expected);
    }

    /**
     * Returns the latest entry of a key, markers included, read from the stream's leader, because a direct get from a follower may be
     * behind. (A deposed leader that does not know it yet may still answer; only a compare-and-set excludes that.)
     *
     * @return empty when the key has no entry; fails with {@link StreamNotFoundException} when the bucket does not exist
     */
    public Uni<Optional<KvEntry>> get(String key) {
        return Uni.createFrom().completionStage(() -> getNow(key));
    }

    /** As {@link #get}, sent at once; a failure may come in a {@code CompletionException}. */
    public CompletableFuture<Optional<KvEntry>> getNow(String key) {
        byte[] request = MessageGetRequest.lastForSubject(prefix + key).serialize();
        return connection.request(getSubject, null, request, timeout).thenApply(message -> found(key, message));
    }

    /** Returns the configuration that other KV clients give a bucket, too: one entry for each key, in files. */
    public StreamConfiguration.Builder configuration(int replicas) {
        return StreamConfiguration.builder()
                .name(stream)
                .subjects(prefix + ">")
                .storageType(StorageType.File)
                .replicas(replicas)
                .maxMessagesPerSubject(1)
                .discardPolicy(DiscardPolicy.New)
                .allowRollup(true)
                .denyDelete(true)
                .allowDirect(true);
    }

    /** The query that reads the bucket as a stream: first the latest entry of each key, then the changes. {@link #entry} reads its messages. */
    public StreamQuery watch(@Nullable Supplier<StreamConfiguration> whenAbsent) {
        return watch(List.of(">"), whenAbsent);
    }

    /** As {@link #watch(Supplier)}, for some keys: each a pattern with the wildcards of subjects. */
    public StreamQuery watch(List<String> keys, @Nullable Supplier<StreamConfiguration> whenAbsent) {
        return new StreamQuery(stream, keys.stream().map(this::subject).toList(), Replay.LAST_PER_SUBJECT, whenAbsent);
    }

    /** The key of a subject of the bucket. */
    public String key(String subject) {
        return subject.substring(prefix.length());
    }

    /** Converts a message of the bucket's stream to an entry. */
    public KvEntry entry(StreamSignal.Message message) {
        return new KvEntry(
                key(message.subject()),
                message.data(),
                isMarker(message.headers()),
                message.headers(),
                message.sequence(),
                message.timestamp());
    }

    private CompletableFuture<Long> write(String key, byte[] value, Headers headers, long expected) {
        headers.put(EXPECTED_REVISION, Long.toString(expected));
        return connection
                .request(prefix + key, headers, value, timeout)
                .thenApply(message -> written(prefix + key, message));
    }

    private static Long written(String subject, Message message) {
        Answer answer = new Answer(message);
        if (answer.getApiErrorCode() == WrongRevisionException.WRONG_LAST_SEQUENCE
                || answer.getApiErrorCode() == WrongRevisionException.WRONG_LAST_SEQUENCE_CONSTANT) {
            throw new WrongRevisionException(
                    answer.getErrorCode(), answer.getApiErrorCode(), String.valueOf(answer.getDescription()));
        }
        long sequence = JetStreamApi.accepted(answer).sequence();
        if (sequence <= 0) {
            throw new NoAnswerException(
                    subject, new IllegalStateException("an answer without a sequence is no acknowledgement"));
        }
        return sequence;
    }

    private static Optional<KvEntry> found(String key, Message message) {
        MessageInfo info = new MessageInfo(message, null, false);
        if (info.getApiErrorCode() == NO_MESSAGE_FOUND) {
            return Optional.empty();
        }
        MessageInfo entry = JetStreamApi.accepted(info);
        return Optional.of(new KvEntry(
                key,
                Objects.requireNonNullElse(entry.getData(), NOTHING),
                isMarker(entry.getHeaders()),
                entry.getHeaders(),
                entry.getSeq(),
                Objects.requireNonNull(entry.getTime(), "a stored message has a time")
                        .toInstant()));
    }

    private static boolean isMarker(@Nullable Headers headers) {
        if (headers == null) {
            return false;
        }
        String operation = headers.getLast(OPERATION);
        return DELETE.equals(operation) || PURGE.equals(operation) || headers.getLast(MARKER_REASON) != null;
    }

    /** The answer to a publish. */
    private static final class Answer extends ApiResponse<Answer> {
        Answer(Message message) {
            super(message);
        }

        long sequence() {
            return JsonValueUtils.readLong(getJv(), "seq", 0);
        }
    }
}
