package io.heddle.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;

/** The processor time that this process and a server take for something: it says what a rate is bounded by. */
public final class Cpu {

    private final OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private final ProcessHandle server;
    private long count;
    private long ours;
    private long servers;

    /** @param server the process id of the server */
    public Cpu(long server) {
        this.server = ProcessHandle.of(server).orElseThrow();
    }

    /** Does it, and counts what it takes as the time of so many calls. */
    public <T> T of(int calls, Callable<T> work) throws Exception {
        long ourStart = system.getProcessCpuTime();
        long serverStart = serverTime();
        T result = work.call();
        ours += system.getProcessCpuTime() - ourStart;
        servers += serverTime() - serverStart;
        count += calls;
        return result;
    }

    private long serverTime() {
        return server.info().totalCpuDuration().map(Duration::toNanos).orElseThrow();
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT, "%.0f µs here and %.0f µs at the server", ours / 1e3 / count, servers / 1e3 / count);
    }
}
