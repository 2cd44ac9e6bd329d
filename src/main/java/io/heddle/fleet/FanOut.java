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
 * A change of a group on its way to the VMs. It goes on whether or not anybody looks at it. Thread-safe.
 */
public final class FanOut {

    private static final Duration EVERY = Duration.ofMillis(100);

    private final CompletableFuture<Boolean> ended = new CompletableFuture<>();
    private final Map<String, String> failed = new TreeMap<>(); // guarded by this
    private final List<VmFailure> failures = new ArrayList<>(); // guarded by this: as they came
    private int total; // guarded by this
    private int done; // guarded by this

    /** A VM that was not reached, and why. */
    @RegisterForReflection
    public record VmFailure(String vm, String reason) {}

    /**
     * How far it is.
     *
     * @param total how many VMs it is for
     * @param done how many have everything, acknowledged by the stream
     * @param failed while it is under way: the failures since the last look; in the end: the VMs that failed
     * @param finished whether this is the end
     */
    public record Progress(int total, int done, List<VmFailure> failed, boolean finished) {}

    public FanOut() {}

    /** One for which there is nothing to do. */
    static FanOut nothing() {
        FanOut none = new FanOut();
        none.ended.complete(true);
        return none;
    }

    /** How it ended; never fails: whom the change did not reach is among those who failed, and is tried again later. */
    public Uni<Progress> finished() {
        return Uni.createFrom().completionStage(ended::copy).map(end -> summary());
    }

    /** How far it is at the moment, with all failures so far. */
    public Progress now() {
        return summary();
    }

    /** How far it is, ten times a second while it moves, and how it ended. */
    public Multi<Progress> progress() {
        AtomicReference<Progress> last = new AtomicReference<>();
        int[] seen = {0};
        return Multi.createFrom()
                .ticks()
                .every(EVERY)
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

    /** A VM that had everything gets something else. */
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
