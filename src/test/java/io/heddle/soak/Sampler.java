package io.heddle.soak;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.testsupport.CubeFsStub;
import io.heddle.testsupport.NatsServer;
import io.heddle.testsupport.PackagedService;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Stream;

/** Looks at the service and its broker from outside: the JVM's own tools, /proc, the broker's monitoring. */
final class Sampler {

    private static final String NON_HEAP = "jvm_memory_used_bytes{area=\"nonheap\",";
    private static final double MEBI = 1024 * 1024;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final PackagedService service;
    private final NatsServer broker;

    /**
     * One look.
     *
     * @param minute since the beginning of the run
     */
    record Sample(double minute, Map<Measure, Double> values) {}

    Sampler(PackagedService service, NatsServer broker) {
        this.service = service;
        this.broker = broker;
    }

    /** Collects the service's garbage first. Takes about half a second. */
    Sample take(double minute) throws IOException {
        String pid = Long.toString(service.pid());
        CubeFsStub.run(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(), pid, "GC.run");
        String metrics = service.text("/q/metrics");
        Map<Measure, Double> values = new EnumMap<>(Measure.class);
        values.put(Measure.HEAP, sum(metrics, "jvm_memory_used_bytes{area=\"heap\"") / MEBI);
        values.put(
                Measure.METASPACE,
                (sum(metrics, NON_HEAP + "id=\"Metaspace") + sum(metrics, NON_HEAP + "id=\"Compressed Class")) / MEBI);
        values.put(Measure.CODE, sum(metrics, NON_HEAP + "id=\"Code") / MEBI);
        values.put(Measure.DIRECT, sum(metrics, "jvm_buffer_memory_used_bytes{id=\"direct\"") / MEBI);
        String status = Files.readString(Path.of("/proc", pid, "status"), StandardCharsets.ISO_8859_1);
        values.put(Measure.RESIDENT, field(status, "VmRSS:") / 1024.0);
        values.put(Measure.THREADS, (double) field(status, "Threads:"));
        values.put(Measure.FILES, (double) count(Path.of("/proc", pid, "fd")));
        values.put(Measure.CHILDREN, (double) children());
        JsonNode server = MAPPER.readTree(broker.monitor("/varz"));
        values.put(Measure.CONNECTIONS, number(server, "connections"));
        values.put(Measure.SUBSCRIPTIONS, number(server, "subscriptions"));
        values.put(Measure.CONSUMERS, number(MAPPER.readTree(broker.monitor("/jsz")), "consumers"));
        return new Sample(minute, values);
    }

    long children() {
        return ProcessHandle.of(service.pid()).orElseThrow().children().count();
    }

    /** A meter of the service, all its series together. */
    double meter(String name) throws IOException {
        return sum(service.text("/q/metrics"), name);
    }

    /** A meter that is not there would look like one that is always flat. */
    private static double sum(String metrics, String prefix) {
        double[] found = metrics.lines()
                .filter(line -> line.startsWith(prefix))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .toArray();
        if (found.length == 0) {
            throw new IllegalStateException("no meter begins with " + prefix);
        }
        double sum = 0;
        for (double value : found) {
            sum += value;
        }
        return sum;
    }

    private static long field(String status, String name) {
        return status.lines()
                .filter(line -> line.startsWith(name))
                .map(line -> line.replaceAll("[^0-9]", ""))
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElseThrow();
    }

    private static double number(JsonNode answer, String name) {
        if (!answer.path(name).isNumber()) {
            throw new IllegalStateException("the broker does not tell its " + name + ": " + answer);
        }
        return answer.get(name).asDouble();
    }

    private static long count(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.count();
        }
    }
}
