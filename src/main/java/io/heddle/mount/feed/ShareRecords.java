package io.heddle.mount.feed;

import static io.heddle.mount.feed.FeedLog.LOG;

import io.heddle.mount.MountsConfig;
import io.heddle.mount.ShareStream;
import io.heddle.mount.feed.KnownEntries.Known;
import io.heddle.nats.Backoff;
import io.heddle.nats.JetStreamRefusedException;
import io.heddle.nats.NatsConnection;
import io.heddle.nats.NoRespondersException;
import io.heddle.nats.StreamNotFoundException;
import io.heddle.stream.Later;
import io.heddle.stream.StreamSignal;
import io.heddle.stream.StreamSource;
import io.heddle.stream.kv.KvBucket;
import io.heddle.stream.kv.KvEntry;
import io.heddle.stream.kv.WrongRevisionException;
import io.heddle.stream.request.JetStreamApi;
import io.heddle.text.Text;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The bucket with the latest message on each share: what a stream that keeps few messages no longer has. An entry is never replaced by
 * an older one. A publisher writes it before it answers ({@link #store}); node agents and control planes write what other publishers
 * sent ({@link #observed}).
 *
 * <p>An unmount is an entry too, so that it replaces the mount. The broker removes it after 7 days. Nothing
 * depends on it then: the mount is not in the bucket any more, and a stream that still has the mount has the unmount as well.
 *
 * <p>A bucket that cannot be used stops nothing; it is reported and retried. Thread-safe, never blocks.
 */
public final class ShareRecords {

    private static final Duration UNMOUNT_LIFE = Duration.ofDays(7);
    private static final String TTL_HEADER = "Nats-TTL";
    private static final String TTL = UNMOUNT_LIFE.toSeconds() + "s";
    private static final int TTL_DISABLED = 10166;

    private static final Duration TIMEOUT = Duration.ofSeconds(2);
    /** The time in which a publisher writes its own message. */
    private static final Duration DELAY = Duration.ofMillis(250);

    private static final Backoff CONFLICTS = new Backoff(Duration.ofMillis(10), Duration.ofMillis(500));
    private static final int ATTEMPTS = 8;
    private static final int IN_FLIGHT = 256;

    private final NatsConnection connection;
    private final JetStreamApi api;
    private final ShareStream stream;
    private final KvBucket bucket;
    private final int replicas;
    private final StreamIdentities identities;
    private final BucketFailures failures;

    private final KnownEntries known = new KnownEntries();
    private final Map<String, Entry> pending = new ConcurrentHashMap<>();
    private final CompletableFuture<Void> drained = new CompletableFuture<>();
    private boolean flushing; // guarded by this
    private boolean stopping; // guarded by this

    private volatile boolean watching;
    private volatile boolean complete;
    private volatile boolean unmountsExpire = true;

    /** @param timeIsKnown whether the time is that of the message, not that of this entry */
    private record Entry(String key, ShareMessage message, boolean unmount, Position position, boolean timeIsKnown) {}

    public ShareRecords(NatsConnection connection, MountsConfig config) {
        this.connection = connection;
        this.api = new JetStreamApi(connection);
        this.stream = ShareStream.of(config);
        this.bucket = new KvBucket(connection, config.bucket(), TIMEOUT);
        this.replicas = config.streamReplicas();
        this.failures = new BucketFailures(bucket.stream());
        this.identities = new StreamIdentities(api.withTimeout(TIMEOUT), stream.name());
    }

    /** Why the bucket cannot be read or written; null while it can. Human-readable. */
    public @Nullable String failure() {
        return failures.reason();
    }

    /** Returns the latest message on a share; empty when the bucket has none. */
    public Uni<Optional<byte[]>> message(String vmId, String shareId) {
        return bucket.get(RecordCodec.key(vmId, shareId))
                .map(found -> found.filter(entry -> !entry.deleted()).map(KvEntry::value))
                .onFailure(StreamNotFoundException.class)
                .recoverWithItem(Optional.empty());
    }

    /**
     * Stores a message that the stream has acknowledged. Completes when the bucket has it or a newer one, or cannot be used; it is
     * retried then, and never fails.
     *
     * @param sequence the message's sequence in the stream
     */
    public CompletableFuture<Void> store(ShareMessage message, String shareId, boolean unmount, long sequence) {
        return identities
                .current()
                .thenCompose(identity -> {
                    Position position = Position.inStream(identity, sequence, Instant.now());
                    Entry entry =
                            new Entry(RecordCodec.key(message.vmId(), shareId), message, unmount, position, false);
                    return failures.areRecent() ? later(entry) : attempt(entry, 1);
                })
                .exceptionally(failure -> {
                    failures.writing(causeOf(failure));
                    return null;
                });
    }

    /** Stores a message soon, unless the bucket has it or a newer one by then. */
    public void observed(ShareMessage message, String shareId, boolean unmount, Position position) {
        if (position.stream() == null) {
            return; // the broker has no JetStream
        }
        String key = RecordCodec.key(message.vmId(), shareId);
        Known has = known.get(key);
        if (has == null || !has.covers(position)) {
            var unused = later(new Entry(key, message, unmount, position, true));
        }
    }

    /** Whether the bucket has an entry of a share. */
    public boolean has(String vmId, String shareId) {
        return known.has(RecordCodec.key(vmId, shareId));
    }

    /** Writes what is pending. Completes when that is done, or cannot be done soon. */
    public Uni<Void> stop() {
        synchronized (this) {
            stopping = true;
        }
        flush();
        return Uni.createFrom().completionStage(() -> drained.copy()
                .completeOnTimeout(null, TIMEOUT.toMillis(), TimeUnit.MILLISECONDS));
    }

    /**
     * Reads the entries of some VMs, and then the changes. It never fails and never completes.
     *
     * @param vmIds empty for all
     */
    Multi<ShareFeed.Item> watch(List<String> vmIds) {
        List<String> keys = vmIds.isEmpty()
                ? List.of(">")
                : vmIds.stream().map(RecordCodec::keysOf).toList();
        StreamSource source = new StreamSource(connection, bucket.watch(keys, this::configuration));
        watching = true;
        failures.notReadYet();
        return Multi.createBy()
                .repeating()
                .supplier(() -> source)
                .indefinitely()
                .onItem()
                .transformToMultiAndConcatenate(again -> api.ensureStream(configuration())
                        .onItem()
                        .transformToMulti(info -> source.subscribe())
                        .map(this::item)
                        .onFailure()
                        .recoverWithMulti(failure -> {
                            failures.reading(causeOf(failure));
                            return Multi.createFrom()
                                    .item(Optional.<ShareFeed.Item>of(new ShareFeed.Item.RecordsRead(false)))
                                    .onCompletion()
                                    .call(() -> pause(failures.pause()));
                        }))
                .filter(Optional::isPresent)
                .map(Optional::get);
    }

    private static Uni<Void> pause(Duration delay) {
        return Uni.createFrom().voidItem().onItem().delayIt().by(delay);
    }

    private Optional<ShareFeed.Item> item(StreamSignal signal) {
        if (signal instanceof StreamSignal.Message message) {
            return recorded(bucket.entry(message));
        } else if (signal instanceof StreamSignal.CaughtUp) {
            complete = true;
            failures.read();
            flushLater(Duration.ZERO);
            return Optional.of(new ShareFeed.Item.RecordsRead(true));
        } else if (signal instanceof StreamSignal.Interrupted) {
            complete = false;
        } else if (signal instanceof StreamSignal.Restarted) {
            known.clear();
        }
        return Optional.empty();
    }

    private Optional<ShareFeed.Item> recorded(KvEntry entry) {
        Position position = RecordCodec.position(entry, stream.name());
        String[] parts = RecordCodec.parts(entry.key());
        known.add(entry.key(), new Known(position, entry.revision(), entry.header(TTL_HEADER) != null));
        if (position == null || parts == null) {
            if (!entry.deleted()) {
                LOG.entryIgnored(bucket.stream(), Text.printable(entry.key()));
            }
            return Optional.empty();
        }
        return Optional.of(new ShareFeed.Item.Recorded(
                new ShareMessage(parts[0], entry.value(), null), parts[1], position, !complete));
    }

    private CompletableFuture<Void> later(Entry entry) {
        pending.merge(entry.key(), entry, (was, now) -> now.position().isAfter(was.position()) ? now : was);
        flushLater(DELAY);
        return CompletableFuture.completedFuture(null);
    }

    private void flushLater(Duration delay) {
        synchronized (this) {
            if (flushing || pending.isEmpty() || (watching && !complete)) {
                return;
            }
            flushing = true;
        }
        Later.run(delay, this::flush);
    }

    private void flush() {
        known.removeExpired(Instant.now().minus(UNMOUNT_LIFE));
        CompletableFuture<?>[] writes = pending.values().stream()
                .limit(failures.reason() == null ? IN_FLIGHT : 1)
                .map(entry -> write(entry).handle((written, failure) -> {
                    if (failure != null) {
                        failures.writing(causeOf(failure));
                    } else if (written) {
                        pending.remove(entry.key(), entry);
                        failures.written();
                    }
                    return written;
                }))
                .toArray(CompletableFuture[]::new);
        var unused = CompletableFuture.allOf(writes).whenComplete((done, failure) -> flushed());
    }

    private void flushed() {
        Duration delay;
        synchronized (this) {
            flushing = false;
            delay = stopping || !failures.areRecent() ? CONFLICTS.delay(2) : failures.pause();
        }
        if (pending.isEmpty()) {
            drained.complete(null);
        } else {
            flushLater(delay);
        }
    }

    private CompletableFuture<Void> attempt(Entry entry, int number) {
        return write(entry)
                .thenCompose(written -> {
                    if (written) {
                        failures.written();
                        return CompletableFuture.<Void>completedFuture(null);
                    }
                    return number == ATTEMPTS ? later(entry) : attemptLater(entry, number);
                })
                .exceptionallyCompose(failure -> {
                    failures.writing(causeOf(failure));
                    return later(entry);
                });
    }

    private CompletableFuture<Void> attemptLater(Entry entry, int number) {
        CompletableFuture<Void> stored = new CompletableFuture<>();
        Later.run(CONFLICTS.delay(number), () -> {
            var unused = attempt(entry, number + 1).thenAccept(stored::complete);
        });
        return stored;
    }

    /** Tries once; true when the bucket has the entry or a newer one, false when it has to be tried again. */
    private CompletableFuture<Boolean> write(Entry entry) {
        return latest(entry.key())
                .thenCompose(has -> {
                    if (has != null && has.covers(entry.position())) {
                        return CompletableFuture.completedFuture(true);
                    }
                    Headers headers = RecordCodec.headers(entry.position(), entry.timeIsKnown());
                    boolean expires = entry.unmount() && unmountsExpire;
                    if (expires) {
                        headers.put(TTL_HEADER, TTL);
                    }
                    return bucket.putNow(entry.key(), entry.message().data(), headers, has == null ? 0 : has.revision())
                            .thenApply(revision -> {
                                known.add(entry.key(), new Known(entry.position(), revision, expires));
                                return true;
                            })
                            .exceptionallyCompose(failure -> recover(entry, has, causeOf(failure)));
                })
                .exceptionallyCompose(failure -> created(causeOf(failure)));
    }

    /** Node agents may not read single entries: a permission cannot restrict which. While the bucket is watched, it is not needed. */
    private CompletableFuture<@Nullable Known> latest(String key) {
        return watching
                ? CompletableFuture.completedFuture(known.get(key))
                : bucket.getNow(key).thenApply(found -> found.map(
                                entry -> new Known(RecordCodec.position(entry, stream.name()), entry.revision(), false))
                        .orElse(null));
    }

    private CompletableFuture<Boolean> recover(Entry entry, @Nullable Known outdated, Throwable failure) {
        if (failure instanceof WrongRevisionException) {
            if (outdated != null) {
                known.remove(entry.key(), outdated);
            }
            return CompletableFuture.completedFuture(false);
        }
        if (failure instanceof JetStreamRefusedException refused && refused.apiErrorCode() == TTL_DISABLED) {
            unmountsExpire = false;
            return CompletableFuture.completedFuture(false);
        }
        return CompletableFuture.failedFuture(failure);
    }

    private CompletableFuture<Boolean> created(Throwable failure) {
        return failure instanceof NoRespondersException || failure instanceof StreamNotFoundException
                ? api.ensureStream(configuration()).subscribeAsCompletionStage().thenApply(info -> false)
                : CompletableFuture.failedFuture(failure);
    }

    private StreamConfiguration configuration() {
        return bucket.configuration(replicas).allowMessageTtl(true).build();
    }

    private static Throwable causeOf(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure instanceof CompletionException && cause != null ? cause : failure;
    }
}
