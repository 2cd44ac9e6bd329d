package io.heddle.bench;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Runs JMH for what needs no other process. Each round is a JVM of its own for each method, so that a round is one machine's mood. */
public final class Jmh {

    private Jmh() {}

    /** Scores of every method of a class, one for each round. */
    public static Map<String, List<Double>> run(Class<?> benchmarks, int rounds) throws RunnerException {
        Map<String, List<Double>> scores = new HashMap<>();
        for (int round = 0; round < rounds; round++) {
            Collection<RunResult> results = new Runner(new OptionsBuilder()
                            .include(benchmarks.getName() + "\\.")
                            .forks(1)
                            .warmupIterations(2)
                            .warmupTime(TimeValue.seconds(1))
                            .measurementIterations(2)
                            .measurementTime(TimeValue.milliseconds(700))
                            .resultFormat(ResultFormatType.JSON)
                            .result(Scorecard.DIRECTORY
                                    .resolve("jmh-" + benchmarks.getSimpleName() + "-" + round + ".json")
                                    .toString())
                            .output(Scorecard.DIRECTORY
                                    .resolve("jmh-" + benchmarks.getSimpleName() + "-" + round + ".txt")
                                    .toString())
                            .build())
                    .run();
            for (RunResult result : results) {
                String benchmark = result.getParams().getBenchmark();
                scores.computeIfAbsent(benchmark.substring(benchmark.lastIndexOf('.') + 1), first -> new ArrayList<>())
                        .add(result.getPrimaryResult().getScore());
            }
        }
        return scores;
    }
}
