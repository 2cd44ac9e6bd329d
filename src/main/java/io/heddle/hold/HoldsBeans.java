package io.heddle.hold;

import io.heddle.hold.history.HistoryStream;
import io.heddle.nats.NatsConnection;
import io.heddle.nats.Observation;
import io.quarkus.arc.lookup.LookupIfProperty;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Creates the holds of the application, if they are enabled. */
@Singleton
final class HoldsBeans {

    private volatile @Nullable Holds started;
    private volatile @Nullable HistoryStream history;

    @Produces
    @Singleton
    @LookupIfProperty(name = "heddle.holds.enabled", stringValue = "true", lookupIfMissing = true)
    Holds holds(NatsConnection connection, HoldsConfig config, @Any Instance<HoldsListener> listeners) {
        Holds holds = KvHolds.start(
                connection, config, new AllListeners(listeners.stream().toList()));
        started = holds;
        return holds;
    }

    /** Before the beans are disposed of, the connection among them, in whatever order. */
    void stop(@Observes ShutdownEvent event) {
        Holds holds = started;
        if (holds != null) {
            holds.close();
        }
        HistoryStream recorded = history;
        if (recorded != null) {
            recorded.close();
        }
    }

    void close(@Disposes Holds holds) {
        holds.close();
    }

    @Produces
    @Singleton
    @LookupIfProperty(name = "heddle.holds.enabled", stringValue = "true", lookupIfMissing = true)
    @LookupIfProperty(name = "heddle.holds.history.enabled", stringValue = "true", lookupIfMissing = true)
    HoldHistory history(NatsConnection connection, HoldsConfig config) {
        HistoryStream started = HistoryStream.start(connection, config);
        history = started;
        return started;
    }

    private record AllListeners(List<HoldsListener> all) implements HoldsListener {
        @Override
        public Observation<Grant> announcing(FilePath file, String holder) {
            return Observation.all(all.stream()
                    .map(listener -> listener.announcing(file, holder))
                    .toList());
        }

        @Override
        public Observation<Grant> renewing(FilePath file, String holder) {
            return Observation.all(all.stream()
                    .map(listener -> listener.renewing(file, holder))
                    .toList());
        }

        @Override
        public void retried(FilePath file, int conflicts) {
            all.forEach(listener -> listener.retried(file, conflicts));
        }

        @Override
        public void outcomeUnknown(FilePath file) {
            all.forEach(listener -> listener.outcomeUnknown(file));
        }

        @Override
        public void lateGrantRolledBack(FilePath file) {
            all.forEach(listener -> listener.lateGrantRolledBack(file));
        }

        @Override
        public void outcomesDropped(int writes) {
            all.forEach(listener -> listener.outcomesDropped(writes));
        }

        @Override
        public void violated(FilePath file) {
            all.forEach(one -> one.violated(file));
        }

        @Override
        public void corrupt(String key) {
            all.forEach(listener -> listener.corrupt(key));
        }
    }
}
