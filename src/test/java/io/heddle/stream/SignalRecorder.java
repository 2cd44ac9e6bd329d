package io.heddle.stream;

import io.heddle.stream.StreamSignal.CaughtUp;
import io.heddle.stream.StreamSignal.Interrupted;
import io.heddle.stream.StreamSignal.Message;
import io.heddle.stream.StreamSignal.Restarted;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Flow;

/** Records its signals, and requests only what the test requests. */
final class SignalRecorder implements Flow.Subscriber<StreamSignal> {

    private final List<StreamSignal> signals = new ArrayList<>(); // guarded by itself
    private volatile Flow.Subscription subscription;
    private volatile Throwable failure;

    static SignalRecorder of(StreamSource source, long demand) {
        SignalRecorder recorder = new SignalRecorder();
        source.subscribe().subscribe(recorder);
        if (demand > 0) {
            recorder.request(demand);
        }
        return recorder;
    }

    void request(long count) {
        subscription.request(count);
    }

    void cancel() {
        subscription.cancel();
    }

    List<StreamSignal> signals() {
        synchronized (signals) {
            return List.copyOf(signals);
        }
    }

    /** The signals in short: the text of a message, {@code caught-up}, {@code interrupted}, {@code restarted}. */
    List<String> story() {
        return signals().stream().map(SignalRecorder::brief).toList();
    }

    List<String> texts() {
        return signals().stream()
                .filter(Message.class::isInstance)
                .map(SignalRecorder::brief)
                .toList();
    }

    boolean isCaughtUp() {
        synchronized (signals) {
            return !signals.isEmpty() && signals.get(signals.size() - 1) instanceof CaughtUp;
        }
    }

    Throwable failure() {
        return failure;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
    }

    @Override
    public void onNext(StreamSignal signal) {
        synchronized (signals) {
            signals.add(signal);
        }
    }

    @Override
    public void onError(Throwable thrown) {
        failure = thrown;
    }

    @Override
    public void onComplete() {
        failure = new AssertionError("it never completes");
    }

    private static String brief(StreamSignal signal) {
        // Exhaustive pattern switches need Java 21.
        if (signal instanceof Message message) {
            return new String(message.data(), StandardCharsets.UTF_8);
        } else if (signal instanceof CaughtUp) {
            return "caught-up";
        } else if (signal instanceof Interrupted) {
            return "interrupted";
        } else if (signal instanceof Restarted) {
            return "restarted";
        }
        throw new AssertionError(signal);
    }
}
