package io.heddle.hold;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Holds on files and directories: one holder edits a file, or everything below a directory, until a given time; or several holders
 * read it, with shared holds. Holds of different holders conflict when their paths overlap and they are not both shared; no two
 * conflicting holds are in force at once. They are entries of one JetStream key-value bucket, which Go programs use too. The
 * model, the guarantees and their limits are in docs/holds.md. What is said of a file here is true of a directory too: see {@link
 * FilePath#directory}.
 *
 * <p><b>Calls</b> are made at each subscription to their {@code Uni} and cost one request to the broker where possible. No thread
 * waits. Results arrive on a thread of the client library: do not block it, or continue with {@code emitOn}. The grant of a
 * cancelled call is rolled back, also when the cancellation and the answer cross.
 *
 * <p><b>Failures</b> of every call, beside its own: {@link HoldsClosedException}; {@link io.heddle.nats.NatsUnavailableException}
 * while the broker is away (nothing was sent); {@link OutcomeUnknownException} from a call that writes, when the broker went away
 * in the middle; {@link HoldContentionException}; and the kinds of {@link io.heddle.stream.kv.KvBucket}.
 *
 * <p>Thread-safe; one for each process, whose subscribers share one watch.
 */
public interface Holds extends AutoCloseable {

    /**
     * Holds a file: granted if no other holder has it, a directory above it or a file below it, unless both holds are shared. If
     * the holder has it already, its hold is renewed with the same token, or, if it has ended, granted with a new token. A holder's
     * exclusive hold and its shared one of the same file are two holds; a holder that has the only shared hold of a file can also
     * get the exclusive one.
     *
     * @return the hold and its fencing token; fails with {@link HeldByAnotherException}, {@link InvalidTtlException}, or
     *     {@link CorruptHoldException} when the file's entry can't be read
     */
    Uni<Grant> announce(HoldRequest request);

    /**
     * Waits for a file and holds it: first come first served among the calls of this process, at every change of the file.
     *
     * @param timeout after which it fails with {@link AwaitTimeoutException}
     */
    Uni<Grant> announce(HoldRequest request, Duration timeout);

    /**
     * Holds several files or none: in sorted order, so that two callers cannot deadlock; what was granted is rolled back when one
     * is refused. Fails as {@link #announce} does.
     *
     * @param requests one for each file
     * @return the grants, in sorted order of their files
     */
    Uni<List<Grant>> announceAll(Collection<HoldRequest> requests);

    /**
     * Releases the holder's exclusive and shared hold of exactly this file, guarded by the revision that was read: a successor's
     * hold is never deleted.
     */
    Uni<ReleaseOutcome> release(FilePath file, String holder);

    /**
     * Returns the live exclusive hold of exactly this file, read from the stream's leader; if there is none, a hold that overlaps with
     * it, as far as this process knows: a shared one, that of a directory above, or of a file below.
     *
     * @return empty when no one holds it; a hold that may just have ended still counts. Fails with {@link CorruptHoldException}
     */
    Uni<Optional<Hold>> whoHas(FilePath file);

    /**
     * Returns all live holds that overlap with each path, from the local index after it has everything that the stream's leader had
     * stored at the call: one request, however many paths.
     *
     * @param except holds of this holder are left out; null for none
     * @return the paths that are held, in the order of the call, each with its holds in the order of their files
     */
    Uni<Map<FilePath, List<Hold>>> query(Collection<FilePath> paths, @Nullable String except);

    /**
     * Returns the current holds, each as {@link HoldEvent.Announced}, one {@link HoldEvent.Synced}, then live events in the order
     * of the bucket. Starts when the bucket was read; survives disconnects, restarts and a recreated bucket (then
     * {@link HoldEvent.Reset} and another snapshot come). Completes at {@link #close()}; fails with
     * {@link io.heddle.broadcast.SlowSubscriberException} when the subscriber is more than {@code heddle.holds.event-buffer}
     * live events behind.
     */
    Multi<HoldEvent> subscribe();

    /**
     * Returns the events since a revision, then live events. If they are not kept: {@link HoldEvent.Reset} and a snapshot.
     *
     * @param after the {@link HoldEvent#revision()} of the last received event. An {@link HoldEvent.Expired} of that revision
     *     may be repeated
     */
    Multi<HoldEvent> subscribe(long after);

    /**
     * The same with an id for each event, from which this or another process that reads the same bucket resumes: without a gap,
     * and without repetition, except of an {@link HoldEvent.Expired} if the id is another process's. If the id is not known (any
     * more): {@link HoldEvent.Reset} and a snapshot.
     *
     * @param last the id of the last received event; null to start with the snapshot
     * @param buffer how many live events the subscriber may be behind; at least 1
     */
    default Multi<LoggedHoldEvent> follow(@Nullable HoldEventId last, int buffer) {
        return follow(last, buffer, HoldFilter.ALL);
    }

    /** The same for a part of the events: the others cost this subscriber nothing, and take no room in its buffer. */
    Multi<LoggedHoldEvent> follow(@Nullable HoldEventId last, int buffer, HoldFilter filter);

    /** Reads a key that is never written, and returns how long that took; a failure is the original one. */
    Uni<Duration> probe();

    /** Announces with a lease that renews the hold; the three below as their {@code announce}. */
    Uni<HoldLease> acquire(HoldRequest request);

    Uni<HoldLease> acquire(HoldRequest request, Duration timeout);

    Uni<List<HoldLease>> acquireAll(Collection<HoldRequest> requests);

    /** Waits until no one holds a file or what overlaps with it, in one queue with the calls that {@link #acquire} it. It may be held again at once. */
    Uni<Void> await(FilePath file, Duration timeout);

    /**
     * Transfers an exclusive hold in one step; no other holder can come between. The new hold has the ttl, checkout path and reason of
     * the old one, starts now, and has a new token. (A shared hold is not transferred: the other holder announces its own.)
     *
     * @param token the current token of the hold; fails with {@link HoldLostException} when it is not in force, and with {@link
     *     HeldByAnotherException} when the present holder also has a directory above or a file below. If it announces one at the
     *     same time, the hold may end instead
     */
    Uni<Grant> transfer(FilePath file, long token, String toHolder);

    /**
     * Asserts at the stream's leader that a hold is in force and will be for a while.
     *
     * @param remaining zero or more
     * @return the hold; fails with {@link HoldLostException}
     */
    Uni<Hold> assertHeld(FilePath file, long token, Duration remaining);

    /** Returns how much longer a hold is certainly in force, read from the stream's leader; zero when it is not. */
    Uni<Duration> remaining(FilePath file, long token);

    /** Returns all matching holds that this process knows of: see the other {@code list}. */
    default Uni<List<Hold>> list(HoldFilter filter) {
        return list(filter, null, Integer.MAX_VALUE);
    }

    /**
     * Returns a page of the holds that this process knows of, sorted by file. A page costs what it returns, however many holds
     * there are.
     *
     * @param after only the files after this one: the last one of the page before; null for the first page
     * @param limit how many holds at most; more only to have all shared holds of the last file
     */
    Uni<List<Hold>> list(HoldFilter filter, @Nullable FilePath after, int limit);

    /** Releases every file that a holder has, as far as this process knows, and returns those files. */
    Uni<List<FilePath>> releaseAll(String holder);

    /**
     * Deletes the entry of exactly this file, corrupt or not, and its shared holds as far as this process knows: for administrators.
     *
     * @param by who deletes it; part of the event
     * @return whether there was an entry
     */
    Uni<Boolean> forceRelease(FilePath file, String by);

    /** The same for a key that is not the key of a file: see {@link HoldEvent.Corrupt#key()}. */
    Uni<Boolean> forceReleaseKey(String key, String by);

    /** Returns the status, for health checks and meters; asks no one. */
    HoldsStatus status();

    /** Ends every stream and every call under way. Holds stay as they are; leases stop renewing. Idempotent. */
    @Override
    void close();
}
