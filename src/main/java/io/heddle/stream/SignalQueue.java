package io.heddle.stream;

import io.heddle.stream.StreamSignal.CaughtUp;
import io.heddle.stream.StreamSignal.Interrupted;
import io.heddle.stream.StreamSignal.Message;
import io.heddle.stream.StreamSignal.Restarted;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The signals that wait for demand. However often reading is interrupted meanwhile, it holds only the messages that had been
 * asked for and at most two signals between two of them. Not thread-safe.
 */
final class SignalQueue {

    private static final String REPLACED = "the stream was replaced";

    private final Deque<StreamSignal> waiting = new ArrayDeque<>();
    private boolean somethingTold;
    private boolean interruptionTold;

    void message(Message message) {
        waiting.add(message);
    }

    void caughtUp(CaughtUp signal) {
        waiting.add(signal);
    }

    /** Takes back a {@link CaughtUp} that nobody saw. Does nothing when the subscriber knows no better. */
    void interrupted(Interrupted signal) {
        if (waiting.peekLast() instanceof CaughtUp) {
            waiting.removeLast();
        }
        StreamSignal newest = waiting.peekLast();
        boolean known = newest == null ? interruptionTold || !somethingTold : newest instanceof Interrupted;
        if (!known) {
            waiting.add(signal);
        }
    }

    /** Drops what waits: it would have to be forgotten at once. */
    void restarted(Restarted signal) {
        waiting.clear();
        if (!somethingTold) {
            return;
        }
        if (!interruptionTold) {
            waiting.add(new Interrupted(REPLACED));
        }
        waiting.add(signal);
    }

    @Nullable
    StreamSignal poll() {
        StreamSignal next = waiting.poll();
        if (next != null) {
            somethingTold = true;
            interruptionTold = next instanceof Interrupted;
        }
        return next;
    }

    void clear() {
        waiting.clear();
    }
}
