package io.heddle.mount.node;

import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareState;
import io.heddle.mount.ShareStatus;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What is visible of a lane. Not thread-safe. */
final class LaneStatus {

    private ShareState state = ShareState.PENDING;
    private Instant since;
    private @Nullable String error;
    private @Nullable Instant failingSince;
    private @Nullable String progress;
    private @Nullable String degraded;
    private @Nullable Instant degradedSince;

    LaneStatus(Instant now) {
        this.since = now;
    }

    ShareState state() {
        return state;
    }

    Instant since() {
        return since;
    }

    /** What is wrong; null once an attempt has succeeded. */
    @Nullable
    String error() {
        return error;
    }

    /** Sets state and error; returns whether one of them is new. */
    boolean enter(ShareState next, @Nullable String reason, Instant now) {
        boolean changed = next != state || !Objects.equals(error, reason);
        if (next != state) {
            since = now;
        }
        if (reason == null) {
            failingSince = null;
        } else if (failingSince == null) {
            failingSince = now;
        }
        state = next;
        error = reason;
        return changed;
    }

    /** Sets what a mount under way is doing; null when it begins. */
    void progress(@Nullable String text) {
        progress = text;
    }

    /** Sets why a mounted share does not answer lookups; null when it does. */
    void degraded(@Nullable String reason, Instant now) {
        degradedSince = reason == null ? null : degraded == null ? now : degradedSince;
        degraded = reason;
    }

    ShareStatus of(ShareMount desired, int attempts) {
        return new ShareStatus(
                desired.id(),
                state,
                since,
                attempts,
                error,
                failingSince,
                desired.mountPoint(),
                desired.backend(),
                desired.readonly(),
                state == ShareState.MOUNTING ? progress : null,
                state == ShareState.MOUNTED ? degraded : null,
                state == ShareState.MOUNTED ? degradedSince : null);
    }
}
