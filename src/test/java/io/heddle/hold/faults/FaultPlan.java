package io.heddle.hold.faults;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Which faults happen when, and to whom: decided by the seed alone. Each worker has at most one fault at a time and so has the
 * broker, with some time after it to come back; of each of them every kind has its turn before one comes again.
 */
final class FaultPlan {

    private static final long FIRST_MILLIS = 1_500;

    /** How many times as long as usual nothing happens after a fault. */
    private static final int REST = Integer.getInteger("heddle.faults.rest", 1);

    private final Random random;
    private final List<Fault> faults = new ArrayList<>();

    /**
     * One fault.
     *
     * @param target the worker's number; 0 for the broker
     * @param atMillis when it begins, after the run's start
     * @param lastsMillis how long it stays
     * @param seed for the choices that the fault itself makes
     */
    record Fault(FaultKind kind, int target, long atMillis, long lastsMillis, long seed) {}

    private FaultPlan(long seed) {
        this.random = new Random(seed);
    }

    static List<Fault> of(
            long seed, Duration length, int workers, List<FaultKind> ofWorkers, List<FaultKind> ofBroker) {
        FaultPlan plan = new FaultPlan(seed);
        long end = plan.addFaultsOfBroker(length.toMillis(), ofBroker);
        plan.addFaultsOfWorkers(end, workers, ofWorkers);
        plan.faults.sort(Comparator.comparingLong(Fault::atMillis));
        return List.copyOf(plan.faults);
    }

    private void addFaultsOfWorkers(long end, int workers, List<FaultKind> kinds) {
        long[] busyUntil = new long[workers];
        Deque<FaultKind> next = new ArrayDeque<>();
        for (long at = FIRST_MILLIS; at < end; at += (100L + random.nextInt(400)) * REST) {
            long now = at;
            List<Integer> free = IntStream.range(0, workers)
                    .filter(worker -> busyUntil[worker] <= now)
                    .boxed()
                    .toList();
            if (!free.isEmpty()) {
                int target = free.get(random.nextInt(free.size()));
                Fault fault = fault(next(next, kinds), target, at);
                // A new process first has to start; and everybody needs a moment in which nothing happens to him.
                long rest = fault.kind() == FaultKind.KILL_WORKER ? 2_500 : 300;
                busyUntil[target] = at + fault.lastsMillis() + rest;
            }
        }
    }

    /** @return when the last one is over, or the length of the run if that is later */
    private long addFaultsOfBroker(long end, List<FaultKind> kinds) {
        Deque<FaultKind> next = new ArrayDeque<>();
        long at = FIRST_MILLIS + random.nextInt(1_000);
        // Each kind once, however short the run.
        for (int turn = 0; turn < kinds.size() || at < end; turn++) {
            Fault fault = fault(next(next, kinds), 0, at);
            at += fault.lastsMillis() + (1_000L + random.nextInt(1_000)) * REST;
        }
        return Math.max(at, end);
    }

    private FaultKind next(Deque<FaultKind> left, List<FaultKind> kinds) {
        if (left.isEmpty()) {
            List<FaultKind> shuffled = new ArrayList<>(kinds);
            Collections.shuffle(shuffled, random);
            left.addAll(shuffled);
        }
        return left.remove();
    }

    private Fault fault(FaultKind kind, int target, long at) {
        int lasts = kind.shortestMillis + random.nextInt(kind.longestMillis - kind.shortestMillis + 1);
        Fault fault = new Fault(kind, target, at, lasts, random.nextLong());
        faults.add(fault);
        return fault;
    }
}
