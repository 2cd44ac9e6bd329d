package io.heddle.mount;

import io.heddle.mount.ShareRefusedException.Reason;
import io.nats.client.impl.Headers;
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
     * @param attempt how often it was tried since it was last wanted anew, or lost: 1 for the first time
     * @param cause the headers of the message that asked for it; null when it had none, or when this machine does it by itself: a
     *     remembered share at a start, a mount that was lost
     */
    record Attempted(
            String id,
            ShareMount.Action action,
            String result,
            Duration took,
            int attempt,
            @Nullable Headers cause) implements ShareEvent {}

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
