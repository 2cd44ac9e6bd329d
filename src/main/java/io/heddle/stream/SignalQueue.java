package io.heddle.stream;

import io.heddle.stream.StreamSignal.CaughtUp;
import io.heddle.stream.StreamSignal.Interrupted;
import io.heddle.stream.StreamSignal.Message;
import io.heddle.stream.StreamSignal.Restarted;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The signals that wait for demand. However often reading is interrupted, it holds only requested messages, and at most two other
 * signals between two of them. Not thread-safe.
 */
final class SignalQueue {

    private static final String REPLACED = "the stream was replaced";

    private final Deque<StreamSignal> waiting = new ArrayDeque<>();
    private boolean delivered;
    private boolean interruptionDelivered;

    void message(Message message) {
        waiting.add(message);
    }

    void caughtUp(CaughtUp signal) {
        waiting.add(signal);
    }

    /** Removes a {@link CaughtUp} that was not delivered. Adds nothing when the subscriber already knows. */
    void interrupted(Interrupted signal) {
        if (waiting.peekLast() instanceof CaughtUp) {
            waiting.removeLast();
        }
        StreamSignal newest = waiting.peekLast();
        boolean known = newest == null ? interruptionDelivered || !delivered : newest instanceof Interrupted;
        if (!known) {
            waiting.add(signal);
        }
    }

    /** Drops the waiting signals: the subscriber would have to forget them at once. */
    void restarted(Restarted signal) {
        waiting.clear();
        if (!delivered) {
            return;
        }
        if (!interruptionDelivered) {
            waiting.add(new Interrupted(REPLACED));
        }
        waiting.add(signal);
    }

    @Nullable
    StreamSignal poll() {
        StreamSignal next = waiting.poll();
        if (next != null) {
            delivered = true;
            interruptionDelivered = next instanceof Interrupted;
        }
        return next;
    }

    void clear() {
        waiting.clear();
    }
}
