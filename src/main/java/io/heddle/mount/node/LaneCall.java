package io.heddle.mount.node;

import io.heddle.mount.ShareMount;
import io.nats.client.impl.Headers;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A call to the applier.
 *
 * @param goal the desired state when the call began
 * @param target what the call does: the goal, or an unmount that has to come first
 * @param cause the headers of the message that asked for the goal; null when there was no message
 */
record LaneCall(
        long generation,
        ShareMount goal,
        ShareMount target,
        Instant started,
        int attempt,
        @Nullable Headers cause) {}
