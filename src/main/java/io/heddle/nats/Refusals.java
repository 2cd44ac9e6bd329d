package io.heddle.nats;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The errors of the broker that say that a permission is missing. Thread-safe. */
final class Refusals {

    private static final Pattern VIOLATION =
            Pattern.compile("permissions violation for (publish|subscription) to \"(.*?)\"", Pattern.CASE_INSENSITIVE);

    /** A refusal that lasts repeats itself. */
    private static final Duration SHOWN = Duration.ofMinutes(1);

    private final String inboxPrefix;
    private final Outbox outbox;
    private final ReplyMonitor replies;
    private final List<Consumer<NotPermittedException>> listeners = new CopyOnWriteArrayList<>();
    private volatile @Nullable Refusal latest;

    private record Refusal(NotPermittedException failure, long at) {}

    Refusals(String inboxPrefix, Outbox outbox, ReplyMonitor replies) {
        this.inboxPrefix = inboxPrefix;
        this.outbox = outbox;
        this.replies = replies;
    }

    /** @param error what the broker sent, of whatever kind */
    void received(String error) {
        Matcher violation = VIOLATION.matcher(error);
        if (!violation.find()) {
            return;
        }
        NotPermittedException failure = new NotPermittedException(violation.group(2));
        latest = new Refusal(failure, System.nanoTime());
        if (violation.group(1).equalsIgnoreCase("publish")) {
            outbox.refused(failure);
        } else if (failure.subject().startsWith(inboxPrefix)) {
            replies.dropped();
        } else {
            listeners.forEach(listener -> listener.accept(failure));
        }
    }

    Optional<NotPermittedException> latest() {
        Refusal now = latest;
        return now != null && System.nanoTime() - now.at() < SHOWN.toNanos()
                ? Optional.of(now.failure())
                : Optional.empty();
    }

    Runnable listen(Consumer<NotPermittedException> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }
}
