package io.heddle.hold.event;

import io.heddle.broadcast.Broadcast;
import io.heddle.broadcast.WorkerPool;
import io.heddle.hold.FilePath;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldEvent;
import io.heddle.hold.HoldEventId;
import io.heddle.hold.HoldFilter;
import io.heddle.hold.HoldsClosedException;
import io.heddle.hold.LoggedHoldEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.smallrye.mutiny.operators.multi.MultiRepeatUntilOp;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The hot stream of hold events. Each bucket that has existed under the name is an era of its own: when an era ends, its
 * subscribers receive what was published, then {@link HoldEvent.Reset} and the snapshot of the next era. Subscribers pull
 * snapshots by their own demand, so a large bucket does not overflow a small buffer. Thread-safe.
 */
public final class HoldStream {

    private static final long FIRST_SERIALS = 1L << 42;

    private final Executor executor = Infrastructure.getDefaultExecutor();
    private final Executor workers = new WorkerPool(
            executor,
            Infrastructure.getDefaultWorkerPool(),
            Math.max(2, Runtime.getRuntime().availableProcessors()));
    private final int buffer;
    private final int logCapacity;
    /** Random, so that no other process uses the same serials; small enough for a JSON number. */
    private final long firstSerial = ThreadLocalRandom.current().nextLong(1, FIRST_SERIALS);

    private final AtomicLong serials = new AtomicLong(firstSerial);
    private volatile Era era;
    private volatile boolean closed;
    private final AtomicLong earlierEvictions = new AtomicLong();

    /** The events of one bucket. The log is used under the broadcast's lock only; {@code synced} completes when it was read. */
    private record Era(Broadcast<LoggedHoldEvent> broadcast, EventLog log, Gate synced) {}

    /** Completes those who wait for it when it is opened. Nothing remains of one that is cancelled. */
    private static final class Gate {
        private final Set<UniEmitter<? super Void>> waiting = ConcurrentHashMap.newKeySet();
        private volatile boolean open;

        Uni<Void> opened() {
            return Uni.createFrom().emitter(emitter -> {
                waiting.add(emitter);
                emitter.onTermination(() -> waiting.remove(emitter));
                if (open) {
                    emitter.complete(null);
                }
            });
        }

        void open() {
            open = true;
            waiting.forEach(emitter -> emitter.complete(null));
        }
    }

    public HoldStream(int buffer, int logCapacity) {
        this.buffer = buffer;
        this.logCapacity = logCapacity;
        this.era = newEra();
    }

    /** Publishes an event; called in the order of the bucket, by one thread at a time. */
    public void publish(HoldEvent event) {
        Era now = era;
        now.broadcast().publishAll(() -> now.log().add(event).map(List::of).orElse(List.of()));
    }

    /** The bucket with this epoch was read up to this position. */
    public void caughtUp(String epoch, long position) {
        Era now = era;
        now.broadcast().publishAll(() -> {
            now.log().caughtUp(epoch, position);
            return List.of();
        });
        // On another thread, because the caller holds the index's lock.
        executor.execute(now.synced()::open);
    }

    /** The bucket was replaced. */
    public void forgotten() {
        Era last = era;
        era = newEra();
        earlierEvictions.addAndGet(last.broadcast().evictions());
        last.broadcast().complete();
        executor.execute(last.synced()::open);
    }

    public void close() {
        closed = true;
        era.broadcast().close();
        executor.execute(era.synced()::open);
    }

    public int subscribers() {
        return era.broadcast().subscribers();
    }

    /** Returns how many calls and subscriptions wait until the current bucket was read. */
    int waiting() {
        return era.synced().waiting.size();
    }

    public long evictions() {
        return earlierEvictions.get() + era.broadcast().evictions();
    }

    /** Completes when the current bucket was read. */
    @SuppressWarnings("ReferenceEquality") // whether it is still the same bucket
    public Uni<Void> ready() {
        return Uni.createFrom().deferred(() -> {
            Era now = era;
            return now.synced()
                    .opened()
                    .chain(() -> now == era || closed ? Uni.createFrom().voidItem() : ready());
        });
    }

    public Multi<HoldEvent> subscribe() {
        return follow(null, buffer, HoldFilter.ALL).map(LoggedHoldEvent::event);
    }

    public Multi<HoldEvent> subscribe(long after) {
        return eras(log -> log.since(after).orElseGet(() -> log.reset(HoldFilter.ALL)), buffer, HoldFilter.ALL)
                .map(LoggedHoldEvent::event);
    }

    public Multi<LoggedHoldEvent> follow(@Nullable HoldEventId last, int capacity, HoldFilter filter) {
        return eras(
                log -> last == null
                        ? log.snapshot(filter)
                        : log.since(last, filter).orElseGet(() -> log.reset(filter)),
                capacity,
                filter);
    }

    /**
     * One era after the other, until the end. The repetition joins the next era at once and not at the next request: a
     * subscriber that never requests must still be evicted.
     */
    private Multi<LoggedHoldEvent> eras(
            Function<EventLog, List<LoggedHoldEvent>> beginning, int capacity, HoldFilter filter) {
        return Multi.createFrom().deferred(() -> {
            if (closed) {
                return Multi.createFrom().failure(new HoldsClosedException());
            }
            AtomicReference<Function<EventLog, List<LoggedHoldEvent>>> next = new AtomicReference<>(beginning);
            Multi<LoggedHoldEvent> one = Multi.createFrom()
                    .deferred(() -> closed
                            ? Multi.createFrom().failure(new HoldsClosedException())
                            : live(next.getAndSet(log -> log.reset(filter)), capacity, filter));
            return new MultiRepeatUntilOp<>(one, Long.MAX_VALUE, null)
                    .onFailure(HoldsClosedException.class)
                    .recoverWithCompletion();
        });
    }

    /** One era, from its snapshot to its end. */
    private Multi<LoggedHoldEvent> live(
            Function<EventLog, List<LoggedHoldEvent>> beginning, int capacity, HoldFilter filter) {
        Era now = era;
        return now.synced().opened().onItem().transformToMulti(ready -> now.broadcast()
                .subscribe(capacity, topic(filter), () -> beginning.apply(now.log())));
    }

    /** Of a filter: a directory, or empty for all, and a holder. */
    private record Topic(String within, @Nullable String holder) {}

    private static Object topic(HoldFilter filter) {
        FilePath within = filter.within();
        return filter.equals(HoldFilter.ALL)
                ? Broadcast.EVERYTHING
                : new Topic(within == null ? "" : within.plain(), filter.holder());
    }

    /** The topics of all filters that match the event: its file and the directories above it, with and without its holder. */
    private static List<Object> topics(LoggedHoldEvent logged) {
        HoldEvent event = logged.event();
        FilePath file = event.file();
        if (event instanceof HoldEvent.Synced || event instanceof HoldEvent.Reset) {
            return List.of(Broadcast.EVERYTHING);
        }
        List<String> directories = new ArrayList<>(List.of(""));
        if (file != null) {
            directories.add("/");
            String path = file.plain();
            for (int end = path.length(); end > 1; end = path.lastIndexOf('/', end - 1)) {
                directories.add(path.substring(0, end));
            }
        }
        Hold hold = event.hold();
        List<Object> topics = new ArrayList<>();
        directories.forEach(directory -> {
            topics.add(new Topic(directory, null));
            if (hold != null) {
                topics.add(new Topic(directory, hold.holder()));
            }
        });
        return topics;
    }

    private Era newEra() {
        return new Era(
                new Broadcast<>(workers, HoldStream::topics),
                new EventLog(logCapacity, firstSerial, serials),
                new Gate());
    }
}
