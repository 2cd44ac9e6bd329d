package io.heddle.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * The same measured twice in each round, ours and the floor, in turn and every other time in the other order. The first round warms up and
 * is thrown away.
 */
public record Rounds(List<Double> ours, List<Double> floors) {

    /**
     * Measures.
     *
     * @param rounds how many count
     */
    public static Rounds of(int rounds, Callable<Double> ours, Callable<Double> floor) throws Exception {
        List<Double> our = new ArrayList<>();
        List<Double> base = new ArrayList<>();
        for (int round = 0; round <= rounds; round++) {
            double first = round % 2 == 0 ? ours.call() : floor.call();
            double second = round % 2 == 0 ? floor.call() : ours.call();
            if (round > 0) {
                our.add(round % 2 == 0 ? first : second);
                base.add(round % 2 == 0 ? second : first);
            }
        }
        return new Rounds(our, base);
    }

    /** The median of what ours is more than the floor's, and the quartiles. */
    public String difference() {
        return Row.of("", "", "", this).moreAtMost(0).spread();
    }

    /** The median of ours by the floor's, and the quartiles. */
    public String ratio() {
        return Row.of("", "", "", this).atMost(1).spread();
    }
}
