package io.heddle.hold.faults;

import io.heddle.hold.faults.FaultPlan.Fault;
import io.heddle.testsupport.NatsProxy;
import java.time.Duration;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Carries out a plan of faults, each beginning and end in the plan's order. A fault of the broker waits until it has recovered
 * from the one before. When all is done everything is whole again.
 */
final class Nemesis {

    private static final Duration HOUR = Duration.ofHours(1);
    private static final long AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final List<WorkerProcess> workers;
    private final FaultyBroker broker;
    private final HoldHistory.Writer history;
    private final Map<FaultKind, Integer> injected = new EnumMap<>(FaultKind.class);
    private final PriorityQueue<Deed> agenda =
            new PriorityQueue<>(Comparator.comparingLong(Deed::dueNanos).thenComparingLong(Deed::order));
    private long deeds;
    private boolean brokerIsBusy;

    private record Deed(long dueNanos, long order, Runnable what) {}

    Nemesis(List<WorkerProcess> workers, FaultyBroker broker, HoldHistory.Writer history) {
        this.workers = workers;
        this.broker = broker;
        this.history = history;
    }

    /** Returns when the last fault is over. */
    void run(List<Fault> plan) {
        long start = System.nanoTime();
        plan.forEach(fault -> at(start + TimeUnit.MILLISECONDS.toNanos(fault.atMillis()), () -> begin(fault)));
        while (!agenda.isEmpty()) {
            Deed next = agenda.remove();
            for (long left = next.dueNanos() - System.nanoTime();
                    left > 0;
                    left = next.dueNanos() - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            next.what().run();
        }
    }

    /** How many of each kind there were. */
    Map<FaultKind, Integer> injected() {
        return injected;
    }

    private void begin(Fault fault) {
        if (FaultKind.OF_WORKERS.contains(fault.kind())) {
            injected.merge(fault.kind(), 1, Integer::sum);
            beginAt(workers.get(fault.target()), fault);
        } else if (brokerIsBusy || !broker.isReady()) {
            at(System.nanoTime() + AGAIN_NANOS, () -> begin(fault));
        } else {
            injected.merge(fault.kind(), 1, Integer::sum);
            brokerIsBusy = true;
            broker.begin(fault.kind(), history);
            after(fault, () -> {
                broker.end(fault.kind(), history);
                brokerIsBusy = false;
            });
        }
    }

    private void beginAt(WorkerProcess worker, Fault fault) {
        Random choices = new Random(fault.seed());
        List<NatsProxy> networks = worker.networks();
        switch (fault.kind()) {
            case KILL_WORKER -> worker.replace();
            case STOP_WORKER -> worker.signal("STOP");
            case CUT_LINK -> networks.forEach(NatsProxy::cut);
            case SILENT_LINK -> networks.forEach(network -> network.hold(true, true));
            case LOST_ANSWERS -> networks.forEach(network -> network.hold(false, true));
            case SLOW_LINK -> networks.forEach(network -> network.delay(Duration.ofMillis(5 + choices.nextInt(150))));
            case DISTURBED_ANSWERS -> networks.forEach(network -> network.disturbAnswers(choices));
            // It stays so, for the processes that come after this one too.
            case CLOCK_SET -> worker.setClock(HOUR.multipliedBy(choices.nextInt(3) - 1));
            default -> throw new IllegalArgumentException(fault.kind().text);
        }
        after(fault, () -> {
            if (fault.kind() == FaultKind.STOP_WORKER) {
                worker.signal("CONT");
            }
            networks.forEach(NatsProxy::heal);
        });
    }

    private void after(Fault fault, Runnable what) {
        at(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(fault.lastsMillis()), what);
    }

    private void at(long nanos, Runnable what) {
        agenda.add(new Deed(nanos, deeds++, what));
    }
}
