package io.heddle.hold;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The status of holds at one moment.
 *
 * @param ready whether the index is complete and the broker's time is known
 * @param revision the newest revision that was read
 * @param held how many files are held
 * @param subscribers the number of subscriptions
 * @param evicted how many subscribers were ended because they were too slow
 * @param maxTtl the maximum ttl of a hold
 * @param now the broker's time, by which holds end; its error is at most {@code clockBound}. Meaningless before {@code ready}
 * @param clockBound the maximum error of {@code now}; the ends of holds are uncertain by as much. Empty while the broker's time is
 *     not known
 * @param openOutcomes how many writes with an unknown outcome are followed up
 * @param lag how many entries the broker has reported and the watch has not delivered (it is asked every
 *     {@code heddle.holds.calibration-interval})
 * @param lagAge how long the index has been behind; zero while it is not
 * @param warning a problem of the bucket, human-readable
 */
public record HoldsStatus(
        boolean ready,
        long revision,
        int held,
        int subscribers,
        long evicted,
        Duration maxTtl,
        Instant now,
        Optional<Duration> clockBound,
        int openOutcomes,
        long lag,
        Duration lagAge,
        Optional<String> warning) {}
