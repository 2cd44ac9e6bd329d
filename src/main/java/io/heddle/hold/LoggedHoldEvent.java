package io.heddle.hold;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** An event and its id. All subscribers get the same object. Thread-safe. */
public final class LoggedHoldEvent {

    private final HoldEventId id;
    private final HoldEvent event;
    private volatile @Nullable Object form;

    public LoggedHoldEvent(HoldEventId id, HoldEvent event) {
        this.id = id;
        this.event = event;
    }

    /** Returns the id to resume from: see {@link Holds#follow}. */
    public HoldEventId id() {
        return id;
    }

    public HoldEvent event() {
        return event;
    }

    /**
     * Returns the event in another form, created (nearly always) once for all subscribers. A process has one such form, that of
     * the wire.
     */
    public <T> T as(Class<T> type, Function<LoggedHoldEvent, T> make) {
        Object made = form;
        if (made == null) {
            made = make.apply(this);
            form = made;
        }
        return type.cast(made);
    }

    /** The id and the event. */
    @Override
    public String toString() {
        return id + " " + event;
    }
}
