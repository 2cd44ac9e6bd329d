package io.heddle.http.coding;

import io.heddle.coding.LostHold;
import io.heddle.hold.FilePath;
import io.heddle.hold.HeldByAnotherException;
import io.heddle.hold.Hold;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;

/** What coding agents read: who holds a file, why and for how long, and what they can do instead. */
final class Explanations {

    private static final String REMEDY =
            " Do not edit it now, by no other tool either. Work on other files, wait for it with"
                    + " wait_for_files, or ask the user.";

    private Explanations() {}

    /** @param now the broker's time */
    static String refused(HeldByAnotherException refusal, Instant now) {
        return refusal.conflicts().stream().map(other -> held(other, now)).collect(Collectors.joining(" ")) + REMEDY;
    }

    static String held(Hold other, Instant now) {
        String shared = other.shared() ? " for reading" : "";
        String below = other.file().isDirectory() ? " with everything below it" : "";
        String place = other.checkoutPath().isEmpty() ? "" : " (" + other.checkoutPath() + ")";
        String reason = other.reason().isEmpty() ? "" : ", reason: " + other.reason();
        return other.file() + below + " is held" + shared + " by " + other.holder() + place + reason + ", for "
                + seconds(other, now) + " s unless it is renewed.";
    }

    /** Empty when nothing is lost. */
    static String lost(List<LostHold> lost) {
        return lost.isEmpty()
                ? ""
                : lost.stream()
                                .map(hold -> hold.file() + " (" + hold.why() + ")")
                                .collect(Collectors.joining(", ", "You no longer hold ", "."))
                        + " Another agent may have changed it: read it again before you edit it.";
    }

    static String reread(FilePath file, LostHold lost) {
        return "You had lost the hold of " + lost.file() + " (" + lost.why() + "), and another agent may have changed "
                + file + ". You hold it again: read it, then repeat the edit.";
    }

    /** For how long a hold is in force at least; never negative. */
    static Duration remaining(Hold hold, Instant now) {
        Duration left = Duration.between(now, hold.endsAt());
        return left.isNegative() ? Duration.ZERO : left;
    }

    private static long seconds(Hold hold, Instant now) {
        return Math.max(1, remaining(hold, now).toSeconds());
    }
}
