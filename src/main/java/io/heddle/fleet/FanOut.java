package io.heddle.fleet;

import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The publishing of a group's change to its VMs. It continues without subscribers. Thread-safe.
 */
public final class FanOut {

    private static final Duration INTERVAL = Duration.ofMillis(100);

    private final CompletableFuture<Boolean> ended = new CompletableFuture<>();
    private final Map<String, String> failed = new TreeMap<>(); // guarded by this
    private final List<VmFailure> failures = new ArrayList<>(); // guarded by this; in order of arrival
    private int total; // guarded by this
    private int done; // guarded by this

    /** A VM that the change was not published to, and the reason. */
    @RegisterForReflection
    public record VmFailure(String vm, String reason) {}

    /**
     * The progress.
     *
     * @param total the number of VMs
     * @param done the number of VMs whose messages the stream has acknowledged
     * @param failed while running: the failures since the previous progress; at the end: the VMs that failed
     * @param finished whether the fan-out has ended
     */
    public record Progress(int total, int done, List<VmFailure> failed, boolean finished) {}

    public FanOut() {}

    /** Returns a finished fan-out without VMs. */
    static FanOut nothing() {
        FanOut none = new FanOut();
        none.ended.complete(true);
        return none;
    }

    /** Returns the final progress; never fails: VMs that were not reached are listed as failed and retried later. */
    public Uni<Progress> finished() {
        return Uni.createFrom().completionStage(ended::copy).map(end -> summary());
    }

    /** Returns the current progress, with all failures so far. */
    public Progress now() {
        return summary();
    }

    /** Streams the progress, at most ten times a second while it changes, then the final progress. */
    public Multi<Progress> progress() {
        AtomicReference<Progress> last = new AtomicReference<>();
        int[] seen = {0};
        return Multi.createFrom()
                .ticks()
                .every(INTERVAL)
                .onOverflow()
                .drop()
                .onItem()
                .transform(tick -> ended.isDone() ? summary() : since(seen))
                .filter(now -> !now.equals(last.getAndSet(now)))
                .select()
                .first(now -> !now.finished())
                .onCompletion()
                .switchTo(() -> Multi.createFrom().item(summary()));
    }

    public synchronized void total(int vms) {
        total = Math.max(total, vms);
    }

    public synchronized void settled(String vm, @Nullable String failure) {
        if (failure != null) {
            if (failed.put(vm, failure) == null) {
                failures.add(new VmFailure(vm, failure));
            }
        } else {
            failed.remove(vm);
            done++;
        }
    }

    /** A VM that was done gets other messages. */
    public synchronized void again() {
        done--;
    }

    public synchronized List<String> failedVms() {
        return List.copyOf(failed.keySet());
    }

    public Progress end() {
        ended.complete(true);
        return summary();
    }

    private synchronized Progress since(int[] seen) {
        List<VmFailure> news = List.copyOf(failures.subList(seen[0], failures.size()));
        seen[0] = failures.size();
        return new Progress(total, done, news, false);
    }

    private synchronized Progress summary() {
        List<VmFailure> all = failed.entrySet().stream()
                .map(one -> new VmFailure(one.getKey(), one.getValue()))
                .toList();
        return new Progress(total, done, all, ended.isDone());
    }
}
