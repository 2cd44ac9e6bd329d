package io.heddle.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a run measured, in {@code target/bench}: written anew with every row, so that a run that breaks off leaves what it has. */
public final class Scorecard {

    /** A short run says only that nobody made it slow; the long one gives the figures. */
    public static final boolean SHORT =
            !System.getProperty("heddle.bench.short", "false").equals("false");

    public static final Path DIRECTORY = Path.of(System.getProperty("project.build.directory", "target"), "bench");

    private static final List<Row> ROWS = new ArrayList<>();
    private static final List<String> NOTES = new ArrayList<>();

    private Scorecard() {}

    /** A number of rounds, or of anything else that a run repeats: the one for long runs, or for short ones. */
    public static int size(int full, int brief) {
        return SHORT ? brief : full;
    }

    /** Keeps a row, and fails when it is worse than it may be. */
    public static synchronized void add(Row row) {
        ROWS.add(row);
        write();
        System.out.println("bench: " + row.line());
        if (!row.passes(SHORT)) {
            throw new AssertionError("slower than it may be: " + row.line());
        }
    }

    /** Keeps a figure that has no floor. */
    public static synchronized void note(String text) {
        NOTES.add(text);
        write();
        System.out.println("bench: " + text);
    }

    private static void write() {
        try {
            Files.createDirectories(DIRECTORY);
            Map<String, Object> all = new LinkedHashMap<>();
            all.put("when", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
            all.put("machine", machine());
            all.put("short", SHORT);
            all.put("rows", ROWS.stream().map(Row::toJson).toList());
            all.put("notes", NOTES);
            new ObjectMapper()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .writeValue(DIRECTORY.resolve("results.json").toFile(), all);
            Files.writeString(DIRECTORY.resolve("results.md"), table());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String table() {
        StringBuilder text = new StringBuilder("Measured " + Instant.now().truncatedTo(ChronoUnit.SECONDS) + " on "
                + machine() + (SHORT ? ", short run" : "") + ".\n\n"
                + "| what | Heddle | floor | ratio, and its quartiles | asked | |\n|---|---|---|---|---|---|\n");
        ROWS.forEach(row -> text.append(row.markdown()).append('\n'));
        text.append('\n');
        NOTES.forEach(note -> text.append("- ").append(note).append('\n'));
        return text.toString();
    }

    private static String machine() {
        return Runtime.getRuntime().availableProcessors() + " processors, " + System.getProperty("os.name") + " "
                + System.getProperty("os.version") + " " + System.getProperty("os.arch") + ", "
                + ManagementFactory.getRuntimeMXBean().getVmName() + " " + Runtime.version() + ", load "
                + "%.1f".formatted(ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    }
}
