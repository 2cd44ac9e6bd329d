package io.heddle.stream;

import io.heddle.nats.JetStreamUnavailableException;
import io.heddle.nats.NatsConnection;
import io.smallrye.mutiny.Multi;
import java.util.concurrent.Flow;

/**
 * Reads a stream for ever, as slowly as its subscriber wants, and goes on by itself where it was after whatever happened to
 * the connection, the consumer or the stream.
 *
 * <p>Each subscription has a consumer of its own at the broker (ephemeral, without acknowledgements, removed 30 s after its
 * process died) and one thread of the client library.
 *
 * <ul>
 *   <li><b>Demand</b> goes to the broker: as many messages are pulled as were requested, at most {@value PullWindow#LARGEST} at a
 *       time; a subscriber that requests nothing pulls nothing. Signals that are no messages take one of the demand too, and wait
 *       for it; those that contradict each other while they wait are dropped.
 *   <li><b>Order</b> is that of the stream; none is doubled, and none is missed while the stream is the same one.
 *   <li><b>Threads</b>: signals are serialised. They come on the client library's thread of this subscription, on Mutiny's
 *       worker threads, or on the thread that requests. Whoever blocks in them holds up this subscription, and no other.
 *   <li><b>Trouble</b> of any kind is {@link StreamSignal.Interrupted} and an endless series of attempts, at most a second or
 *       two apart, with jitter. A broker that is alive but silent is noticed after about 1.5 s (while messages are awaited).
 *       An absent stream is made as the query says, at once the first time, and after a moment for somebody else to do it when
 *       it was deleted; a stream that exists is never changed.
 *   <li><b>Failure</b>: {@link JetStreamUnavailableException} when the broker is there and has no JetStream (seen three times
 *       in a row, about 0.2 s), {@link io.heddle.nats.NatsUnavailableException} when the connection was closed for good.
 *       It never completes.
 *   <li><b>Not seen</b>: a stream rolled back by its administrator that has outgrown its old end before the next look, and
 *       messages purged from the stream.
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
