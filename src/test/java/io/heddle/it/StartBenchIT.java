package io.heddle.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.bench.Rounds;
import io.heddle.bench.Row;
import io.heddle.bench.Scorecard;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The start of the packaged service beside that of an empty application with the same extensions: {@code dev/measure-start}. */
@Tag("bench")
class StartBenchIT {

    private static final Map<String, String> MODES = Map.of(
            "plain-17", "JDK 17",
            "appcds-17", "JDK 17 with AppCDS",
            "plain-25", "JDK 25",
            "aot-25", "JDK 25 with an AOT cache");
    private static final long PATIENCE_MINUTES = 10;

    @Test
    void startAndMemory() throws Exception {
        Path results = Scorecard.DIRECTORY.resolveSibling("measure-start").resolve("results");
        Path output = Files.createDirectories(Scorecard.DIRECTORY).resolve("measure-start.txt");
        ProcessBuilder measure = new ProcessBuilder(
                        "dev/measure-start", Integer.toString(Scorecard.size(4, 2)), "packaged")
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        newest().ifPresent(home -> measure.environment().putIfAbsent("JAVA25_HOME", home.toString()));
        Process process = measure.start();
        assertThat(process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(output)).isZero();

        List<Row> rows = new ArrayList<>();
        for (String mode : List.of("plain-17", "appcds-17", "plain-25", "aot-25")) {
            if (Files.exists(results.resolve(mode + "-heddle-millis"))) {
                rows.add(row(results, mode, "millis", "start until ready", "ms", 2.0)); // compilers and neighbours
                rows.add(row(results, mode, "rss", "resident memory when ready", "MiB", 1.5));
            }
        }
        Scorecard.add(rows.toArray(Row[]::new));
    }

    private static Row row(Path results, String mode, String figure, String what, String unit, double limit)
            throws Exception {
        Rounds rounds = new Rounds(
                read(results.resolve(mode + "-heddle-" + figure)), read(results.resolve(mode + "-empty-" + figure)));
        return Row.of(what + ", " + MODES.get(mode), "an empty application with the same extensions", unit, rounds)
                .atMost(1.3, limit);
    }

    private static List<Double> read(Path file) throws Exception {
        return Files.readAllLines(file).stream().map(Double::valueOf).toList();
    }

    /** A JDK that has an AOT cache, where the system keeps its JDKs. */
    private static Optional<Path> newest() throws Exception {
        Path all = Path.of("/usr/lib/jvm");
        if (!Files.isDirectory(all)) {
            return Optional.empty();
        }
        try (Stream<Path> homes = Files.list(all)) {
            return homes.filter(home -> home.getFileName().toString().contains("25"))
                    .filter(home -> Files.isExecutable(home.resolve("bin/java")))
                    .findFirst();
        }
    }
}
