package io.heddle.stream;

import io.heddle.nats.JetStreamUnavailableException;
import io.heddle.nats.NatsConnection;
import io.smallrye.mutiny.Multi;
import java.util.concurrent.Flow;

/**
 * Reads a stream without end, no faster than its subscriber requests, and resumes by itself after any failure of the connection,
 * the consumer or the stream.
 *
 * <p>Each subscription has a consumer of its own at the broker (ephemeral, without acknowledgements, removed 30 s after its
 * process died) and one thread of the client library.
 *
 * <ul>
 *   <li><b>Demand</b> reaches the broker: as many messages are pulled as were requested, at most {@value PullWindow#LARGEST} at a
 *       time; a subscriber that requests nothing pulls nothing. Signals that are not messages also need demand; signals that
 *       contradict each other while they wait are dropped.
 *   <li><b>Order</b> is that of the stream; no message is duplicated, and none is missed while the stream is the same.
 *   <li><b>Threads</b>: signals are serialised. They arrive on the client library's thread of this subscription, on Mutiny's
 *       worker threads, or on the thread that requests. A subscriber that blocks delays only this subscription.
 *   <li><b>Interruptions</b> are reported as {@link StreamSignal.Interrupted} and retried without limit, at most a second or two
 *       apart, with jitter. A silent broker is detected after about 1.5 s while messages are awaited. An absent stream is created
 *       as the query says: at once the first time; after a deletion with a delay, in which another client may create it. An
 *       existing stream is never changed.
 *   <li><b>Failure</b>: {@link JetStreamUnavailableException} when the broker has no JetStream (reported three times in a
 *       row, about 0.2 s), {@link io.heddle.nats.NatsUnavailableException} when the connection was closed for good.
 *       It never completes.
 *   <li><b>Not seen</b>: a stream rolled back by its administrator that has grown beyond its old end before the next check,
 *       and messages purged from the stream.
 * </ul>
 *
 * <p>Immutable and thread-safe.
 */
public final class StreamSource {

    private final NatsConnection connection;
    private final StreamQuery query;

    public StreamSource(NatsConnection connection, StreamQuery query) {
        this.connection = connection;
        this.query = query;
    }

    /** A cold stream: each subscription reads from the beginning that the query says, and ends when it is cancelled. */
    public Multi<StreamSignal> subscribe() {
        return Multi.createFrom().publisher(this::subscribe);
    }

    private void subscribe(Flow.Subscriber<? super StreamSignal> subscriber) {
        new StreamSubscription(connection, query, subscriber).start();
    }
}
