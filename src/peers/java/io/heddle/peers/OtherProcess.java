package io.heddle.peers;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/** A process of its own with a client: one that takes a file and is killed, or one that has to find out what is held. */
final class OtherProcess implements AutoCloseable {

    private static final int PAGES = 20;
    private static final int PAGE = 100;

    private final Process process;
    private final BufferedReader output;

    OtherProcess(Peer peer, Servers servers, Duration ttl, String task, String argument) throws IOException {
        process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx2g",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        OtherProcess.class.getName(),
                        peer.name(),
                        servers.ports().stream().map(String::valueOf).collect(Collectors.joining(",")),
                        ttl.toString(),
                        task,
                        argument)
                .redirectError(Table.DIRECTORY.resolve("other.log").toFile())
                .start();
        output = process.inputReader();
    }

    /** What it says next. */
    double[] answer() throws IOException {
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            if (line.startsWith("answer ")) {
                return List.of(line.substring(7).split(" ")).stream()
                        .mapToDouble(Double::parseDouble)
                        .toArray();
            }
        }
        throw new IllegalStateException("the other process ended; see " + Table.DIRECTORY.resolve("other.log"));
    }

    /** kill -9. */
    @Override
    public void close() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Arguments: system, ports, ttl, {@code take} or {@code list}, a file or the number of directories. */
    public static void main(String[] arguments) throws Exception {
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> {
            failure.printStackTrace();
            Runtime.getRuntime().halt(1);
        });
        List<Integer> ports =
                List.of(arguments[1].split(",")).stream().map(Integer::valueOf).toList();
        long began = System.nanoTime();
        LockClient client = Peer.named(arguments[0]).connect(ports, Duration.parse(arguments[2]));
        List<Double> answer = arguments[3].equals("take")
                ? take(client, arguments[4])
                : list(client, Integer.parseInt(arguments[4]), began);
        System.out.println("answer " + answer.stream().map(String::valueOf).collect(Collectors.joining(" ")));
        int unused = System.in.read(); // until it is killed, or its parent has ended
        Runtime.getRuntime().halt(0);
    }

    private static List<Double> take(LockClient client, String file) {
        client.take(file, 999_999).toCompletableFuture().join();
        return List.of((double) System.nanoTime());
    }

    private static List<Double> list(LockClient client, int directories, long began) throws Exception {
        List<Double> answer = new ArrayList<>();
        Histogram pages = new Histogram(3);
        for (int i = 0; i < PAGES; i++) {
            long asked = System.nanoTime();
            int found = client.page("/work/module-" + i * directories / PAGES + "/src", PAGE)
                    .size();
            if (found != PAGE) {
                throw new IllegalStateException("a page has " + found + " files");
            }
            if (i == 0) {
                answer.add((System.nanoTime() - began) / 1e6);
            }
            pages.recordValue(System.nanoTime() - asked);
        }
        answer.add(pages.getValueAtPercentile(50) / 1e6);
        System.gc();
        answer.add(ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / 1048576.0);
        return answer;
    }
}
