package io.heddle.stream;

import static io.heddle.stream.StreamLog.LOG;

import io.heddle.nats.StreamNotFoundException;
import io.heddle.stream.request.JetStreamApi;
import io.heddle.stream.request.StreamNameInUseException;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.DeliverPolicy;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.function.Supplier;

/** Creates the consumer that resumes where the last one ended, and the stream when it is absent. */
final class ConsumerOpening {

    /** When the broker removes a consumer without pulls, such as that of a dead process. */
    static final Duration INACTIVE_THRESHOLD = Duration.ofSeconds(30);

    /** During the election of a leader no one answers; repeats find the new one soon. All calls here may be carried out twice. */
    private static final Duration REPEAT = Duration.ofMillis(400);

    private final JetStreamApi api;
    private final StreamQuery query;

    ConsumerOpening(JetStreamApi api, StreamQuery query) {
        this.api = api;
        this.query = query;
    }

    /**
     * @param mayCreateStream whether an absent stream is created now, if the query has its configuration
     * @param timeout for each of the calls
     */
    Uni<Opened> open(Progress progress, String name, boolean mayCreateStream, Duration timeout) {
        JetStreamApi calls = api.withTimeout(timeout).insisting(REPEAT);
        return calls.streamInfo(query.stream())
                .onFailure(StreamNotFoundException.class)
                .recoverWithUni(failure -> absent(calls, failure, mayCreateStream))
                .chain(before -> consumer(calls, before, progress, name));
    }

    private Uni<StreamInfo> absent(JetStreamApi calls, Throwable failure, boolean mayCreateStream) {
        Supplier<StreamConfiguration> whenAbsent = query.whenAbsent();
        if (whenAbsent == null || !mayCreateStream) {
            return Uni.createFrom().failure(failure);
        }
        return calls.createStream(whenAbsent.get())
                .invoke(() -> LOG.streamMade(query.stream()))
                // Another client created it with another configuration: use it as it is.
                .onFailure(StreamNameInUseException.class)
                .recoverWithUni(() -> calls.streamInfo(query.stream()));
    }

    private Uni<Opened> consumer(JetStreamApi calls, StreamInfo before, Progress progress, String name) {
        StreamIdentity identity = identityOf(before);
        long lastSequence = before.getStreamState().getLastSequence();
        boolean restarted = progress.isContradictedBy(identity, lastSequence);
        ConsumerConfiguration configuration = configuration(name, restarted ? Progress.NONE : progress);
        return calls.createConsumer(query.stream(), configuration)
                .chain(consumer -> calls.streamInfo(query.stream()).map(after -> {
                    // If it was replaced between the two calls, the consumer reads the new stream from the old one's
                    // sequence.
                    if (!identityOf(after).equals(identity)
                            || after.getStreamState().getLastSequence() < lastSequence) {
                        throw new StreamReplacedException(query.stream());
                    }
                    return new Opened(identity, lastSequence, restarted, name, consumer.getNumPending());
                }));
    }

    private ConsumerConfiguration configuration(String name, Progress progress) {
        ConsumerConfiguration.Builder builder = ConsumerConfiguration.builder()
                .name(name)
                .filterSubjects(query.subjects())
                .ackPolicy(AckPolicy.None)
                .memStorage(true)
                .numReplicas(1)
                .inactiveThreshold(INACTIVE_THRESHOLD);
        if (!progress.mustReplay()) {
            return builder.deliverPolicy(DeliverPolicy.ByStartSequence)
                    .startSequence(progress.received() + 1)
                    .build();
        }
        Instant since = query.since();
        if (since != null) {
            return builder.deliverPolicy(DeliverPolicy.ByStartTime)
                    .startTime(since.atZone(ZoneOffset.UTC))
                    .build();
        }
        return builder.deliverPolicy(
                        switch (query.replay()) {
                            case ALL -> DeliverPolicy.All;
                            case LAST_PER_SUBJECT -> DeliverPolicy.LastPerSubject;
                        })
                .build();
    }

    private static StreamIdentity identityOf(StreamInfo info) {
        return new StreamIdentity(
                info.getConfiguration().getName(), info.getCreateTime().toInstant());
    }

    /** The stream was replaced while its consumer was created; the next attempt finds the new one. */
    static final class StreamReplacedException extends RuntimeException {

        StreamReplacedException(String stream) {
            super("stream " + stream + " was replaced at the same time");
        }
    }
}
