package io.heddle.mount.faults;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What a run of {@link ShareFaultsIT} did and found, for people and for programs. */
final class ShareFaultsReport {

    private final long seed;
    private final long began = System.nanoTime();
    private final List<String> violations = new ArrayList<>();
    private final Map<String, Integer> atTheKill = new LinkedHashMap<>();
    private int kills;
    private int checks;
    private Duration slowest = Duration.ZERO;

    ShareFaultsReport(long seed) {
        this.seed = seed;
        for (String what :
                List.of("agent still starting", "mounts", "clients without a mount yet", "mounts without a client")) {
            atTheKill.put(what, 0);
        }
    }

    void violation(String what) {
        violations.add(what);
    }

    List<String> violations() {
        return violations;
    }

    int kills() {
        return kills;
    }

    /** What the killed agent left. */
    void killed(boolean whileItStarted, int mounts, int clients) {
        kills++;
        atTheKill.merge("agent still starting", whileItStarted ? 1 : 0, Integer::sum);
        atTheKill.merge("mounts", mounts, Integer::sum);
        atTheKill.merge("clients without a mount yet", Math.max(0, clients - mounts), Integer::sum);
        atTheKill.merge("mounts without a client", Math.max(0, mounts - clients), Integer::sum);
    }

    void checked(Duration toSettle) {
        checks++;
        slowest = toSettle.compareTo(slowest) > 0 ? toSettle : slowest;
    }

    void write(Path directory, Map<String, Integer> operations, Map<String, Integer> faults) throws IOException {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("seed", seed);
        report.put("seconds", (System.nanoTime() - began) / 1_000_000_000);
        report.put("kills", kills);
        report.put("left_at_the_kills", atTheKill);
        report.put("checks", checks);
        report.put("slowest_check_seconds", slowest.toMillis() / 1000.0);
        report.put("operations", operations);
        report.put("faults", faults);
        report.put("violations", violations);
        Files.createDirectories(directory);
        new ObjectMapper()
                .writerWithDefaultPrettyPrinter()
                .writeValue(directory.resolve("shares.json").toFile(), report);
        String table = """
                # Share faults

                Seed %d: %d kills in %d s, %d checks (the slowest %.1f s), **%d violations**.

                | what | how often |
                |---|---|
                %s%s%s
                """.formatted(
                        seed,
                        kills,
                        (System.nanoTime() - began) / 1_000_000_000,
                        checks,
                        slowest.toMillis() / 1000.0,
                        violations.size(),
                        rows("operation: ", operations),
                        rows("fault: ", faults),
                        rows("left by the killed: ", atTheKill));
        String list = violations.stream().map(line -> "- " + line + "\n").collect(Collectors.joining());
        Files.writeString(directory.resolve("shares.md"), table.stripTrailing() + "\n\n" + list);
        System.out.println(table + list);
    }

    private static String rows(String kind, Map<String, Integer> counts) {
        return counts.entrySet().stream()
                .map(entry -> "| " + kind + entry.getKey() + " | " + entry.getValue() + " |\n")
                .collect(Collectors.joining());
    }
}
