package io.heddle.hold.faults;

import static io.heddle.hold.faults.RaceWorker.pause;

import io.heddle.hold.FilePath;
import io.heddle.hold.HoldEvent;
import io.heddle.hold.faults.HoldHistory.Kind;
import io.heddle.hold.faults.HoldHistory.Step;
import io.heddle.hold.faults.RaceWorker.Shared;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import io.smallrye.mutiny.subscription.Cancellable;
import java.util.Random;

/**
 * The subscribers of one process of a race: one that reads everything and looks at the order, and beside it one after another
 * that never reads or goes away.
 */
final class RaceSubscribers implements Runnable {

    private static final FilePath NO_FILE = FilePath.of("/race");

    private final Shared shared;
    private final Random random;
    private long lastRevision;

    RaceSubscribers(Shared shared, Random random) {
        this.shared = shared;
        this.random = random;
    }

    @Override
    public void run() {
        read();
        while (true) {
            AssertSubscriber<HoldEvent> silent =
                    shared.holds().subscribe().subscribe().withSubscriber(AssertSubscriber.create(random.nextInt(3)));
            Cancellable reading = shared.holds().subscribe().subscribe().with(event -> {}, failure -> {});
            pause(50 + random.nextInt(400));
            reading.cancel();
            write(Kind.VANISHED_SUBSCRIBER);
            if (random.nextBoolean()) {
                silent.cancel();
            } else {
                // It is ended as soon as it is too far behind.
                write(Kind.SLOW_SUBSCRIBER);
            }
        }
    }

    /** A subscriber that reads is never evicted; if it is, it subscribes again, as a program would. */
    private void read() {
        shared.holds().subscribe().subscribe().with(this::happened, failure -> {
            lastRevision = 0;
            read();
        });
    }

    /** Within the snapshot there is no order. */
    private void happened(HoldEvent event) {
        boolean inOrder = lastRevision == 0 || event.revision() >= lastRevision;
        if (event instanceof HoldEvent.Reset) {
            lastRevision = 0;
        } else if (event instanceof HoldEvent.Synced || lastRevision != 0) {
            if (!inOrder) {
                write(Kind.DISORDER);
            }
            lastRevision = event.revision();
        }
    }

    private void write(Kind kind) {
        long now = System.nanoTime();
        shared.history().write(new Step(kind, now, now, lastRevision, NO_FILE.toString(), shared.agent()));
    }
}
