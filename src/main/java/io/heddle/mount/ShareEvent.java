package io.heddle.mount;

import io.heddle.mount.ShareRefusedException.Reason;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Something that happened to a share on this machine. Holds no credential. */
public sealed interface ShareEvent {

    /** A share's state changed. */
    record Changed(ShareStatus status) implements ShareEvent {}

    /**
     * An attempt to mount or unmount ended.
     *
     * @param result {@code ok}, {@code busy}, {@code refused} or {@code error}
     */
    record Attempted(String id, ShareMount.Action action, String result, Duration took) implements ShareEvent {}

    /**
     * A message was refused.
     *
     * @param detail which rule it breaks
     * @param sequence its place in the stream; 0 when it did not come from one
     * @param id the share's id, when readable
     */
    record Rejected(
            Reason reason,
            String detail,
            long sequence,
            @Nullable String id) implements ShareEvent {}

    /** A valid message was for a backend that somebody else serves. */
    record Ignored(String id, String backend) implements ShareEvent {}
}
