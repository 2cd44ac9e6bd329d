package io.heddle.hold;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Holds on files: "this agent is editing this file, until then". They live in one JetStream key-value bucket that agents
 * written in Go use too. The model, the guarantees and their limits are in docs/holds.md.
 *
 * <p><b>Calls</b> are made at each subscription to their {@code Uni}, never earlier, and cost one request on the server where
 * that is possible. No thread waits. Answers come on the client library's thread for answers: do not block in them, or move
 * on with {@code emitOn}. A call that is cancelled rolls back what it was granted, also when the
 * cancellation and the answer cross.
 *
 * <p><b>Failures</b> of every call, beside its own: {@link HoldsClosedException}; {@link io.heddle.nats.NatsUnavailableException}
 * while the broker is away (nothing was sent); {@link OutcomeUnknownException} from a call that writes, when the broker went away
 * in the middle; {@link HoldContentionException}; and the kinds of {@link io.heddle.stream.kv.KvBucket}.
 *
 * <p>Immutable from the outside, thread-safe, one for the whole process: all its subscribers share one watch.
 */
public interface Holds extends AutoCloseable {

    /**
     * Holds a file: granted when it is vacant, its hold has ended, or it is the agent's own. One's own hold is renewed, with
     * the token it has; once it has ended it is a new grant with a new token.
     *
     * @param holder not empty
     * @param ttl over 0, at most the bucket's TTL
     * @param checkoutPath where the agent's working copy is, for people; may be empty
     * @return the hold and its fencing token; fails with {@link HeldByAnotherException}, {@link InvalidTtlException},
     *     {@link InvalidHolderException}, or {@link CorruptHoldException} when the file's entry can't be read
     */
    Uni<Grant> announce(FilePath file, String holder, Duration ttl, String checkoutPath);

    /** Frees a file if that agent holds it, guarded by the revision that was read: a successor's hold is never hit. */
    Uni<ReleaseOutcome> release(FilePath file, String holder);

    /**
     * Who holds a file, asked of the stream's leader.
     *
     * @return empty when nobody does; a hold that may just have ended still counts. Fails with {@link CorruptHoldException}
     */
    Uni<Optional<Hold>> whoHas(FilePath file);

    /**
     * The holds as they are, each as {@link HoldEvent.Announced}, one {@link HoldEvent.Synced}, then what happens, in the order
     * of the bucket. Begins once the bucket was read; survives disconnects, restarts and a bucket made anew (then
     * {@link HoldEvent.Reset} and another snapshot come). Completes at {@link #close()}; fails with
     * {@link io.heddle.broadcast.SlowSubscriberException} when the subscriber is more than {@code heddle.holds.event-buffer}
     * live events behind.
     */
    Multi<HoldEvent> subscribe();

    /**
     * What happened since a revision, then what happens. When that is no longer known: {@link HoldEvent.Reset} and a snapshot.
     *
     * @param after the {@link HoldEvent#revision()} of the last event that was seen. An {@link HoldEvent.Expired} of that very
     *     revision may come a second time
     */
    Multi<HoldEvent> subscribe(long after);

    /**
     * The same with an id for each event, to go on from in this process or another one that reads the same bucket: nothing is
     * missed, and nothing comes twice, except that an {@link HoldEvent.Expired} may where the id is another process's. When
     * the id is not known (any more): {@link HoldEvent.Reset} and a snapshot.
     *
     * @param last the id of the last event that was seen; null to begin with the snapshot
     * @param buffer how many live events the subscriber may be behind; at least 1
     */
    Multi<LoggedHoldEvent> follow(@Nullable HoldEventId last, int buffer);

    /** Reads a key that is never written, from end to end; any failure comes as it is. Takes the time it took. */
    Uni<Duration> probe();

    /** Holds a file with a lease that renews itself. Fails as {@link #announce} does. */
    Uni<HoldLease> acquire(FilePath file, String holder, Duration ttl, String checkoutPath);

    /**
     * Holds several files or none: in sorted order, so that two who want the same files can't stop each other for ever; what
     * was granted is released when one is refused. Fails as {@link #announce} does.
     *
     * @return the leases, in sorted order of their files
     */
    Uni<List<HoldLease>> acquireAll(Collection<FilePath> files, String holder, Duration ttl, String checkoutPath);

    /** The same without leases: the holds last for their ttl. */
    Uni<List<Grant>> announceAll(Collection<FilePath> files, String holder, Duration ttl, String checkoutPath);

    /**
     * Waits for a file and holds it. Woken by every change of the file, first come first served among the calls of this process.
     *
     * @param timeout fails with {@link AwaitTimeoutException} after it
     */
    Uni<HoldLease> acquire(FilePath file, String holder, Duration ttl, String checkoutPath, Duration timeout);

    /**
     * The same without a lease: the hold lasts for its ttl, and is the caller's to renew. A wait that is cancelled takes back
     * what it is granted.
     */
    Uni<Grant> announce(FilePath file, String holder, Duration ttl, String checkoutPath, Duration timeout);

    /** Waits until nobody holds a file, in turn with those who {@link #acquire} it. It may be held again at once. */
    Uni<Void> await(FilePath file, Duration timeout);

    /**
     * Passes a hold on in one step: nobody can slip in between. The new hold has the ttl and checkout of the old one, begins
     * now, and has a new token.
     *
     * @param token the token of the hold as it is; fails with {@link HoldLostException} when it is not in force
     */
    Uni<Grant> transfer(FilePath file, long token, String toAgent);

    /**
     * Makes sure, at the stream's leader, that a hold is in force and will be for a while.
     *
     * @param remaining zero or more
     * @return the hold; fails with {@link HoldLostException}
     */
    Uni<Hold> assertHeld(FilePath file, long token, Duration remaining);

    /** How much longer a hold is surely in force, asked of the stream's leader; zero when it is not. */
    Uni<Duration> remaining(FilePath file, long token);

    /**
     * The holds that this process knows of, sorted by file.
     *
     * @param within only files that are this one or below it; null for all
     * @param holder only this agent's; null for all
     */
    Uni<List<Hold>> list(@Nullable FilePath within, @Nullable String holder);

    /** Releases every file that an agent holds, as far as this process knows. Gives the files that were. */
    Uni<List<FilePath>> releaseAll(String holder);

    /**
     * Removes whatever is under a file, corrupt or not: for administrators.
     *
     * @param by who does it; others are told
     * @return whether there was anything
     */
    Uni<Boolean> forceRelease(FilePath file, String by);

    /** The same for a key that is no file's: see {@link HoldEvent.Corrupt#key()}. */
    Uni<Boolean> forceReleaseKey(String key, String by);

    /** How things stand, for health checks and people; known without asking anybody. */
    HoldsStatus status();

    /** Ends every stream and every call under way. Holds stay as they are; leases stop renewing. Idempotent. */
    @Override
    void close();
}
