package io.heddle.stream;

import static io.heddle.stream.StreamLog.LOG;

import io.heddle.stream.request.JetStreamApi;
import io.smallrye.mutiny.subscription.Cancellable;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Consumers that are no longer read. They are deleted; a failed deletion is repeated when the broker answers, and finally the
 * broker removes them by itself ({@link ConsumerOpening#INACTIVE_THRESHOLD}). Thread-safe.
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

    /** Repeats failed deletions. */
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
