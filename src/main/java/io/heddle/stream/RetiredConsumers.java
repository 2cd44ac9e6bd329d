package io.heddle.stream;

import static io.heddle.stream.StreamLog.LOG;

import io.heddle.stream.request.JetStreamApi;
import io.smallrye.mutiny.subscription.Cancellable;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Consumers that nobody reads any more. They are deleted; one that can't be at the moment is tried again when the broker
 * answers, and in the end the broker removes it by itself ({@link ConsumerOpening#INACTIVE_THRESHOLD}). Thread-safe.
 */
final class RetiredConsumers {

    private static final int REMEMBERED = 16;

    private final JetStreamApi api;
    private final String stream;
    private final Set<String> names = ConcurrentHashMap.newKeySet();

    RetiredConsumers(JetStreamApi api, String stream) {
        this.api = api;
        this.stream = stream;
    }

    void retire(String name) {
        if (names.size() < REMEMBERED) {
            names.add(name);
        }
        delete(name);
    }

    /** Tries again where it did not work. */
    void sweep() {
        names.forEach(this::delete);
    }

    private void delete(String name) {
        Cancellable unused = api.deleteConsumer(stream, name)
                .subscribe()
                .with(
                        existed -> names.remove(name),
                        failure -> LOG.consumerNotDeleted(name, String.valueOf(failure.getMessage())));
    }
}
