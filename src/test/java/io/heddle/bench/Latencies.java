package io.heddle.bench;

import io.heddle.testsupport.Chart;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** Times by name: a percentile of the latest round, and a chart of all of them. Recording is thread-safe. */
public final class Latencies {

    private static final int DIGITS = 3;
    /** Of how many the slowest is: the places on the chart's x axis. */
    private static final int SLOWEST_OF = 1_000;

    private final Map<String, Histogram> all = new LinkedHashMap<>();

    /** The times of one round. */
    public Histogram round() {
        return new ConcurrentHistogram(DIGITS);
    }

    /**
     * Adds a round to what the chart shows.
     *
     * @return its percentile in microseconds
     */
    public double add(String name, Histogram round, double percentile) {
        all.computeIfAbsent(name, first -> new Histogram(DIGITS)).add(round);
        return round.getValueAtPercentile(percentile) / 1e3;
    }

    /** A percentile of all rounds, in microseconds. */
    public double all(String name, double percentile) {
        return all.get(name).getValueAtPercentile(percentile) / 1e3;
    }

    /** Draws what part of all calls took longer than how long. */
    public void chart(String title, Path svg) {
        Chart chart = Chart.of(title, "the slowest of so many calls", "µs").logarithmic();
        all.forEach((name, times) -> {
            List<Double> xs = new ArrayList<>();
            List<Double> ys = new ArrayList<>();
            for (double of = 1.1; of <= SLOWEST_OF && of <= times.getTotalCount(); of *= 1.25) {
                xs.add(of);
                ys.add(Math.max(1, times.getValueAtPercentile(100 * (1 - 1 / of))) / 1e3);
            }
            chart.line(name, xs, ys);
        });
        chart.write(svg);
    }
}
