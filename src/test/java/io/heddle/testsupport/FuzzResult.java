package io.heddle.testsupport;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What became of the inputs of one target.
 *
 * @param verdicts how many inputs got each
 * @param slowestMicros the longest that one input took
 * @param slowestLength how many bytes that one had
 * @param mostAllocated the most bytes of memory that one input took; 0 when it was another process's
 */
public record FuzzResult(
        String target,
        long inputs,
        Map<String, Long> verdicts,
        long slowestMicros,
        int slowestLength,
        long mostAllocated,
        long seed) {

    private static final ObjectMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    private static final Path PARTS = Fuzzing.DIRECTORY.resolve("fuzz-parts");

    public long accepted() {
        return verdicts.getOrDefault(FuzzTarget.ACCEPTED, 0L);
    }

    /** Adds this to the report of all targets, {@code target/faults/fuzz.md} and {@code fuzz.json}, in place of an earlier one. */
    public void report() {
        try {
            Files.createDirectories(PARTS);
            JSON.writeValue(PARTS.resolve(target.replace(' ', '-') + ".json").toFile(), this);
            List<FuzzResult> all = new ArrayList<>();
            try (Stream<Path> parts = Files.list(PARTS)) {
                for (Path part : parts.toList()) {
                    all.add(JSON.readValue(part.toFile(), FuzzResult.class));
                }
            }
            all.sort(Comparator.comparing(FuzzResult::target));
            JSON.writeValue(Fuzzing.DIRECTORY.resolve("fuzz.json").toFile(), all);
            Files.writeString(Fuzzing.DIRECTORY.resolve("fuzz.md"), table(all));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String table(List<FuzzResult> all) {
        return all.stream()
                .map(FuzzResult::row)
                .collect(Collectors.joining(
                        "\n",
                        "# Fuzzing\n\nRandom and mutated inputs, by target. Again with `-Dheddle.test.seed=` and the seed.\n\n"
                                + "| target | inputs | accepted | refused, by reason | slowest | most memory | seed |\n"
                                + "|---|---|---|---|---|---|---|\n",
                        "\n"));
    }

    private String row() {
        String refused = verdicts.entrySet().stream()
                .filter(verdict -> !verdict.getKey().equals(FuzzTarget.ACCEPTED))
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .map(verdict -> verdict.getKey() + " " + verdict.getValue())
                .collect(Collectors.joining(", "));
        return String.format(
                Locale.ROOT,
                "| %s | %,d | %,d | %s | %.1f ms (%,d B) | %s | %d |",
                target,
                inputs,
                accepted(),
                refused,
                slowestMicros / 1000.0,
                slowestLength,
                mostAllocated == 0 ? "" : String.format(Locale.ROOT, "%.1f MiB", mostAllocated / 1048576.0),
                seed);
    }
}
