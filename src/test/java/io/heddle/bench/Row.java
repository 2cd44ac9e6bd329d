package io.heddle.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A figure of ours beside the floor's, of the same rounds. What is judged is the median over the rounds of ours by the floor's (or of
 * the difference): both halves of a round were measured right after each other, so what else the machine did hits both.
 *
 * @param ours one value each round
 * @param floors the floor's value of the same round
 * @param asked what the median is to reach
 * @param limit what fails a run: further off than {@code asked} by what machines vary, or by what is known and explained
 */
public record Row(
        String what,
        String floor,
        String unit,
        List<Double> ours,
        List<Double> floors,
        Judged judged,
        double asked,
        double limit) {

    /** How far off a short run may be: a few rounds, beside whatever else a machine of CI does. */
    private static final double SHORT_RUN = 3;

    /** What is made of the two values. */
    public enum Judged {
        /** Ours by the floor's, at most so much: for times. */
        RATIO_AT_MOST,
        /** Ours by the floor's, at least so much: for rates. */
        RATIO_AT_LEAST,
        /** The floor's by ours, at least so much: how many times faster. */
        FASTER_AT_LEAST,
        /** Ours less the floor's, at most so much. */
        MORE_AT_MOST
    }

    /** Values of the rounds, to be judged. */
    public static Pending of(String what, String floor, String unit, Rounds rounds) {
        return new Pending(what, floor, unit, rounds.ours(), rounds.floors());
    }

    /** A row that is not judged yet. */
    public record Pending(String what, String floor, String unit, List<Double> ours, List<Double> floors) {

        public Row atMost(double asked) {
            return atMost(asked, asked * 1.2);
        }

        public Row atMost(double asked, double limit) {
            return row(Judged.RATIO_AT_MOST, asked, limit);
        }

        public Row atLeast(double asked) {
            return atLeast(asked, asked / 1.2);
        }

        public Row atLeast(double asked, double limit) {
            return row(Judged.RATIO_AT_LEAST, asked, limit);
        }

        public Row fasterAtLeast(double asked, double limit) {
            return row(Judged.FASTER_AT_LEAST, asked, limit);
        }

        public Row moreAtMost(double asked) {
            return moreAtMost(asked, asked * 1.2);
        }

        public Row moreAtMost(double asked, double limit) {
            return row(Judged.MORE_AT_MOST, asked, limit);
        }

        private Row row(Judged judged, double asked, double limit) {
            return new Row(what, floor, unit, ours, floors, judged, asked, limit);
        }
    }

    /** What is judged: the median. */
    public double result() {
        return quantile(results(), 0.5);
    }

    /** The result and its quartiles, for people. */
    public String spread() {
        return "%s (%s to %s)"
                .formatted(number(result()), number(quantile(results(), 0.25)), number(quantile(results(), 0.75)));
    }

    boolean reaches() {
        return isWithin(asked);
    }

    boolean passes(boolean shortRun) {
        return isWithin(!shortRun ? limit : atLeast() ? limit / SHORT_RUN : limit * SHORT_RUN);
    }

    String line() {
        return String.format(
                Locale.ROOT,
                "%s: %s %s; %s: %s %s; %s, asked %s %s",
                what,
                number(quantile(ours, 0.5)),
                unit,
                floor,
                number(quantile(floors, 0.5)),
                unit,
                spread(),
                atLeast() ? "at least" : "at most",
                number(asked));
    }

    String markdown() {
        String sign = judged == Judged.MORE_AT_MOST ? " " + unit + " more" : "x";
        return String.format(
                Locale.ROOT,
                "| %s | %s %s | %s: %s %s | **%s%s** (%s to %s) | %s %s%s | %s |",
                what,
                number(quantile(ours, 0.5)),
                unit,
                floor,
                number(quantile(floors, 0.5)),
                unit,
                number(result()),
                sign,
                number(quantile(results(), 0.25)),
                number(quantile(results(), 0.75)),
                atLeast() ? "at least" : "at most",
                number(asked),
                sign,
                reaches() ? "reached" : "short of it");
    }

    Map<String, Object> toJson() {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("what", what);
        all.put("floor", floor);
        all.put("unit", unit);
        all.put("ours", ours);
        all.put("floors", floors);
        all.put("judged", judged.name().toLowerCase(Locale.ROOT));
        all.put("result", result());
        all.put("asked", asked);
        all.put("limit", limit);
        all.put("reached", reaches());
        all.put("table", markdown());
        return all;
    }

    private List<Double> results() {
        return IntStream.range(0, ours.size())
                .mapToObj(round -> result(ours.get(round), floors.get(round)))
                .toList();
    }

    private double result(double our, double base) {
        return switch (judged) {
            case RATIO_AT_MOST, RATIO_AT_LEAST -> our / base;
            case FASTER_AT_LEAST -> base / our;
            case MORE_AT_MOST -> our - base;
        };
    }

    private boolean atLeast() {
        return judged == Judged.RATIO_AT_LEAST || judged == Judged.FASTER_AT_LEAST;
    }

    private boolean isWithin(double bound) {
        return atLeast() ? result() >= bound : result() <= bound;
    }

    private static double quantile(List<Double> values, double part) {
        List<Double> sorted = values.stream().sorted().toList();
        double at = (sorted.size() - 1) * part;
        double low = sorted.get((int) Math.floor(at));
        double high = sorted.get((int) Math.ceil(at));
        return low + (high - low) * (at - Math.floor(at));
    }

    private static String number(double value) {
        double size = Math.abs(value);
        return String.format(Locale.ROOT, size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : "%.2f", value);
    }
}
