package io.heddle.mount;

import io.heddle.mount.ShareRefusedException.Reason;
import io.nats.client.impl.Headers;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Something that happened to a share on this machine. Holds no credential. */
public sealed interface ShareEvent {

    /** The state or the error of a share changed. */
    record Changed(ShareStatus status) implements ShareEvent {}

    /**
     * An attempt to mount or unmount ended.
     *
     * @param result {@code ok}, {@code busy}, {@code refused} or {@code error}
     * @param attempt the number of the attempt since the desired state changed or the mount was lost, from 1
     * @param cause the headers of the message that asked for it; null when it had none, or when no message did: a stored share at
     *     start, a lost mount
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
     * @param sequence its sequence in the stream; 0 when it did not come from one
     * @param id the share's id, when readable
     */
    record Rejected(
            Reason reason,
            String detail,
            long sequence,
            @Nullable String id) implements ShareEvent {}

    /** A valid message named a backend that is not served here. */
    record Ignored(String id, String backend) implements ShareEvent {}
}
