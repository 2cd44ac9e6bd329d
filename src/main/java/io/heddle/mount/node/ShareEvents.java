package io.heddle.mount.node;

import static io.heddle.mount.node.MountLog.LOG;

import io.heddle.broadcast.Broadcast;
import io.heddle.mount.ShareEvent;
import io.heddle.mount.ShareStatus;
import io.smallrye.mutiny.Multi;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;

/** Publishes the events of a node agent to its log, its listeners and its subscribers. Thread-safe. */
final class ShareEvents implements AutoCloseable {

    private static final int BUFFER = 1_024;

    private final Broadcast<ShareEvent> broadcast;
    /** What a new subscriber begins with. Guarded by the broadcast: the reconciler publishes under its own lock. */
    private final Map<String, ShareEvent.Changed> latest = new LinkedHashMap<>();

    private final List<Consumer<ShareEvent>> listeners = new CopyOnWriteArrayList<>();

    ShareEvents(ScheduledExecutorService worker) {
        this.broadcast = new Broadcast<>(worker);
    }

    Multi<ShareEvent> subscribe() {
        return broadcast.subscribe(BUFFER, () -> List.<ShareEvent>copyOf(latest.values()));
    }

    int subscribers() {
        return broadcast.subscribers();
    }

    long evictions() {
        return broadcast.evictions();
    }

    void listen(Consumer<ShareEvent> listener) {
        listeners.add(listener);
    }

    void publish(ShareEvent event) {
        for (Consumer<ShareEvent> listener : listeners) {
            try {
                listener.accept(event);
            } catch (RuntimeException e) {
                LOG.listenerFailed(e);
            }
        }
        if (event instanceof ShareEvent.Changed changed) {
            log(changed.status());
            broadcast.publishAll(() -> {
                latest.put(changed.status().id(), changed);
                return List.of(event);
            });
        } else {
            broadcast.publish(event);
        }
    }

    /** New subscribers no longer receive the status of this share. */
    void forget(String id) {
        broadcast.publishAll(() -> {
            latest.remove(id);
            return List.of();
        });
    }

    @Override
    public void close() {
        broadcast.close();
    }

    private static void log(ShareStatus status) {
        String error = status.error();
        if (error == null) {
            LOG.shareIs(status.id(), status.state(), status.mountPoint());
        } else {
            LOG.shareHasTrouble(status.id(), status.state(), status.mountPoint(), error);
        }
    }
}
