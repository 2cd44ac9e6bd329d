package io.heddle.hold.event;

import io.heddle.broadcast.Broadcast;
import io.heddle.broadcast.WorkerPool;
import io.heddle.hold.HoldEvent;
import io.heddle.hold.HoldEventId;
import io.heddle.hold.HoldsClosedException;
import io.heddle.hold.LoggedHoldEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The hot stream of events. Every bucket that there ever was under the name is an era of its own: when one ends, its
 * subscribers get what was published, then {@link HoldEvent.Reset} and the snapshot of the next one, pulled by their own
 * demand, so that a big bucket does not overrun a small buffer. Thread-safe.
 */
public final class HoldStream {

    private static final long FIRST_SERIALS = 1L << 42;

    private final Executor executor = Infrastructure.getDefaultExecutor();
    private final Executor crew = new WorkerPool(
            executor,
            Infrastructure.getDefaultWorkerPool(),
            Math.max(2, Runtime.getRuntime().availableProcessors()));
    private final int buffer;
    private final int resumeRoom;
    /** Random, so that no other process has the same ones; small enough for a JSON number. */
    private final long firstSerial = ThreadLocalRandom.current().nextLong(1, FIRST_SERIALS);

    private final AtomicLong serials = new AtomicLong(firstSerial);
    private volatile Era era;
    private volatile boolean closed;
    private final AtomicLong evictedBefore = new AtomicLong();

    /** One bucket's time. The log is read and written under the broadcast's lock only. */
    private record Era(
            Broadcast<LoggedHoldEvent> broadcast, EventLog log, CompletableFuture<Void> synced, AtomicBoolean over) {
        boolean isOver() {
            return over.get();
        }
    }

    public HoldStream(int buffer, int resumeRoom) {
        this.buffer = buffer;
        this.resumeRoom = resumeRoom;
        this.era = begin();
    }

    /** Called in the order of the bucket, by one thread at a time. */
    public void publish(HoldEvent event) {
        Era now = era;
        now.broadcast().publishAll(() -> now.log().add(event).map(List::of).orElse(List.of()));
    }

    /** @param epoch of the bucket */
    public void caughtUp(String epoch, long position) {
        Era now = era;
        now.broadcast().publishAll(() -> {
            now.log().caughtUp(epoch, position);
            return List.of();
        });
        // On another thread: whoever waits for it must not run under the index's lock.
        now.synced().completeAsync(() -> null, executor);
    }

    /** The bucket is another one. */
    public void forgotten() {
        Era last = era;
        era = begin();
        evictedBefore.addAndGet(last.broadcast().evictions());
        last.over().set(true);
        last.broadcast().complete();
        last.synced().completeAsync(() -> null, executor);
    }

    public void close() {
        closed = true;
        era.broadcast().close();
        era.synced().completeAsync(() -> null, executor);
    }

    public int subscribers() {
        return era.broadcast().subscribers();
    }

    public long evictions() {
        return evictedBefore.get() + era.broadcast().evictions();
    }

    /** Completes when the bucket was read. */
    public Uni<Void> ready() {
        return Uni.createFrom().deferred(() -> {
            Era now = era;
            return Uni.createFrom()
                    .completionStage(now.synced().copy())
                    .chain(() ->
                            now.isOver() && !closed ? ready() : Uni.createFrom().voidItem());
        });
    }

    public Multi<HoldEvent> subscribe() {
        return eras(EventLog::snapshot, buffer).map(LoggedHoldEvent::event);
    }

    public Multi<HoldEvent> subscribe(long after) {
        return eras(log -> log.since(after).orElseGet(log::reset), buffer).map(LoggedHoldEvent::event);
    }

    public Multi<LoggedHoldEvent> follow(@Nullable HoldEventId last, int room) {
        return eras(last == null ? EventLog::snapshot : log -> log.since(last).orElseGet(log::reset), room);
    }

    private Multi<LoggedHoldEvent> eras(Function<EventLog, List<LoggedHoldEvent>> beginning, int room) {
        return Multi.createFrom()
                .deferred(() -> closed
                        ? Multi.createFrom().failure(new HoldsClosedException())
                        : new ChainedMulti<>(live(beginning, room), () -> closed ? null : live(EventLog::reset, room)));
    }

    /** One era, from its snapshot to its end. */
    private Multi<LoggedHoldEvent> live(Function<EventLog, List<LoggedHoldEvent>> beginning, int room) {
        return Multi.createFrom().deferred(() -> {
            Era now = era;
            return Uni.createFrom()
                    .completionStage(now.synced().copy())
                    .onItem()
                    .transformToMulti(ready -> now.broadcast().subscribe(room, () -> beginning.apply(now.log())));
        });
    }

    private Era begin() {
        return new Era(
                new Broadcast<>(crew),
                new EventLog(resumeRoom, firstSerial, serials),
                new CompletableFuture<>(),
                new AtomicBoolean());
    }
}
