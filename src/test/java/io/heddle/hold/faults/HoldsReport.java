package io.heddle.hold.faults;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.hold.faults.HoldChecker.Violation;
import io.heddle.hold.faults.HoldHistory.Kind;
import io.heddle.hold.faults.SeededBug.Mistake;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What the runs came to, in {@code target/faults}: holds.md for people, holds.json for programs. */
final class HoldsReport {

    private static final Path DIRECTORY = Path.of(System.getProperty("project.build.directory", "target"), "faults");

    /** What the history says of faults, not of calls. */
    private static final Set<Kind> NO_OPERATIONS =
            EnumSet.of(Kind.SLOW_SUBSCRIBER, Kind.VANISHED_SUBSCRIBER, Kind.DELETED_BY_PEER, Kind.WIPED, Kind.DEPOSED);

    private static final int MOST_VIOLATIONS = 20;

    private final List<Run> runs = new ArrayList<>();
    private final Map<String, String> caught = new LinkedHashMap<>();

    private record Run(String name, String replay, HoldRace.Outcome outcome) {}

    void add(String name, String replay, HoldRace.Outcome outcome) {
        runs.add(new Run(name, replay, outcome));
    }

    void caught(List<Mistake> mistakes, List<Violation> violations) {
        mistakes.forEach(mistake -> caught.put(
                words(mistake),
                violations.stream()
                        .filter(violation -> violation.file().equals(mistake.file()))
                        .map(violation -> violation.rule().text)
                        .distinct()
                        .sorted()
                        .collect(Collectors.joining(", "))));
    }

    /** A run in a line. */
    static String summary(HoldRace.Outcome outcome) {
        return number(sum(outcome.faults())) + " faults, " + number(sum(outcome.operations())) + " steps in "
                + outcome.took().toSeconds() + " s, " + outcome.violations().size() + " violations";
    }

    void write() {
        try {
            Files.createDirectories(DIRECTORY);
            Files.writeString(DIRECTORY.resolve("holds.md"), markdown());
            new ObjectMapper()
                    .writerWithDefaultPrettyPrinter()
                    .writeValue(DIRECTORY.resolve("holds.json").toFile(), json());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String markdown() {
        List<String> lines = new ArrayList<>(List.of("# Holds under faults", ""));
        lines.add("| run | seed | servers | processes | files | bucket TTL | time | faults | steps | violations |");
        lines.add("|---|---|---|---|---|---|---|---|---|---|");
        for (Run run : runs) {
            HoldRace.Outcome outcome = run.outcome();
            lines.add(row(
                    run.name(),
                    outcome.seed(),
                    outcome.servers(),
                    outcome.workers(),
                    outcome.files(),
                    outcome.maxTtl().toSeconds() + " s",
                    outcome.took().toSeconds() + " s",
                    number(sum(outcome.faults())),
                    number(sum(outcome.operations())),
                    outcome.violations().size()));
        }
        lines.add("");
        lines.addAll(table("fault", faults()));
        lines.addAll(table("step", operations()));
        if (!caught.isEmpty()) {
            lines.addAll(List.of("| seeded bug | what the checker says |", "|---|---|"));
            caught.forEach((mistake, rules) -> lines.add(row(mistake, rules)));
            lines.add("");
        }
        for (Run run : runs) {
            run.outcome().violations().stream()
                    .limit(MOST_VIOLATIONS)
                    .forEach(violation -> lines.add("* " + run.replay() + ": " + violation));
        }
        return String.join("\n", lines) + "\n";
    }

    private Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put(
                "runs",
                runs.stream()
                        .map(run -> {
                            HoldRace.Outcome outcome = run.outcome();
                            Map<String, Object> one = new LinkedHashMap<>();
                            one.put("name", run.name());
                            one.put("seed", outcome.seed());
                            one.put("servers", outcome.servers());
                            one.put("processes", outcome.workers());
                            one.put("files", outcome.files());
                            one.put("maxTtlSeconds", outcome.maxTtl().toSeconds());
                            one.put("seconds", outcome.took().toSeconds());
                            one.put("faults", outcome.faults());
                            one.put("lateAnswers", outcome.lateAnswers());
                            one.put("repeatedAnswers", outcome.repeatedAnswers());
                            one.put("steps", outcome.operations());
                            one.put(
                                    "violations",
                                    outcome.violations().stream()
                                            .map(Violation::toString)
                                            .toList());
                            return one;
                        })
                        .toList());
        json.put("faults", faults());
        json.put("steps", operations());
        json.put(
                "violations",
                runs.stream().mapToInt(run -> run.outcome().violations().size()).sum());
        json.put("seededBugs", caught);
        return json;
    }

    private Map<String, Long> faults() {
        Map<String, Long> faults = total(outcome -> outcome.faults().entrySet().stream()
                .collect(Collectors.toMap(entry -> entry.getKey().text, entry -> (long) entry.getValue())));
        faults.put("subscriber slow", steps(Kind.SLOW_SUBSCRIBER));
        faults.put("subscriber vanished", steps(Kind.VANISHED_SUBSCRIBER));
        faults.put(
                "(answers brought late)",
                runs.stream().mapToLong(run -> run.outcome().lateAnswers()).sum());
        faults.put(
                "(answers brought twice)",
                runs.stream().mapToLong(run -> run.outcome().repeatedAnswers()).sum());
        return faults;
    }

    private Map<String, Long> operations() {
        return total(outcome -> outcome.operations().entrySet().stream()
                .filter(entry -> !NO_OPERATIONS.contains(entry.getKey()))
                .collect(Collectors.toMap(entry -> words(entry.getKey()), Map.Entry::getValue)));
    }

    private long steps(Kind kind) {
        return runs.stream()
                .mapToLong(run -> run.outcome().operations().getOrDefault(kind, 0L))
                .sum();
    }

    private Map<String, Long> total(Function<HoldRace.Outcome, Map<String, Long>> counts) {
        Map<String, Long> total = new TreeMap<>();
        runs.forEach(run -> counts.apply(run.outcome()).forEach((name, count) -> total.merge(name, count, Long::sum)));
        return total;
    }

    private static List<String> table(String name, Map<String, Long> counts) {
        List<String> lines = new ArrayList<>(List.of(row(name, "count"), "|---|---|"));
        counts.forEach((text, count) -> lines.add(row(text, number(count))));
        lines.add("");
        return lines;
    }

    private static long sum(Map<?, ? extends Number> counts) {
        return counts.values().stream().mapToLong(Number::longValue).sum();
    }

    private static String row(Object... cells) {
        return Arrays.stream(cells).map(String::valueOf).collect(Collectors.joining(" | ", "| ", " |"));
    }

    private static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private static String words(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
