package io.heddle.hold;

import io.smallrye.mutiny.Uni;
import java.time.Instant;
import java.util.List;

/**
 * Who held which files, when, and how each hold ended. The broker records it: a stream copies every entry of the bucket and keeps it
 * for {@code heddle.holds.history.max-age}. Thread-safe.
 */
public interface HoldHistory {

    /**
     * Returns the newest holds of which an entry was stored at {@code since} or later, newest first.
     *
     * @param filter a file selects its holds and those of the directories above it; a directory also selects all below it
     * @param since in the broker's time
     * @param limit the maximum number, positive
     * @return fails with {@link io.heddle.nats.StreamNotFoundException} where there is no history, with
     *     {@link io.heddle.nats.NotPermittedException} where the broker does not permit to read it, and with another
     *     {@link io.heddle.nats.BrokerException} where the broker does not answer. Each subscription reads it again
     */
    Uni<List<PastHold>> read(HoldFilter filter, Instant since, int limit);
}
