package io.heddle.hold;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * How holds stand at one moment.
 *
 * @param ready whether the watch is at the end of the bucket and the broker's time is known
 * @param revision the newest revision that was seen
 * @param held how many files are held
 * @param subscribers how many subscriptions there are
 * @param evicted how many subscribers were ended because they were too slow
 * @param maxTtl the longest ttl of a hold
 * @param now the broker's time, by which holds end; wrong by {@code clockBound} at most, and meaningless before {@code ready}
 * @param clockBound the maximum error of {@code now}; the ends of holds are uncertain by as much. Empty while the broker's time is
 *     not known
 * @param openOutcomes how many writes with an unknown outcome are followed up
 * @param lag how many entries of the bucket the watch has yet to bring, of those that the broker told of (it is asked every
 *     {@code heddle.holds.calibration-interval})
 * @param lagAge for how long what is known has not been complete; zero while it is
 * @param warning what is wrong with the bucket, for people
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
