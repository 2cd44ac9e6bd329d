package io.heddle.hold.bucket;

import io.heddle.hold.Hold;
import io.heddle.hold.HoldEvent;
import io.heddle.hold.HoldEvent.Announced;
import io.heddle.hold.HoldEvent.Expired;
import io.heddle.hold.HoldEvent.Released;
import io.heddle.hold.HoldName;
import io.heddle.hold.bucket.HoldEntry.Corrupt;
import io.heddle.hold.bucket.HoldEntry.Held;
import io.heddle.hold.bucket.HoldEntry.Vacant;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** The events that an entry makes: how the hold before it ended, then what the entry is. */
public final class EntryEvents {

    private final Consumer<HoldEvent> publish;
    private final Function<Held, Optional<Hold>> violated;

    /** @param violated returns the hold that a Go program's conflicts with, because it knows neither directories nor shared holds */
    public EntryEvents(Consumer<HoldEvent> publish, Function<Held, Optional<Hold>> violated) {
        this.publish = publish;
        this.violated = violated;
    }

    /**
     * Publishes that a hold is stored.
     *
     * @param before the hold before it, if its end was not published
     * @param over whether it has ended already
     */
    public void announced(Optional<Held> before, Held next, boolean over) {
        boolean renewal = before.isPresent()
                && before.get().hold().holder().equals(next.hold().holder())
                && next.stored().isBefore(before.get().hold().endsAt());
        if (!renewal) {
            before.ifPresent(held -> ended(held, new Vacant(next.revision(), next.stored(), next.reason(), next.by())));
        }
        if (!over) {
            if (!renewal && next.hold().holdId() == null) {
                violated.apply(next)
                        .ifPresent(
                                other -> publish.accept(new HoldEvent.Violated(next.hold(), other, next.revision())));
            }
            publish.accept(new Announced(next.hold(), renewal));
        } else if (renewal) {
            publish.accept(new Expired(next.hold(), next.revision()));
        }
    }

    /** Publishes that there is no hold any more. */
    public void ended(HoldName name, String key, Optional<Held> before, HoldEntry next) {
        if (next instanceof Vacant vacant) {
            before.ifPresent(held -> ended(held, vacant));
        } else if (next instanceof Corrupt corrupt) {
            before.ifPresent(held -> ended(held, new Vacant(corrupt.revision(), corrupt.stored(), null, null)));
            publish.accept(new HoldEvent.Corrupt(name.file(), key, corrupt.revision(), corrupt.reason()));
        }
    }

    /** By the entry after it: in its time or before. */
    private void ended(Held held, Vacant after) {
        Hold hold = held.hold();
        String reason = after.reason();
        if ("expired".equals(reason) || !after.stored().isBefore(hold.endsAt())) {
            publish.accept(new Expired(hold, after.revision()));
        } else {
            HoldEvent.Reason how = "forced".equals(reason)
                    ? HoldEvent.Reason.FORCED
                    : "transferred".equals(reason) ? HoldEvent.Reason.TRANSFERRED : HoldEvent.Reason.RELEASED;
            publish.accept(new Released(hold, after.revision(), how, after.by()));
        }
    }
}
