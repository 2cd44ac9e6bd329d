package org.example;

import io.heddle.hold.HoldEvent;
import io.heddle.mount.ShareEvent;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/** Listens to what happens to holds and to this machine's shares. */
@ApplicationScoped
public class EventLog {

    private final List<Object> events = new CopyOnWriteArrayList<>();

    @Incoming("hold-events")
    void hold(HoldEvent event) {
        events.add(event);
    }

    @Incoming("share-events")
    void share(ShareEvent event) {
        events.add(event);
    }

    public List<Object> events() {
        return events;
    }
}
