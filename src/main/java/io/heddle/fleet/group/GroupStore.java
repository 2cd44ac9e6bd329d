package io.heddle.fleet.group;

import io.heddle.fleet.CorruptGroupException;
import io.heddle.fleet.FleetConfig;
import io.heddle.fleet.GroupConflictException;
import io.heddle.fleet.GroupLimitException;
import io.heddle.nats.Backoff;
import io.heddle.nats.JetStreamUnavailableException;
import io.heddle.nats.NatsConnection;
import io.heddle.nats.NoAnswerException;
import io.heddle.nats.NoRespondersException;
import io.heddle.nats.StreamNotFoundException;
import io.heddle.stream.kv.KvBucket;
import io.heddle.stream.kv.KvEntry;
import io.heddle.stream.kv.WrongRevisionException;
import io.heddle.stream.request.JetStreamApi;
import io.heddle.stream.request.StreamNameInUseException;
import io.nats.client.api.StreamConfiguration;
import io.smallrye.mutiny.Uni;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The records of the groups in their bucket, changed by compare-and-set only. Fails as {@link KvBucket} does, with
 * {@link JetStreamUnavailableException} where there is no JetStream. Thread-safe.
 */
public final class GroupStore {

    private static final Duration TIMEOUT = Duration.ofSeconds(2);
    private static final int MAX_ATTEMPTS = 40;
    private static final Backoff PAUSES = new Backoff(Duration.ofMillis(4), Duration.ofMillis(250), 1);

    private final NatsConnection connection;
    private final FleetConfig config;
    private final JetStreamApi api;
    private final KvBucket bucket;
    /** Writes under way: their own entries need no decoding when the watch delivers them. */
    private final Map<String, Written> written = new ConcurrentHashMap<>();

    private record Written(ByteBuffer json, GroupRecord group) {}

    /** The record under a name; an absent record equals a deleted one. */
    public record Found(@Nullable GroupRecord group, long revision) {

        static final Found NOTHING = new Found(null, 0);
    }

    /** A change of a record. */
    public interface Edit {

        /**
         * Returns the changed record.
         *
         * @param group null when there is none
         * @return null to delete it; an equal record changes nothing
         */
        @Nullable
        GroupRecord apply(@Nullable GroupRecord group);

        /**
         * The part of the record that the change depends on. A concurrent change of that part fails the edit; after a concurrent
         * change of another part the edit is applied again.
         */
        default @Nullable Object premise(@Nullable GroupRecord group) {
            return null;
        }

        /** Whether the record already contains this edit: a write without an answer may have succeeded. */
        default boolean isIn(@Nullable GroupRecord group) {
            return false;
        }
    }

    public GroupStore(NatsConnection connection, FleetConfig config) {
        this.connection = connection;
        this.config = config;
        this.api = new JetStreamApi(connection);
        this.bucket = new KvBucket(connection, config.bucket(), TIMEOUT);
    }

    KvBucket bucket() {
        return bucket;
    }

    /** Reads the latest record from the stream leader. */
    public Uni<Found> read(String name) {
        return bucket.get(name)
                .onFailure(NoRespondersException.class)
                .transform(failure -> new JetStreamUnavailableException("groups need JetStream", failure))
                .onFailure(StreamNotFoundException.class)
                .recoverWithItem(Optional.<KvEntry>empty())
                .map(entry -> entry.map(is -> found(name, is)).orElse(Found.NOTHING));
    }

    /** Reads the last sequence of the bucket from the stream leader. */
    Uni<Long> lastSequence() {
        return api.streamInfo(bucket.stream())
                .onFailure(StreamNotFoundException.class)
                .recoverWithUni(() -> created().chain(() -> api.streamInfo(bucket.stream())))
                .map(info -> info.getStreamState().getLastSequence());
    }

    /**
     * Applies an edit to the latest record, with retries after concurrent writes.
     *
     * @param known the possibly outdated record to try first; null to read it
     */
    Uni<Found> edit(String name, @Nullable Found known, Edit edit) {
        Attempts attempts = new Attempts(name, edit);
        Uni<Found> created = known == null ? attempts.read() : Uni.createFrom().deferred(() -> attempts.guess(known));
        return created.onTermination().invoke(() -> written.remove(name));
    }

    StreamConfiguration blueprint() {
        return bucket.configuration(config.replicas()).build();
    }

    private Uni<Void> created() {
        return api.createStream(blueprint())
                .replaceWithVoid()
                .onFailure(StreamNameInUseException.class)
                .recoverWithNull();
    }

    /** @throws CorruptGroupException when the entry is not a record */
    Found found(String name, KvEntry entry) {
        if (entry.deleted()) {
            return new Found(null, entry.revision());
        }
        Written ours = written.get(name);
        GroupRecord group = ours != null && ours.json().equals(ByteBuffer.wrap(entry.value()))
                ? ours.group()
                : GroupCodec.decode(name, entry.value());
        return new Found(group, entry.revision());
    }

    /** One edit with its retries. */
    private final class Attempts {

        private final String name;
        private final Edit edit;
        private @Nullable Found last;
        private boolean unanswered;
        private int attempts;

        Attempts(String name, Edit edit) {
            this.name = name;
            this.edit = edit;
        }

        /** An outdated record does not prove a concurrent change, so it is not compared with the next read. */
        Uni<Found> guess(Found known) {
            Uni<Found> tried = decide(known);
            last = null;
            return tried;
        }

        Uni<Found> read() {
            return GroupStore.this.read(name).chain(this::decide);
        }

        private Uni<Found> decide(Found found) {
            if (unanswered && edit.isIn(found.group())) {
                return Uni.createFrom().item(found);
            }
            GroupRecord next = edit.apply(found.group());
            if (last != null && !unanswered && isContradicted(last.group(), found.group(), next)) {
                return Uni.createFrom().failure(new GroupConflictException(name));
            }
            last = found;
            if (Objects.equals(next, found.group())) {
                return Uni.createFrom().item(found);
            }
            return write(next, found.revision())
                    .map(revision -> new Found(next, revision))
                    .onFailure()
                    .recoverWithUni(this::unwritten);
        }

        /** Whether a concurrent change contradicts this one. */
        private boolean isContradicted(
                @Nullable GroupRecord before, @Nullable GroupRecord now, @Nullable GroupRecord next) {
            Object premise = edit.premise(now);
            return !Objects.equals(premise, edit.premise(before)) && !Objects.equals(premise, edit.premise(next));
        }

        private Uni<Long> write(@Nullable GroupRecord next, long expected) {
            if (next == null) {
                return bucket.delete(name, null, expected);
            }
            byte[] json = GroupCodec.encode(next);
            long limit = connection.require().getMaxPayload();
            // The header of a compare-and-set counts too.
            if (limit > 0 && json.length + 256 > limit) {
                throw new GroupLimitException(
                        "vms", "the group's record would have " + json.length + " bytes; the broker takes " + limit);
            }
            written.put(name, new Written(ByteBuffer.wrap(json), next));
            return bucket.put(name, json, null, expected);
        }

        private Uni<Found> unwritten(Throwable failure) {
            boolean again = failure instanceof WrongRevisionException
                    || failure instanceof NoAnswerException
                    || failure instanceof NoRespondersException;
            if (!again || ++attempts >= MAX_ATTEMPTS) {
                return Uni.createFrom().failure(failure);
            }
            unanswered |= failure instanceof NoAnswerException;
            Uni<?> before = failure instanceof NoRespondersException ? created() : pause();
            return before.chain(this::read);
        }

        private Uni<?> pause() {
            return Uni.createFrom().nullItem().onItem().delayIt().by(PAUSES.delay(attempts));
        }
    }
}
