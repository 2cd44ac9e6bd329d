package io.heddle.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Stream;

/** What a run measured, in {@code target/bench}: written anew with every row, so that a run that breaks off leaves what it has. */
public final class Scorecard {

    /** A short run says only that nobody made it slow; the long one gives the figures. */
    public static final boolean SHORT =
            !System.getProperty("heddle.bench.short", "false").equals("false");

    public static final Path DIRECTORY = Path.of(System.getProperty("project.build.directory", "target"), "bench");

    private static final Path RESULTS = DIRECTORY.resolve("results.json");
    /** Tests of the whole application have class loaders of their own: the file is what all of a run have in common. */
    private static final long RUN = ManagementFactory.getRuntimeMXBean().getStartTime();

    private static final ObjectMapper MAPPER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private Scorecard() {}

    /** A number of rounds, or of anything else that a run repeats: the one for long runs, or for short ones. */
    public static int size(int full, int brief) {
        return SHORT ? brief : full;
    }

    /** Keeps these rows, and fails when one of them is worse than it may be. */
    public static void add(Row... rows) {
        for (Row row : rows) {
            write("rows", MAPPER.valueToTree(row.toJson()));
            System.out.println("bench: " + row.line());
        }
        List<String> slow =
                Stream.of(rows).filter(row -> !row.passes(SHORT)).map(Row::line).toList();
        if (!slow.isEmpty()) {
            throw new AssertionError("slower than it may be: " + String.join("; ", slow));
        }
    }

    /** Keeps a figure that has no floor. */
    public static void note(String text) {
        write("notes", MAPPER.valueToTree(text));
        System.out.println("bench: " + text);
    }

    private static void write(String list, JsonNode entry) {
        try {
            Files.createDirectories(DIRECTORY);
            ObjectNode all = results();
            all.withArray(list).add(entry);
            MAPPER.writeValue(RESULTS.toFile(), all);
            Files.writeString(DIRECTORY.resolve("results.md"), table(all));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Those of this run so far. */
    private static ObjectNode results() throws IOException {
        if (Files.exists(RESULTS)
                && MAPPER.readTree(RESULTS.toFile()) instanceof ObjectNode before
                && before.path("run").asLong() == RUN) {
            return before;
        }
        ObjectNode all = MAPPER.createObjectNode();
        all.put("run", RUN);
        all.put(
                "began",
                Instant.ofEpochMilli(RUN).truncatedTo(ChronoUnit.SECONDS).toString());
        all.put("machine", machine());
        all.put("short", SHORT);
        all.putArray("rows");
        all.putArray("notes");
        return all;
    }

    private static String table(ObjectNode all) {
        StringBuilder text = new StringBuilder("Measured " + all.path("began").asText() + " on "
                + all.path("machine").asText() + (SHORT ? ", short run" : "") + ".\n\n"
                + "| what | Heddle | floor | ratio, and its quartiles | asked | |\n|---|---|---|---|---|---|\n");
        all.path("rows").forEach(row -> text.append(row.path("table").asText()).append('\n'));
        text.append('\n');
        all.path("notes")
                .forEach(note -> text.append("- ").append(note.asText()).append('\n'));
        return text.toString();
    }

    private static String machine() {
        return Runtime.getRuntime().availableProcessors() + " processors, " + System.getProperty("os.name") + " "
                + System.getProperty("os.version") + " " + System.getProperty("os.arch") + ", "
                + ManagementFactory.getRuntimeMXBean().getVmName() + " " + Runtime.version() + ", load "
                + "%.1f".formatted(ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    }
}
