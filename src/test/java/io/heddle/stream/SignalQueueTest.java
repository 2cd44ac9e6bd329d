package io.heddle.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.stream.StreamSignal.CaughtUp;
import io.heddle.stream.StreamSignal.Interrupted;
import io.heddle.stream.StreamSignal.Message;
import io.heddle.stream.StreamSignal.Restarted;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SignalQueueTest {

    private static final StreamIdentity STREAM = new StreamIdentity("S", Instant.EPOCH);
    private static final StreamIdentity OTHER = new StreamIdentity("S", Instant.EPOCH.plusSeconds(1));
    private static final Message MESSAGE = new Message("s", new byte[0], null, 1, Instant.EPOCH);
    private static final CaughtUp CAUGHT_UP = new CaughtUp(STREAM, 1);
    private static final Interrupted INTERRUPTED = new Interrupted("a reason");
    private static final Restarted RESTARTED = new Restarted(OTHER);

    private final SignalQueue queue = new SignalQueue();

    @Test
    void saysNothingOfAnInterruptionBeforeAnythingWasTold() {
        queue.interrupted(INTERRUPTED);

        assertThat(rest()).isEmpty();
    }

    @Test
    void takesBackACaughtUpThatNobodySaw() {
        queue.message(MESSAGE);
        queue.caughtUp(CAUGHT_UP);

        queue.interrupted(INTERRUPTED);

        assertThat(rest()).containsExactly(MESSAGE, INTERRUPTED);
    }

    @Test
    void doesNotGrowWhileNobodyAsks() {
        queue.caughtUp(CAUGHT_UP);
        assertThat(queue.poll()).isEqualTo(CAUGHT_UP);

        for (int i = 0; i < 100; i++) {
            queue.interrupted(INTERRUPTED);
            queue.caughtUp(CAUGHT_UP);
        }

        assertThat(rest()).containsExactly(INTERRUPTED, CAUGHT_UP);
    }

    @Test
    void dropsWhatCameFromTheOldStream() {
        queue.caughtUp(CAUGHT_UP);
        assertThat(queue.poll()).isEqualTo(CAUGHT_UP);
        queue.message(MESSAGE);
        queue.interrupted(INTERRUPTED);

        queue.restarted(RESTARTED);
        queue.restarted(RESTARTED);

        assertThat(rest()).hasSize(2).first().isInstanceOf(Interrupted.class);
    }

    @Test
    void restartsSilentlyWhenNothingWasTold() {
        queue.message(MESSAGE);

        queue.restarted(RESTARTED);
        queue.caughtUp(CAUGHT_UP);

        assertThat(rest()).containsExactly(CAUGHT_UP);
    }

    private List<StreamSignal> rest() {
        List<StreamSignal> signals = new ArrayList<>();
        for (StreamSignal signal = queue.poll(); signal != null; signal = queue.poll()) {
            signals.add(signal);
        }
        return signals;
    }
}
