package io.heddle.peers;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/** What was measured of each system, one list of values each round; as text in {@code target/peers/results.md}. */
final class Table {

    static final Path DIRECTORY = Path.of(System.getProperty("project.build.directory", "target"), "peers")
            .toAbsolutePath();

    private final String title;
    private final List<String> columns;
    private final Map<String, List<double[]>> rounds = new LinkedHashMap<>();
    private final long[] before = processor();
    private final Instant began = Instant.now().truncatedTo(ChronoUnit.SECONDS);

    Table(String title, String... columns) {
        this.title = title;
        this.columns = List.of(columns);
    }

    void add(String system, double[] values) {
        rounds.computeIfAbsent(system, first -> new ArrayList<>()).add(values);
    }

    /** Appends it to the results of this build. */
    void write() throws IOException {
        String text = markdown();
        System.out.println(text);
        Files.createDirectories(DIRECTORY);
        Files.writeString(DIRECTORY.resolve("results.md"), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private String markdown() throws IOException {
        StringBuilder text = new StringBuilder("### " + title + "\n\n| system | " + String.join(" | ", columns)
                + " |\n|---|" + "---|".repeat(columns.size()) + "\n");
        rounds.forEach((system, values) -> {
            text.append("| ").append(system).append(" |");
            IntStream.range(0, columns.size()).forEach(column -> text.append(' ')
                    .append(cell(values.stream()
                            .mapToDouble(round -> round[column])
                            .sorted()
                            .toArray()))
                    .append(" |"));
            text.append('\n');
        });
        return text.append("\n" + circumstances() + "\n\n").toString();
    }

    private String circumstances() throws IOException {
        long[] now = processor();
        double all = Math.max(1, now[0] - before[0]);
        int rows = rounds.values().stream().mapToInt(List::size).max().orElse(0);
        return String.format(
                Locale.ROOT,
                "%s UTC, %d processors, Linux %s, Java %s, %d rounds of %d s, load %.1f, CPU steal %.1f %%.",
                began.toString().replace('T', ' ').replace("Z", ""),
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.version"),
                Runtime.version(),
                rows,
                PeersIT.ROUND.toSeconds(),
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage(),
                100 * (now[1] - before[1]) / all);
    }

    private static String cell(double[] sorted) {
        return number(quantile(sorted, 0.5))
                + (sorted.length == 1
                        ? ""
                        : " (" + number(quantile(sorted, 0.25)) + " to " + number(quantile(sorted, 0.75)) + ")");
    }

    private static double quantile(double[] sorted, double part) {
        double at = (sorted.length - 1) * part;
        double low = sorted[(int) Math.floor(at)];
        double high = sorted[(int) Math.ceil(at)];
        return low + (high - low) * (at - Math.floor(at));
    }

    private static String number(double value) {
        double size = Math.abs(value);
        return String.format(Locale.ROOT, size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : "%.2f", value);
    }

    /** The processors' time since the start of the machine, and how much of it the host took. */
    private static long[] processor() {
        try {
            // cpu  user nice system idle iowait irq softirq steal …
            String[] fields = Files.readAllLines(Path.of("/proc/stat")).get(0).split(" +");
            long all = IntStream.rangeClosed(1, 8)
                    .mapToLong(i -> Long.parseLong(fields[i]))
                    .sum();
            return new long[] {all, Long.parseLong(fields[8])};
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
