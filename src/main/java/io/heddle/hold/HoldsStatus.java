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
 * @param clockBound how wrong our idea of the broker's time may be; the ends of holds are uncertain by as much
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
        Duration clockBound,
        Optional<String> warning) {}
