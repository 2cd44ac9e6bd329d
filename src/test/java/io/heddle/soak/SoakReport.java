package io.heddle.soak;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.soak.Sampler.Sample;
import io.heddle.testsupport.Chart;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a soak measured and whether it grew: soak.md and charts for people, soak.json for programs. */
final class SoakReport {

    private static final List<Measure> MEMORY =
            List.of(Measure.RESIDENT, Measure.HEAP, Measure.METASPACE, Measure.CODE, Measure.DIRECT);
    private static final List<Measure> COUNTS = List.of(
            Measure.THREADS,
            Measure.FILES,
            Measure.CHILDREN,
            Measure.CONNECTIONS,
            Measure.CONSUMERS,
            Measure.SUBSCRIPTIONS);

    private final double minutes;
    private final long seed;
    private List<Sample> before = List.of();
    private List<Sample> load = List.of();
    private List<Sample> after = List.of();
    private Tally tally = new Tally();
    private double evictions;

    SoakReport(double minutes, long seed) {
        this.minutes = minutes;
        this.seed = seed;
    }

    void atRestBefore(List<Sample> samples) {
        before = samples;
    }

    void underLoad(List<Sample> samples) {
        load = samples;
    }

    void atRestAfter(List<Sample> samples) {
        after = samples;
    }

    void tally(Tally answers, double evicted) {
        tally = answers;
        evictions = evicted;
    }

    /** What is larger at the end than it may be. */
    List<String> growth() {
        List<String> grown = new ArrayList<>();
        underLoad().forEach((measure, flat) -> add(grown, measure, "under load", flat));
        atRest().forEach((measure, flat) -> add(grown, measure, "at rest", flat));
        return grown;
    }

    void write(Path directory) throws IOException {
        if (after.isEmpty()) {
            return; // the run was cut short, and that is reported
        }
        chart("Memory under load", "MiB", MEMORY).write(directory.resolve("memory.svg"));
        chart("Counts under load", "", COUNTS).write(directory.resolve("counts.svg"));
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("minutes", minutes);
        json.put("seed", seed);
        json.put("samples", load.size());
        json.put("under_load", underLoad());
        json.put("at_rest", atRest());
        json.put("operations", tally.counts());
        json.put("unexpected", tally.wrong());
        json.put("evictions", evictions);
        json.put("series", load);
        new ObjectMapper()
                .writerWithDefaultPrettyPrinter()
                .writeValue(directory.resolve("soak.json").toFile(), json);
        String text = text();
        Files.writeString(directory.resolve("soak.md"), text);
        System.out.println(text);
    }

    private Map<Measure, Flatness> underLoad() {
        Map<Measure, Flatness> flat = new EnumMap<>(Measure.class);
        for (Measure measure : Measure.values()) {
            flat.put(measure, Flatness.of(series(load, measure), measure.relative(), measure.absolute()));
        }
        return flat;
    }

    private Map<Measure, Flatness> atRest() {
        Map<Measure, Flatness> flat = new EnumMap<>(Measure.class);
        for (Measure measure : Measure.values()) {
            double first = Flatness.median(series(before, measure));
            double last = Flatness.median(series(after, measure));
            double part = MEMORY.contains(measure) ? first * measure.relative() : 0;
            flat.put(measure, new Flatness(first, last, first + part + measure.atRest()));
        }
        return flat;
    }

    private static void add(List<String> grown, Measure measure, String when, Flatness flat) {
        if (!flat.isFlat()) {
            grown.add("%s %s: from %.1f to %.1f %s, more than %.1f"
                    .formatted(measure.title(), when, flat.first(), flat.last(), measure.unit(), flat.limit()));
        }
    }

    private Chart chart(String title, String unit, List<Measure> measures) {
        Chart chart = Chart.of(title, "minutes", unit);
        List<Double> minute = load.stream().map(Sample::minute).toList();
        measures.forEach(measure -> chart.line(measure.title(), minute, series(load, measure)));
        return chart;
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        line(text, "# Soak");
        line(text, "");
        line(
                text,
                "%.0f minutes, seed %d: %d samples under load, %,d requests and events, **%d unexpected**, %.0f clients evicted.",
                minutes,
                seed,
                load.size(),
                tally.total(),
                tally.wrong(),
                evictions);
        line(text, "");
        line(text, "| what | under load: first | last | may be | at rest: first | last | may be | flat |");
        line(text, "|---|---|---|---|---|---|---|---|");
        Map<Measure, Flatness> busy = underLoad();
        Map<Measure, Flatness> rest = atRest();
        for (Measure measure : Measure.values()) {
            Flatness one = busy.get(measure);
            Flatness two = rest.get(measure);
            line(
                    text,
                    "| %s | %.1f | %.1f | %.1f | %.1f | %.1f | %.1f | %s |",
                    measure.title() + (measure.unit().isEmpty() ? "" : ", " + measure.unit()),
                    one.first(),
                    one.last(),
                    one.limit(),
                    two.first(),
                    two.last(),
                    two.limit(),
                    one.isFlat() && two.isFlat() ? "yes" : "**no**");
        }
        line(text, "");
        line(text, "![memory](memory.svg)");
        line(text, "![counts](counts.svg)");
        line(text, "");
        line(text, "| operation and answer | how often |");
        line(text, "|---|---|");
        tally.counts().forEach((what, count) -> line(text, "| %s | %d |", what, count));
        tally.told().forEach(what -> line(text, "- unexpected: %s", what));
        return text.toString();
    }

    private static void line(StringBuilder text, String format, Object... values) {
        text.append(values.length == 0 ? format : String.format(Locale.ROOT, format, values))
                .append('\n');
    }

    private static List<Double> series(List<Sample> samples, Measure measure) {
        return samples.stream().map(sample -> sample.values().get(measure)).toList();
    }
}
