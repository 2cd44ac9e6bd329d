package io.heddle.soak;

import java.util.List;

/**
 * Whether something that was measured again and again stays where it is: the median of the last quarter, beside that of the
 * first. Medians, so that neither a peak nor a dip decides; quarters, so that they are far apart.
 *
 * @param first the median of the first quarter
 * @param last the median of the last quarter
 * @param limit what {@code last} may be
 */
record Flatness(double first, double last, double limit) {

    private static final int FEWEST = 8;

    /**
     * @param series the settled part of a run, in order, in equal steps; what came before does not belong in it
     * @param relative how much more the last may be, as a part of the first
     * @param absolute how much more it may be besides
     */
    static Flatness of(List<Double> series, double relative, double absolute) {
        if (series.size() < FEWEST) {
            throw new IllegalArgumentException(series.size() + " samples tell nothing; " + FEWEST + " are the fewest");
        }
        int quarter = series.size() / 4;
        double first = median(series.subList(0, quarter));
        double last = median(series.subList(series.size() - quarter, series.size()));
        return new Flatness(first, last, first * (1 + relative) + absolute);
    }

    boolean isFlat() {
        return last <= limit;
    }

    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
