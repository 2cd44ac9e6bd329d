package io.heddle.testsupport;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * Gives one {@link FuzzTarget} many inputs, each made from the seed and its number alone. Every input has to be judged within a
 * time and with an amount of memory that do not depend on what is in it.
 */
public final class Fuzzing {

    /** What failed inputs and reports are written to. */
    static final Path DIRECTORY = Path.of(System.getProperty("project.build.directory", "target"), "faults")
            .toAbsolutePath();

    private static final long MOST_NANOS = 250_000_000L;
    private static final Duration NEVER = Duration.ofSeconds(20);
    private static final int MEASURED_AGAIN = 3;
    private static final long MOST_ALLOCATED = 8L << 20;
    private static final long MOST_ALLOCATED_PER_BYTE = 400;
    private static final int MOST_FAILURES = 12;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final FuzzTarget target;
    private final long seed;
    private final Mutator mutator;
    private final Map<String, Long> verdicts = new TreeMap<>();
    private final Map<String, String> failures = new ConcurrentSkipListMap<>();
    private volatile int current;
    private volatile byte[] judged = {};
    private volatile long since;
    private long slowest;
    private int slowestLength;
    private long hungriest;

    private Fuzzing(FuzzTarget target, long seed) {
        this.target = target;
        this.seed = seed;
        this.mutator = new Mutator(target.corpus(), target.words());
    }

    /** A seed of its own for each run, or the one that a failure has named: {@code -Dheddle.test.seed=…}. */
    public static long seed() {
        return Long.getLong("heddle.test.seed", System.nanoTime());
    }

    /**
     * Judges the corpus as it is, and then so many mutants of it.
     *
     * @throws AssertionError when a promise is broken; names the seed, and the files that the inputs were written to
     */
    public static FuzzResult run(FuzzTarget target, int inputs, long seed) {
        Fuzzing run = new Fuzzing(target, seed);
        run.watched(() -> run.all(inputs));
        return run.result(inputs);
    }

    private void all(int inputs) {
        for (int i = 0; i < target.corpus().size(); i++) {
            judge(-1 - i, target.corpus().get(i));
        }
        if (!verdicts.containsKey(FuzzTarget.ACCEPTED)) {
            failures.put("corpus", "  nothing of the corpus is accepted: " + verdicts);
        }
        for (int i = 0; i < inputs && failures.size() < MOST_FAILURES; i++) {
            judge(i, mutator.next(new Random(seed * 1_000_003 + i)));
        }
    }

    /** Runs on a thread of its own: a reader that never returns is a failure, too. */
    private void watched(Runnable task) {
        since = System.nanoTime();
        Thread thread = new Thread(task, "fuzzing " + target.name());
        thread.setDaemon(true);
        thread.start();
        try {
            for (thread.join(100); thread.isAlive(); thread.join(100)) {
                if (System.nanoTime() - since > NEVER.toNanos()) {
                    AssertionError hung = new AssertionError("does not return within " + NEVER);
                    hung.setStackTrace(thread.getStackTrace());
                    failed(current, judged, hung);
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private FuzzResult result(int inputs) {
        if (!failures.isEmpty()) {
            throw new AssertionError(
                    target.name() + ", -Dheddle.test.seed=" + seed + ":\n" + String.join("\n", failures.values()));
        }
        int all = inputs + target.corpus().size();
        return new FuzzResult(target.name(), all, verdicts, slowest / 1_000, slowestLength, hungriest, seed);
    }

    private void judge(int number, byte[] input) {
        current = number;
        judged = input;
        since = System.nanoTime();
        try {
            long allocated = THREADS.getCurrentThreadAllocatedBytes();
            long started = THREADS.getCurrentThreadCpuTime();
            String verdict = target.judge().judge(input);
            long nanos = THREADS.getCurrentThreadCpuTime() - started;
            allocated = THREADS.getCurrentThreadAllocatedBytes() - allocated;
            verdicts.merge(verdict, 1L, Long::sum);
            // It may have been the first of its kind, and not compiled yet.
            for (int i = 0; i < MEASURED_AGAIN && nanos > slowest; i++) {
                started = THREADS.getCurrentThreadCpuTime();
                target.judge().judge(input);
                nanos = Math.min(nanos, THREADS.getCurrentThreadCpuTime() - started);
            }
            if (nanos > slowest) {
                slowest = nanos;
                slowestLength = input.length;
            }
            hungriest = Math.max(hungriest, allocated);
            FuzzTarget.require(
                    nanos <= MOST_NANOS, "takes too long", nanos / 1_000_000 + " ms, " + input.length + " B");
            FuzzTarget.require(
                    allocated <= MOST_ALLOCATED + MOST_ALLOCATED_PER_BYTE * input.length,
                    "takes too much memory",
                    allocated + " B for " + input.length + " B");
        } catch (Exception | AssertionError | StackOverflowError | OutOfMemoryError e) {
            failed(number, input, e);
        }
    }

    private void failed(int number, byte[] input, Throwable failure) {
        String where = Arrays.stream(failure.getStackTrace())
                .map(StackTraceElement::toString)
                .filter(frame -> frame.contains("io.heddle") && !frame.contains("FuzzTarget.require"))
                .findFirst()
                .orElse("");
        String message = String.valueOf(failure.getMessage());
        String kind = failure.getClass().getName() + " " + where + " " + message.split("[:0-9]", 2)[0];
        failures.computeIfAbsent(kind, same -> {
            Path file =
                    DIRECTORY.resolve("fuzz-failed").resolve(target.name().replace(' ', '-') + "-" + number + ".bin");
            try {
                Files.createDirectories(file.getParent());
                Files.write(file, input);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return "  input " + number + ": " + shown(failure + " at " + where, 600) + "\n    " + file + ": "
                    + shown(new String(input, StandardCharsets.ISO_8859_1), 300);
        });
    }

    private static String shown(String text, int most) {
        return (text.length() > most ? text.substring(0, most) + "…" : text).replaceAll("[^ -~…]", "?");
    }
}
