package io.heddle.http.broker;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.heddle.http.Durations;
import io.heddle.nats.JetStreamRefusedException;
import io.heddle.nats.JetStreamUnavailableException;
import io.heddle.nats.NatsUnavailableException;
import io.heddle.nats.NoAnswerException;
import io.heddle.nats.StreamNotFoundException;
import io.nats.client.api.ClusterInfo;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import io.nats.client.api.StreamState;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A stream of the broker's, or a bucket and the stream behind it.
 *
 * @param bucket the bucket's name, as KV clients know it; null when it is no bucket
 * @param stream the stream's name
 * @param detail why there are no figures, for people; null when there are
 * @param figures null unless the condition is {@link Condition#PRESENT}
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StoreStatus(
        @Nullable String bucket,
        String stream,
        Condition condition,
        @Nullable String detail,
        @JsonUnwrapped @Nullable Figures figures) {

    /** What is known of a store. */
    public enum Condition {
        /** It is there. */
        PRESENT,
        /** There is none yet: whoever needs it first makes it. */
        ABSENT,
        /** This service does not use it. */
        DISABLED,
        /** The broker has no JetStream, or this account may not use it. */
        NO_JETSTREAM,
        /** The broker refused to tell. */
        REFUSED,
        /** The broker did not tell in time; it says nothing either to those who may not ask. */
        NO_ANSWER,
        /** The broker is not reachable. */
        NOT_CONNECTED;

        /** The word in JSON. */
        @Override
        @JsonValue
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Whether it shows that there is JetStream, or none; empty when it says nothing of that. */
        Optional<Boolean> jetStream() {
            return switch (this) {
                case PRESENT, ABSENT, REFUSED -> Optional.of(true);
                case NO_JETSTREAM -> Optional.of(false);
                case DISABLED, NO_ANSWER, NOT_CONNECTED -> Optional.empty();
            };
        }

        /** What a failed question means; empty when it is our own mistake. */
        static Optional<Condition> of(Throwable failure) {
            if (failure instanceof StreamNotFoundException) {
                return Optional.of(ABSENT);
            } else if (failure instanceof JetStreamRefusedException) {
                return Optional.of(REFUSED);
            } else if (failure instanceof JetStreamUnavailableException) {
                return Optional.of(NO_JETSTREAM);
            } else if (failure instanceof NoAnswerException) {
                return Optional.of(NO_ANSWER);
            }
            return failure instanceof NatsUnavailableException ? Optional.of(NOT_CONNECTED) : Optional.empty();
        }
    }

    /**
     * What a store is and holds.
     *
     * @param messages in a bucket the entries, those that only say that a key was deleted among them
     * @param bytes that these messages take
     * @param lastSequence of the newest message that ever was there; in a bucket its newest revision
     * @param history how many messages of one subject are kept; null when all are
     * @param ttl after which a message goes; null when it stays
     * @param replicas how many servers keep it
     * @param leader the server that answers for it; null when nobody does, or the broker is alone and does not say
     */
    @JsonNaming(SnakeCaseStrategy.class)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Figures(
            List<String> subjects,
            long messages,
            long bytes,
            long lastSequence,
            long consumers,
            @Nullable Long history,
            @Nullable String ttl,
            int replicas,
            @Nullable String leader) {

        private static Figures of(StreamInfo info) {
            StreamConfiguration configuration = info.getConfiguration();
            StreamState state = info.getStreamState();
            Duration ttl = Objects.requireNonNullElse(configuration.getMaxAge(), Duration.ZERO);
            long history = configuration.getMaxMsgsPerSubject();
            ClusterInfo cluster = info.getClusterInfo();
            return new Figures(
                    List.copyOf(configuration.getSubjects()),
                    state.getMsgCount(),
                    state.getByteCount(),
                    state.getLastSequence(),
                    state.getConsumerCount(),
                    history > 0 ? history : null,
                    ttl.isZero() ? null : Durations.format(ttl),
                    configuration.getReplicas(),
                    cluster == null ? null : cluster.getLeader());
        }
    }

    static StoreStatus present(@Nullable String bucket, String stream, StreamInfo info) {
        return new StoreStatus(bucket, stream, Condition.PRESENT, null, Figures.of(info));
    }

    static StoreStatus without(@Nullable String bucket, String stream, Condition condition, String detail) {
        return new StoreStatus(bucket, stream, condition, detail, null);
    }
}
