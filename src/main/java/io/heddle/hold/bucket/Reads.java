package io.heddle.hold.bucket;

import io.heddle.hold.CorruptHoldException;
import io.heddle.hold.FilePath;
import io.heddle.hold.HeldByAnotherException;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldName;
import io.heddle.hold.bucket.HoldEntry.Corrupt;
import io.heddle.hold.bucket.HoldEntry.Held;
import io.heddle.nats.NatsUnavailableException;
import io.heddle.stream.clock.BrokerClock.Reading;
import io.smallrye.mutiny.Uni;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The calls that change nothing. Thread-safe. */
public final class Reads {

    private final HoldEngine engine;

    public Reads(HoldEngine engine) {
        this.engine = engine;
    }

    /** Returns the exclusive hold of exactly this file, read from the leader, or else what overlaps with it in the index. */
    public Uni<Optional<Hold>> whoHas(FilePath file) {
        return holder(file, null)
                .map(holder -> holder.or(() -> overlapping(file).stream().findFirst()));
    }

    /** Completes when no one holds the file or what overlaps with it; fails with {@link HeldByAnotherException} otherwise. */
    public Uni<Void> free(FilePath file) {
        return holder(file, engine.index.lookup(HoldName.of(file))).chain(holder -> {
            List<Hold> holds = holder.map(List::of).orElseGet(() -> overlapping(file));
            return holds.isEmpty()
                    ? Uni.createFrom().voidItem()
                    : Uni.createFrom().failure(new HeldByAnotherException(file, holds));
        });
    }

    /** Returns the live holds that overlap with each path, without those of one holder. */
    public Uni<Map<FilePath, List<Hold>>> query(Collection<FilePath> paths, @Nullable String except) {
        return Uni.createFrom()
                .completionStage(() -> engine.calibrated().thenCompose(done -> engine.overlaps.upToDate()))
                .onFailure(TimeoutException.class)
                .transform(late -> new NatsUnavailableException("the index of holds is not complete", late))
                .map(complete -> {
                    Map<FilePath, List<Hold>> held = new LinkedHashMap<>();
                    for (FilePath path : paths) {
                        List<Hold> others = overlapping(path).stream()
                                .filter(hold -> !hold.holder().equals(except))
                                .toList();
                        if (!others.isEmpty()) {
                            held.put(path, others);
                        }
                    }
                    return held;
                });
    }

    /**
     * Reads the entry of the hold with this token from the leader; vacant while an earlier hold conflicts with it, because then it is
     * not granted.
     */
    public Uni<HoldEntry> granted(FilePath file, long token) {
        return Uni.createFrom().completionStage(() -> engine.read(named(file, token))
                .thenCompose(entry -> isGrant(entry, token) || engine.index.position() >= token
                        ? CompletableFuture.completedFuture(entry)
                        : readShared(file, token, entry))
                .thenCompose(entry -> verified(entry, token)));
    }

    /** The token is newer than what the index knows: it may be that of a shared hold. */
    private CompletableFuture<HoldEntry> readShared(FilePath file, long token, HoldEntry exclusive) {
        return engine.overlaps.upToDate().thenCompose(complete -> {
            HoldName name = named(file, token);
            return name.isShared() ? engine.read(name) : CompletableFuture.completedFuture(exclusive);
        });
    }

    private CompletableFuture<HoldEntry> verified(HoldEntry entry, long token) {
        return entry instanceof Held held && isGrant(entry, token)
                ? engine.overlaps
                        .verify(held, engine.clock.now())
                        .thenApply(earlier -> earlier.isEmpty() ? entry : HoldEntry.NONE)
                : CompletableFuture.completedFuture(entry);
    }

    private HoldName named(FilePath file, long token) {
        return namesAt(file).stream()
                .filter(one -> isGrant(engine.index.lastKnown(one), token))
                .findFirst()
                .orElse(HoldName.of(file));
    }

    /** Returns the names of the holds of exactly this file: the exclusive one, and the shared ones that this process knows. */
    public List<HoldName> namesAt(FilePath file) {
        return Stream.concat(
                        Stream.of(HoldName.of(file)),
                        engine.index.overlapping(file).stream()
                                .map(Held::name)
                                .filter(name -> name.isShared() && name.file().equals(file)))
                .toList();
    }

    private List<Hold> overlapping(FilePath file) {
        Reading now = engine.clock.now();
        return engine.overlaps.of(file, hold -> !HoldRules.hasEnded(hold, now));
    }

    private static boolean isGrant(HoldEntry entry, long token) {
        return entry instanceof Held held && held.hold().token() == token;
    }

    /** @param known the file's entry; null reads it from the leader */
    private Uni<Optional<Hold>> holder(FilePath file, @Nullable HoldEntry known) {
        return Uni.createFrom().completionStage(engine.calibrated().thenCompose(done -> {
            // From before the read: an entry that ends while its answer is on the way may have been renewed meanwhile.
            Reading asked = engine.clock.now();
            CompletableFuture<HoldEntry> entry =
                    known == null ? engine.bucket.read(HoldName.of(file)) : CompletableFuture.completedFuture(known);
            return entry.thenApply(found -> holder(file, found, asked));
        }));
    }

    private static Optional<Hold> holder(FilePath file, HoldEntry entry, Reading asked) {
        if (entry instanceof Corrupt corrupt) {
            throw new CorruptHoldException(file + ": " + corrupt.reason());
        }
        return entry instanceof Held held && !HoldRules.hasEnded(held.hold(), asked)
                ? Optional.of(held.hold())
                : Optional.empty();
    }
}
