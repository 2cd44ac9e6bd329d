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
import io.heddle.nats.NotPermittedException;
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
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The status of a stream, or of a bucket and its stream.
 *
 * @param bucket the name of the bucket; null for a stream
 * @param detail why there are no figures, human-readable; null when there are
 * @param figures null unless the condition is {@link Condition#PRESENT}
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StoreStatus(
        @Nullable String bucket,
        String stream,
        Condition condition,
        @Nullable String detail,
        @JsonUnwrapped @Nullable Figures figures) {

    @Schema(name = "StoreCondition")
    public enum Condition {
        PRESENT,
        /** It does not exist yet; its first user creates it. */
        ABSENT,
        /** This service does not use it. */
        DISABLED,
        /** The broker has no JetStream, or this account may not use it. */
        NO_JETSTREAM,
        REFUSED,
        /** The user lacks the permission to ask; the detail names the subject. */
        NOT_PERMITTED,
        NO_ANSWER,
        NOT_CONNECTED;

        @Override
        @JsonValue
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Whether the account has JetStream; empty if unknown. */
        Optional<Boolean> jetStream() {
            return switch (this) {
                case PRESENT, ABSENT, REFUSED -> Optional.of(true);
                case NO_JETSTREAM -> Optional.of(false);
                case DISABLED, NOT_PERMITTED, NO_ANSWER, NOT_CONNECTED -> Optional.empty();
            };
        }

        /** The condition that a failed request shows; empty for a fault of this service. */
        static Optional<Condition> of(Throwable failure) {
            if (failure instanceof StreamNotFoundException) {
                return Optional.of(ABSENT);
            } else if (failure instanceof JetStreamRefusedException) {
                return Optional.of(REFUSED);
            } else if (failure instanceof JetStreamUnavailableException) {
                return Optional.of(NO_JETSTREAM);
            } else if (failure instanceof NotPermittedException) {
                return Optional.of(NOT_PERMITTED);
            } else if (failure instanceof NoAnswerException) {
                return Optional.of(NO_ANSWER);
            }
            return failure instanceof NatsUnavailableException ? Optional.of(NOT_CONNECTED) : Optional.empty();
        }
    }

    /**
     * The figures of a store.
     *
     * @param messages in a bucket the entries, delete markers included
     * @param lastSequence of the newest message ever; in a bucket its newest revision
     * @param history the number of messages kept for each subject; null for all
     * @param ttl the age at which a message is removed; null for none
     * @param leader the server that leads the stream; null without a leader or a cluster
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
