package io.heddle.coding;

import io.heddle.hold.AwaitTimeoutException;
import io.heddle.hold.FilePath;
import io.heddle.hold.Grant;
import io.heddle.hold.HeldByAnotherException;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldFilter;
import io.heddle.hold.HoldLease;
import io.heddle.hold.HoldLostException;
import io.heddle.hold.HoldRequest;
import io.heddle.hold.Holds;
import io.heddle.hold.ReleaseOutcome;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A session of a coding agent: the holder of files and directories, which this process renews while the session is in contact.
 * Several processes may renew for one session: a renewal of the same holder keeps the token. Thread-safe.
 */
public final class Session {

    /** Contacts come in bursts, and a session may have many holds. */
    private static final Duration TAKE_OVER_INTERVAL = Duration.ofSeconds(1);

    private final Holds holds;
    private final CodingConfig config;
    private final LostHolds lost;
    private final SessionCounts counts;
    private final Map<FilePath, HoldLease> leases = new ConcurrentHashMap<>();
    private final List<FilePath> waitsFor = new CopyOnWriteArrayList<>();
    private volatile Contact contact;
    private volatile Instant lastContact = Instant.now();
    private volatile Instant nextTakeOver = Instant.EPOCH;
    private boolean over;

    Session(Contact contact, Holds holds, CodingConfig config, LostHolds lost, SessionCounts counts) {
        this.contact = contact;
        this.holds = holds;
        this.config = config;
        this.lost = lost;
        this.counts = counts;
    }

    /** Returns the session's name, which is the holder of its holds. */
    public String name() {
        return contact.session();
    }

    /**
     * Makes an answer to the session, which has to name the holds that the session has lost. If it fails or is cancelled, the next
     * answer names them.
     */
    public <T> Uni<T> answer(Function<List<LostHold>, Uni<T>> answer) {
        return Uni.createFrom().deferred(() -> {
            List<LostHold> taken = lost.take(name());
            return answer.apply(taken)
                    .onItem()
                    .invoke(() -> counts.addLost(taken.size()))
                    .onFailure()
                    .invoke(() -> lost.putBack(name(), taken))
                    .onCancellation()
                    .invoke(() -> lost.putBack(name(), taken));
        });
    }

    /** Returns the session's holds, also those of another process, as far as this process knows. */
    public Uni<List<Hold>> holds() {
        return holds.list(new HoldFilter(null, name()));
    }

    /**
     * Holds all of several files and directories, or none of those that it did not hold before.
     *
     * @param reason why, for others; empty for none
     * @param patience how long to wait for those of other holders; zero to fail at once
     * @return the holds that cover them. Fails with {@link HeldByAnotherException}, {@link SessionLimitException}, and as {@link
     *     Holds#announce}
     */
    public Uni<List<Hold>> hold(Collection<FilePath> files, boolean shared, String reason, Duration patience) {
        return Uni.createFrom().deferred(() -> {
            Map<FilePath, Hold> held = new LinkedHashMap<>();
            Map<FilePath, HoldRequest> missing = new LinkedHashMap<>();
            for (FilePath file : files) {
                covering(file, shared, reason)
                        .ifPresentOrElse(
                                hold -> held.put(hold.file(), hold),
                                () -> missing.put(file, request(file, shared, reason)));
            }
            if (leases.size() + missing.size() > config.maxHoldsPerSession()) {
                return Uni.createFrom()
                        .failure(new SessionLimitException("the session would hold more than "
                                + config.maxHoldsPerSession() + " files: release some, or hold their directory"));
            }
            return acquire(List.copyOf(missing.values()), patience)
                    .onFailure(HeldByAnotherException.class)
                    .invoke(counts::addRefused)
                    .map(acquired -> Stream.concat(held.values().stream(), keep(acquired).stream())
                            .toList());
        });
    }

    private Uni<List<HoldLease>> acquire(List<HoldRequest> requests, Duration patience) {
        if (requests.isEmpty()) {
            return Uni.createFrom().item(List.of());
        }
        Instant deadline = Instant.now().plus(patience);
        return holds.acquireAll(requests)
                .onFailure(HeldByAnotherException.class)
                .recoverWithUni(refusal -> {
                    Duration left = Duration.between(Instant.now(), deadline);
                    if (left.isNegative() || left.isZero()) {
                        return Uni.createFrom().failure(refusal);
                    }
                    counts.addWaited();
                    return await(requests, refusal, left);
                });
    }

    /** A single file is waited for in the order of arrival; several are tried again when the one that is held becomes free. */
    private Uni<List<HoldLease>> await(List<HoldRequest> requests, HeldByAnotherException refusal, Duration left) {
        FilePath file =
                requests.size() == 1 ? requests.get(0).file() : refusal.hold().file();
        Uni<List<HoldLease>> next = requests.size() == 1
                ? holds.acquire(requests.get(0), left).map(List::of)
                : Uni.createFrom().deferred(() -> {
                    Instant deadline = Instant.now().plus(left);
                    return holds.await(file, left)
                            .chain(() -> acquire(requests, Duration.between(Instant.now(), deadline)));
                });
        return Uni.createFrom()
                .deferred(() -> {
                    waitsFor.add(file);
                    return next;
                })
                .onFailure(AwaitTimeoutException.class)
                .transform(late -> refusal)
                .onTermination()
                .invoke(() -> waitsFor.remove(file));
    }

    /**
     * Waits until no other holder has any of several files.
     *
     * @return completes when they were free, each at some moment; fails with {@link AwaitTimeoutException}
     */
    public Uni<Void> await(Collection<FilePath> files, Duration patience) {
        Instant deadline = Instant.now().plus(patience);
        return Multi.createFrom()
                .iterable(files)
                .onItem()
                .transformToUniAndConcatenate(file -> Uni.createFrom()
                        .deferred(() -> {
                            waitsFor.add(file);
                            Duration left = Duration.between(Instant.now(), deadline);
                            return holds.await(file, left.isNegative() ? Duration.ofMillis(1) : left);
                        })
                        .onTermination()
                        .invoke(() -> waitsFor.remove(file)))
                .collect()
                .last()
                .replaceWithVoid();
    }

    /** Releases those of the files that the session holds, and returns them. */
    public Uni<List<FilePath>> release(Collection<FilePath> files) {
        return Multi.createFrom()
                .iterable(files)
                .onItem()
                .transformToUniAndConcatenate(file -> {
                    abandon(file);
                    return holds.release(file, name())
                            .map(outcome -> outcome == ReleaseOutcome.RELEASED
                                    ? Optional.of(file)
                                    : Optional.<FilePath>empty());
                })
                .filter(Optional::isPresent)
                .map(Optional::get)
                .collect()
                .asList();
    }

    /** Releases everything that the session holds, and returns it. */
    public Uni<List<FilePath>> releaseAll() {
        abandon();
        return holds.releaseAll(name());
    }

    /** Ends the session: what it is granted from now on is released at once. */
    Uni<List<FilePath>> end() {
        synchronized (this) {
            over = true;
        }
        return releaseAll();
    }

    /**
     * Transfers a hold of this session to another holder, with no one in between.
     *
     * @param token of the hold; null for the current one
     * @return the new hold; fails with {@link io.heddle.hold.HoldLostException} when this session does not hold the file with that
     *     token
     */
    public Uni<Grant> handOver(FilePath file, @Nullable Long token, String toSession) {
        return holds.assertHeld(file, token == null ? token(file) : token, Duration.ZERO)
                .chain(hold -> {
                    if (!hold.holder().equals(name())) {
                        throw new HoldLostException(file, hold.token(), "it is another session's");
                    }
                    abandon(file);
                    return holds.transfer(file, hold.token(), toSession);
                });
    }

    private long token(FilePath file) {
        HoldLease lease = leases.get(file);
        return lease == null ? 0 : lease.token();
    }

    /** Notes a contact, and starts renewing what another process has renewed for the session until now. */
    Uni<Session> contacted(Contact now) {
        contact = now.after(contact);
        Instant time = lastContact;
        if (time.isBefore(nextTakeOver)) {
            return Uni.createFrom().item(this);
        }
        nextTakeOver = time.plus(TAKE_OVER_INTERVAL);
        return holds().chain(all -> {
            List<Uni<Void>> missing = all.stream()
                    .filter(hold -> !leases.containsKey(hold.file()))
                    .map(this::takeOver)
                    .toList();
            return missing.isEmpty()
                    ? Uni.createFrom().item(this)
                    : Uni.join().all(missing).andFailFast().replaceWith(this);
        });
    }

    private Uni<Void> takeOver(Hold hold) {
        return holds.acquire(request(hold.file(), hold.shared(), hold.reason()))
                .invoke(lease -> {
                    if (lease.token() == hold.token()) {
                        List<Hold> unused = keep(List.of(lease));
                    } else {
                        lease.close(); // it was released meanwhile, and nothing asked for it again
                    }
                })
                .onFailure()
                .invoke(failure ->
                        CodingLog.LOG.notTakenOver(name(), hold.file(), String.valueOf(failure.getMessage())))
                .onFailure()
                .recoverWithNull()
                .replaceWithVoid();
    }

    /** Stops renewing; the holds end with their ttl. Returns how many there were. */
    int abandon() {
        int renewed = leases.size();
        List.copyOf(leases.keySet()).forEach(this::abandon);
        return renewed;
    }

    /** Notes the time of a contact; false when the session is over. */
    synchronized boolean touch() {
        lastContact = Instant.now();
        return !over;
    }

    /** Ends the session if it was silent for too long; its holds are left to their ttl, because another process may renew them. */
    synchronized boolean endIfIdle(Instant now) {
        over = over
                || (waitsFor.isEmpty() && lastContact.plus(config.idleTimeout()).isBefore(now));
        return over;
    }

    Contact contact() {
        return contact;
    }

    SessionState state(List<Hold> held) {
        return new SessionState(contact, lastContact, held, List.copyOf(waitsFor));
    }

    /** The certain hold of this process for a file, by its own lease or that of a directory above it. */
    private Optional<Hold> covering(FilePath file, boolean shared, String reason) {
        return Stream.concat(Stream.of(file), directoriesAbove(file))
                .flatMap(path -> Stream.ofNullable(leases.get(path)))
                .filter(HoldLease::isInForce)
                .map(HoldLease::hold)
                .filter(hold -> shared || !hold.shared())
                .filter(hold -> reason.isEmpty() || reason.equals(hold.reason()))
                .findFirst();
    }

    private static Stream<FilePath> directoriesAbove(FilePath file) {
        String path = file.plain();
        return Stream.iterate(path.lastIndexOf('/'), slash -> slash > 0, slash -> path.lastIndexOf('/', slash - 1))
                .map(slash -> FilePath.directory(path.substring(0, slash)));
    }

    private HoldRequest request(FilePath file, boolean shared, String reason) {
        Duration longest = holds.status().maxTtl();
        Duration ttl = config.ttl().compareTo(longest) < 0 ? config.ttl() : longest;
        HoldRequest request = new HoldRequest(file, name(), ttl, contact.place()).withReason(reason);
        return shared ? request.asShared() : request;
    }

    /** @throws HoldLostException when the session has ended meanwhile: then they are released */
    private synchronized List<Hold> keep(List<HoldLease> acquired) {
        if (over && !acquired.isEmpty()) {
            acquired.forEach(HoldLease::close);
            Hold first = acquired.get(0).hold();
            throw new HoldLostException(first.file(), first.token(), "its session has ended");
        }
        return acquired.stream().map(this::keep).toList();
    }

    private Hold keep(HoldLease lease) {
        Hold hold = lease.hold();
        HoldLease before = leases.put(hold.file(), lease);
        if (before != null && before.hold().shared() != hold.shared()) {
            before.close(); // another entry of the bucket
        } else if (before != null) {
            before.abandon();
        }
        lease.lost().subscribe().with(why -> leases.remove(hold.file(), lease));
        return hold;
    }

    private void abandon(FilePath file) {
        HoldLease lease = leases.remove(file);
        if (lease != null) {
            lease.abandon();
        }
    }
}
