package io.heddle.nats;

import io.nats.client.impl.Headers;
import io.smallrye.mutiny.Uni;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * Sees one operation from its beginning, when it is made, to its end: the door for meters and traces, which the rooms below know
 * nothing else of. {@link #none()} costs nothing.
 *
 * <p>Called on whatever thread the operation is on: must not block, and must not throw.
 *
 * @param <R> the operation's result
 */
public interface Observation<R> {

    /** Adds what is to travel with a message of the operation; called once for each message, before it is sent. */
    default void carry(Headers headers) {}

    /** The operation has done what it was asked for. Called once, unless {@link #failed} is. */
    default void succeeded(R result) {}

    /** The operation has not; {@link CancellationException} when nobody waited for it any more. */
    default void failed(Throwable failure) {}

    /** Nobody looks. */
    @SuppressWarnings("unchecked") // it takes any result
    static <R> Observation<R> none() {
        return (Observation<R>) NoObservation.INSTANCE;
    }

    /** Several that look at the same operation. */
    static <R> Observation<R> all(List<Observation<R>> observations) {
        List<Observation<R>> looking =
                observations.stream().filter(Observation::isLooking).toList();
        return switch (looking.size()) {
            case 0 -> none();
            case 1 -> looking.get(0);
            default -> new SeveralObservations<>(looking);
        };
    }

    /** Whether anybody looks. */
    default boolean isLooking() {
        return this != NoObservation.INSTANCE;
    }

    /** The headers of a message, with what is to travel with it; null when that is nothing. Those given are not changed. */
    default @Nullable Headers on(@Nullable Headers headers) {
        if (!isLooking()) {
            return headers;
        }
        Headers all = headers == null ? new Headers() : new Headers(headers);
        carry(all);
        return all.isEmpty() ? null : all;
    }

    /** The work, whose end is reported to this observation. */
    default Uni<R> over(Uni<R> work) {
        return !isLooking()
                ? work
                : work.onTermination().invoke((result, failure, cancelled) -> {
                    if (cancelled) {
                        failed(new CancellationException());
                    } else if (failure != null) {
                        failed(failure);
                    } else {
                        succeeded(result);
                    }
                });
    }
}
