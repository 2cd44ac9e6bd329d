package io.heddle.hold.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.hold.FilePath;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldEvent;
import io.heddle.hold.HoldFilter;
import io.heddle.hold.LoggedHoldEvent;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HoldStreamTest {

    private static final int NARROWED = 2_000;
    private static final int EVENTS = 20_000;
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final String[] PATHS = {"/", "/a", "/a/b", "/a/b/c", "/a-b", "/ab/c", "/a/é", "/b"};

    private final HoldStream stream = new HoldStream(32, 1024);
    private long revision;

    @AfterEach
    void end() {
        stream.close();
    }

    @Test
    void aNarrowedSubscriberReceivesWhatItsFilterMatches() {
        stream.caughtUp("epoch", 0);
        List<HoldFilter> filters = new ArrayList<>();
        filters.add(HoldFilter.ALL);
        for (String holder : new String[] {null, "h0", "h1"}) {
            filters.add(new HoldFilter(null, holder));
            for (String path : PATHS) {
                filters.add(new HoldFilter(FilePath.of(path), holder));
            }
        }
        for (int i = 0; i < 20; i++) {
            stream.publish(announced(PATHS[i % PATHS.length], "h" + i % 3));
        }
        List<AssertSubscriber<LoggedHoldEvent>> subscribers = filters.stream()
                .map(filter -> stream.follow(null, 1024, filter)
                        .subscribe()
                        .withSubscriber(AssertSubscriber.create(Long.MAX_VALUE)))
                .toList();
        await().until(() -> stream.subscribers() == filters.size());

        Random random = new Random(1);
        for (int i = 0; i < 500; i++) {
            Hold hold = announced(PATHS[random.nextInt(PATHS.length)], "h" + random.nextInt(3))
                    .hold();
            int kind = random.nextInt(3);
            FilePath file = random.nextBoolean() ? hold.file() : null;
            stream.publish(
                    kind == 0
                            ? new HoldEvent.Announced(hold, false)
                            : kind == 1
                                    ? new HoldEvent.Expired(hold, hold.revision())
                                    : new HoldEvent.Corrupt(file, "key", hold.revision(), ""));
        }
        stream.publish(new HoldEvent.Synced(++revision));

        List<HoldEvent> all = events(subscribers.get(0));
        for (int i = 0; i < filters.size(); i++) {
            HoldFilter filter = filters.get(i);
            assertThat(events(subscribers.get(i)))
                    .as(filter.toString())
                    .isEqualTo(all.stream().filter(filter::matches).toList());
        }
    }

    /** Without demand, with a small buffer: an event that were offered to them would be counted against it. */
    @Test
    void nothingRemainsOfWhoWasCancelledBeforeTheBucketWasRead() {
        for (int i = 0; i < 100; i++) {
            stream.ready().subscribe().with(ready -> {}).cancel();
            stream.subscribe()
                    .subscribe()
                    .withSubscriber(AssertSubscriber.create(1))
                    .cancel();
        }

        assertThat(stream.waiting()).isZero();
    }

    @Test
    void anEventIsOfferedToThoseThatItMatchesOnlyAndEncodedOnce() {
        stream.caughtUp("epoch", 0);
        long alone = publishMillis();
        AtomicInteger encoded = new AtomicInteger();
        for (int i = 0; i < NARROWED; i++) {
            stream.follow(null, 8, new HoldFilter(FilePath.of("/other/" + i), i % 2 == 0 ? null : "h1"))
                    .subscribe()
                    .withSubscriber(AssertSubscriber.create(0));
        }
        for (int i = 0; i < 3; i++) {
            stream.follow(null, EVENTS + 8, new HoldFilter(FilePath.of("/work"), null))
                    .map(logged -> logged.as(String.class, same -> "" + encoded.incrementAndGet()))
                    .subscribe()
                    .withSubscriber(AssertSubscriber.create(EVENTS / 10));
        }
        await().until(() -> stream.subscribers() == NARROWED + 3);

        long together = publishMillis();

        System.out.printf("%d events: %d ms alone, %d ms with %d others%n", EVENTS, alone, together, NARROWED);
        assertThat(stream.evictions()).isZero();
        assertThat(together).isLessThan(20 * (alone + 50));
        await().until(encoded::get, count -> count >= EVENTS / 10 - 3);
        assertThat(encoded.get()).isLessThan(2 * EVENTS / 10);
    }

    private long publishMillis() {
        long began = System.nanoTime();
        for (int i = 0; i < EVENTS; i++) {
            stream.publish(announced("/work/src/f" + i % 100, "h1"));
        }
        return Duration.ofNanos(System.nanoTime() - began).toMillis();
    }

    private HoldEvent.Announced announced(String path, String holder) {
        revision++;
        Duration ttl = Duration.ofMinutes(1);
        return new HoldEvent.Announced(
                new Hold(
                        FilePath.of(path),
                        holder,
                        NOW,
                        NOW.plus(ttl),
                        "",
                        ttl,
                        revision,
                        revision,
                        null,
                        NOW.plus(ttl)),
                false);
    }

    private static List<HoldEvent> events(AssertSubscriber<LoggedHoldEvent> subscriber) {
        await().until(() -> subscriber.getItems().stream()
                        .filter(logged -> logged.event() instanceof HoldEvent.Synced)
                        .count()
                == 2);
        return subscriber.getItems().stream().map(LoggedHoldEvent::event).toList();
    }
}
