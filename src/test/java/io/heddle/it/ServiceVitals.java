package io.heddle.it;

import io.heddle.testsupport.PackagedService;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * What a service needs at one moment, as it tells itself.
 *
 * @param heap bytes in use after a full collection
 */
record ServiceVitals(long heap, long threads, long files) {

    static ServiceVitals of(PackagedService service) {
        try {
            Process collection = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "jcmd")
                                    .toString(),
                            Long.toString(service.pid()),
                            "GC.run")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!collection.waitFor(30, TimeUnit.SECONDS) || collection.exitValue() != 0) {
                throw new IllegalStateException("jcmd GC.run failed");
            }
            String metrics = service.text("/q/metrics");
            return new ServiceVitals(
                    sum(metrics, "jvm_memory_used_bytes{area=\"heap\""),
                    sum(metrics, "jvm_threads_live_threads"),
                    sum(metrics, "process_files_open_files"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static long sum(String metrics, String name) {
        return (long) metrics.lines()
                .filter(line -> line.startsWith(name))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
