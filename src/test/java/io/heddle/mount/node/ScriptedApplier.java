package io.heddle.mount.node;

import io.heddle.mount.ShareApplier;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareSignal;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.operators.multi.processors.UnicastProcessor;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** An applier whose calls end when the test says so: for playing every order of events against the reconciler. */
final class ScriptedApplier implements ShareApplier {

    final List<String> calls = new ArrayList<>();
    final UnicastProcessor<ShareSignal> signals = UnicastProcessor.create();
    private final Deque<UniEmitter<? super Void>> pending = new ArrayDeque<>();

    @Override
    public Uni<Void> mount(ShareMount share) {
        return call("mount " + share.id() + " " + share.mountPoint());
    }

    @Override
    public Uni<Void> unmount(ShareMount share) {
        return call("unmount " + share.id() + " " + share.mountPoint());
    }

    @Override
    public Multi<ShareSignal> signals() {
        return signals;
    }

    /** The oldest call that has not ended. */
    UniEmitter<? super Void> next() {
        return pending.removeFirst();
    }

    void succeed() {
        next().complete(null);
    }

    void fail(Throwable failure) {
        next().fail(failure);
    }

    int inFlight() {
        return pending.size();
    }

    private Uni<Void> call(String text) {
        return Uni.createFrom().emitter(emitter -> {
            calls.add(text);
            pending.addLast(emitter);
            emitter.onTermination(() -> {
                if (pending.remove(emitter)) {
                    calls.add("cancelled " + text);
                }
            });
        });
    }
}
