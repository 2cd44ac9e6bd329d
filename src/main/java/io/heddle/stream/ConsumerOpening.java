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
import java.util.function.Supplier;

/** Makes the consumer that goes on where the last one ended, and the stream when it is absent. */
final class ConsumerOpening {

    /** When the broker removes a consumer that nobody pulls from: of a process that died, say. */
    static final Duration INACTIVE_THRESHOLD = Duration.ofSeconds(30);

    /** While a leader is elected nobody answers: how soon after that we go on. All calls here may be carried out twice. */
    private static final Duration REPEAT = Duration.ofMillis(400);

    private final JetStreamApi api;
    private final StreamQuery query;

    ConsumerOpening(JetStreamApi api, StreamQuery query) {
        this.api = api;
        this.query = query;
    }

    /**
     * @param mayMakeStream whether an absent stream is made now, when the query says how
     * @param timeout for each of the calls
     */
    Uni<Opened> open(Progress progress, String name, boolean mayMakeStream, Duration timeout) {
        JetStreamApi calls = api.withTimeout(timeout).insisting(REPEAT);
        return calls.streamInfo(query.stream())
                .onFailure(StreamNotFoundException.class)
                .recoverWithUni(failure -> absent(calls, failure, mayMakeStream))
                .chain(before -> consumer(calls, before, progress, name));
    }

    private Uni<StreamInfo> absent(JetStreamApi calls, Throwable failure, boolean mayMakeStream) {
        Supplier<StreamConfiguration> whenAbsent = query.whenAbsent();
        if (whenAbsent == null || !mayMakeStream) {
            return Uni.createFrom().failure(failure);
        }
        return calls.createStream(whenAbsent.get())
                .invoke(() -> LOG.streamMade(query.stream()))
                // Somebody else was faster and wants it otherwise: it is used as it is.
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
                    // Replaced between the two calls, the consumer would read the new stream from the old one's
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

    /** The stream was replaced while a consumer was made for it; the next attempt sees the new one. */
    static final class StreamReplacedException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        StreamReplacedException(String stream) {
            super("stream " + stream + " was replaced in this moment");
        }
    }
}
