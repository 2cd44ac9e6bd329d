package io.heddle.observe;

import io.heddle.fleet.SharePublisher.Published;
import io.heddle.mount.DeliveryMode;
import io.heddle.nats.NoAnswerException;
import java.util.Locale;
import java.util.concurrent.CancellationException;

/** How the publishing of a share can end: the values of the tag {@code outcome}. */
enum PublishOutcome {
    /** The stream keeps it. */
    STORED,
    /** By core NATS: the broker has no JetStream, and only the node agents that run now receive it. */
    BEST_EFFORT,
    /** Whether it arrived is unknown. */
    OUTCOME_UNKNOWN,
    UNAVAILABLE,
    CANCELLED,
    ERROR;

    static PublishOutcome of(Published published) {
        return published.delivery() == DeliveryMode.CORE ? BEST_EFFORT : STORED;
    }

    static PublishOutcome of(Throwable failure) {
        if (failure instanceof NoAnswerException) {
            return OUTCOME_UNKNOWN;
        } else if (failure instanceof CancellationException) {
            return CANCELLED;
        }
        return AnnounceOutcome.isUnavailable(failure) ? UNAVAILABLE : ERROR;
    }

    String tag() {
        return name().toLowerCase(Locale.ROOT);
    }
}
