package io.heddle.hold.bucket;

import io.heddle.hold.CorruptHoldException;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldName;
import io.heddle.hold.bucket.HoldEntry.Corrupt;
import io.heddle.hold.bucket.HoldEntry.Held;
import io.heddle.hold.bucket.HoldEntry.Vacant;
import io.heddle.nats.Observation;
import io.heddle.stream.kv.KvBucket;
import io.heddle.stream.kv.KvEntry;
import io.heddle.text.Text;
import io.nats.client.impl.Headers;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The bucket, in terms of files and holds. Fails as {@link KvBucket} does. */
public final class HoldBucket {

    /** Why an entry was written or deleted: {@code released}, {@code expired}, {@code forced}, {@code transferred}. */
    public static final String REASON = "Heddle-Reason";

    /** Who wrote or deleted it. */
    public static final String BY = "Heddle-By";

    private final KvBucket bucket;
    private final Supplier<Duration> maxAge;

    /** @param maxAge how long the bucket keeps an entry, at the moment */
    public HoldBucket(KvBucket bucket, Supplier<Duration> maxAge) {
        this.bucket = bucket;
        this.maxAge = maxAge;
    }

    Duration maxAge() {
        return maxAge.get();
    }

    /** Reads the newest entry of this name from the stream's leader, at once. A failure may come in a {@code CompletionException}. */
    public CompletableFuture<HoldEntry> read(HoldName name) {
        return bucket.getNow(name.key().text())
                .thenApply(found -> found.map(entry -> interpret(name, entry)).orElse(HoldEntry.NONE));
    }

    /** Interprets an entry as a hold, a vacancy, or corrupt. */
    public HoldEntry interpret(HoldName name, KvEntry entry) {
        if (entry.deleted()) {
            return new Vacant(entry.revision(), entry.stored(), entry.header(REASON), entry.header(BY));
        }
        try {
            HoldValue value = HoldCodec.decode(entry.value());
            if (name.isShared() && !value.holder().equals(name.holder())) {
                return new Corrupt(entry.revision(), entry.stored(), "agent_id is not the holder in the key");
            }
            Hold hold = value.toHold(name, entry.revision(), entry.stored(), maxAge());
            return new Held(hold, value, entry.stored(), entry.header(REASON), entry.header(BY));
        } catch (CorruptHoldException e) {
            return new Corrupt(entry.revision(), entry.stored(), String.valueOf(e.getMessage()));
        }
    }

    /** One compare-and-set, sent at once. A failure may come in a {@code CompletionException}. */
    CompletableFuture<Long> write(HoldName name, Write write) {
        return write(name, write, Observation.none());
    }

    /** The same with the headers of an observation. */
    CompletableFuture<Long> write(HoldName name, Write write, Observation<?> observation) {
        String key = name.key().text();
        Headers headers = observation.on(write.headers());
        HoldValue value = write.value();
        return value == null
                ? bucket.deleteNow(key, headers, write.expected())
                : bucket.putNow(key, HoldCodec.encode(value), headers, write.expected());
    }

    /** Deletes a key that need not be the key of a file. */
    public Uni<Boolean> deleteKey(String key, Headers headers) {
        return bucket.get(key)
                .flatMap(found -> found.isPresent() && !found.get().deleted()
                        ? bucket.delete(key, headers, found.get().revision()).replaceWith(true)
                        : Uni.createFrom().item(false));
    }

    /**
     * A write to make.
     *
     * @param value null deletes
     * @param expected the revision that it replaces
     * @param heldUntil of a renewal: when the hold ends without it; null otherwise
     * @param reason see {@link #REASON}; null for an ordinary grant or renewal
     */
    record Write(
            @Nullable HoldValue value,
            long expected,
            @Nullable Instant heldUntil,
            @Nullable String reason,
            @Nullable String by) {

        static Write deletion(long expected, String reason, String by) {
            return new Write(null, expected, null, reason, by);
        }

        /** Returns whether an entry is the result of this write, or, for a deletion, of an equal one. */
        boolean isAt(HoldEntry entry) {
            if (entry.revision() <= expected) {
                return false;
            }
            return value == null
                    ? entry instanceof Vacant vacant
                            && Objects.equals(reason, vacant.reason())
                            && Objects.equals(by == null ? null : Text.ascii(by), vacant.by())
                    : entry instanceof Held held && held.value().isSameWriteAs(value);
        }

        /** Returns whether a hold begins with it, so that other holds may conflict. */
        boolean isGrant() {
            return value != null && heldUntil == null;
        }

        @Nullable
        Headers headers() {
            if (reason == null) {
                return null;
            }
            Headers headers = new Headers().put(REASON, reason);
            return by == null ? headers : headers.put(BY, Text.ascii(by));
        }
    }
}
