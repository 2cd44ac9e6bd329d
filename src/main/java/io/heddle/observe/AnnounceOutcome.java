package io.heddle.observe;

import io.heddle.hold.CorruptHoldException;
import io.heddle.hold.Grant;
import io.heddle.hold.HeldByAnotherException;
import io.heddle.hold.HoldContentionException;
import io.heddle.hold.HoldLostException;
import io.heddle.hold.OutcomeUnknownException;
import io.heddle.nats.JetStreamUnavailableException;
import io.heddle.nats.NatsUnavailableException;
import io.heddle.nats.NoAnswerException;
import io.heddle.nats.NoRespondersException;
import io.heddle.nats.NotPermittedException;
import io.heddle.nats.StreamNotFoundException;
import java.util.Locale;
import java.util.concurrent.CancellationException;

/** How an announce, or the renewal of a lease, can end: the values of the tag {@code outcome}. */
enum AnnounceOutcome {
    GRANTED,
    RENEWED,
    HELD_BY_ANOTHER,
    /** The renewal of a grant that is not in force any more. */
    LOST,
    /** Other clients wrote first until the deadline. */
    CONTENTION,
    CORRUPT,
    OUTCOME_UNKNOWN,
    UNAVAILABLE,
    CANCELLED,
    ERROR;

    static AnnounceOutcome of(Grant grant) {
        return grant.renewal() ? RENEWED : GRANTED;
    }

    static AnnounceOutcome of(Throwable failure) {
        if (failure instanceof HeldByAnotherException) {
            return HELD_BY_ANOTHER;
        } else if (failure instanceof HoldLostException) {
            return LOST;
        } else if (failure instanceof HoldContentionException) {
            return CONTENTION;
        } else if (failure instanceof CorruptHoldException) {
            return CORRUPT;
        } else if (failure instanceof OutcomeUnknownException) {
            return OUTCOME_UNKNOWN;
        } else if (failure instanceof CancellationException) {
            return CANCELLED;
        }
        return isUnavailable(failure) ? UNAVAILABLE : ERROR;
    }

    /** Whether the call found out who has the file. */
    boolean isAnswer() {
        return this == GRANTED || this == RENEWED || this == HELD_BY_ANOTHER;
    }

    String tag() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether the broker, or what the call needs of it, is unavailable. */
    static boolean isUnavailable(Throwable failure) {
        return failure instanceof NatsUnavailableException
                || failure instanceof JetStreamUnavailableException
                || failure instanceof NoRespondersException
                || failure instanceof NoAnswerException
                || failure instanceof NotPermittedException
                || failure instanceof StreamNotFoundException;
    }
}
