package io.heddle.soak;

import io.heddle.testsupport.EventClient;
import io.heddle.testsupport.EventClients;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/** Clients of the event streams that come, go, come back with the id that they saw last, and some that stop reading. */
final class Watchers implements Load.Users, AutoCloseable {

    private static final int MOST = 20;
    private static final int MOST_STUCK = 12;
    private static final List<String> STREAMS = List.of(
            "/api/v1/holds/events",
            "/api/v1/holds/events?prefix=/soak/src",
            "/api/v1/holds/events?agent=agent-1",
            "/api/v1/mounts/events",
            "/api/v1/vms/events");

    private final EventClients clients = new EventClients();
    private final List<Watcher> here = new ArrayList<>();
    private final Queue<Watcher> stuck = new ArrayDeque<>();
    private final ConcurrentHashMap<String, String> lastIds = new ConcurrentHashMap<>();

    /** @param isStuck does not read any more */
    private record Watcher(EventClient client, String stream, AtomicBoolean isStuck) {}

    @Override
    public Duration pause() {
        return Duration.ofMillis(250);
    }

    @Override
    public void act(Load load, Random random) {
        int drawn = random.nextInt(100);
        if (here.size() < MOST / 2 || (here.size() < MOST && drawn < 48)) {
            come(load, random);
        } else if (drawn < 97) {
            go(load, here.remove(random.nextInt(here.size())));
        } else {
            // Of those that get everything: their sockets are full soonest.
            here.stream()
                    .filter(watcher -> watcher.stream().equals(STREAMS.get(0)))
                    .findFirst()
                    .ifPresent(watcher -> stopReading(load, watcher));
        }
    }

    /** Stays, until enough others did the same later. */
    private void stopReading(Load load, Watcher watcher) {
        load.tally().count("event stream: stops reading");
        here.remove(watcher);
        watcher.isStuck().set(true);
        watcher.client().read(false);
        stuck.add(watcher);
        if (stuck.size() > MOST_STUCK) {
            go(load, stuck.remove());
        }
    }

    @Override
    public void leave(Load load) {
        here.addAll(stuck);
        stuck.clear();
        here.forEach(watcher -> go(load, watcher));
        here.clear();
    }

    @Override
    public void close() {
        clients.close();
    }

    private void come(Load load, Random random) {
        String stream = STREAMS.get(random.nextInt(STREAMS.size()));
        String lastId = lastIds.getOrDefault(stream, "");
        boolean back = random.nextBoolean() && !lastId.isEmpty();
        AtomicBoolean isStuck = new AtomicBoolean();
        here.add(new Watcher(
                clients.open(
                        load.port(),
                        stream,
                        event -> {
                            load.tally().count("event: " + event.name());
                            if (event.name().equals("evicted") && !isStuck.get()) {
                                load.tally().unexpected("a client that reads was evicted from " + stream);
                            }
                        },
                        back ? new String[] {"Last-Event-ID: " + lastId} : new String[0]),
                stream,
                isStuck));
        load.tally().count(back ? "event stream: comes back" : "event stream: comes");
    }

    private void go(Load load, Watcher watcher) {
        int status = watcher.client().status();
        if (status != 200 && status != 0) { // 0: it went before it was answered
            load.tally()
                    .unexpected(watcher.stream() + " -> " + status + " "
                            + watcher.client().body());
        }
        if (!watcher.client().lastId().isEmpty()) {
            lastIds.put(watcher.stream(), watcher.client().lastId());
        }
        watcher.client().close();
        load.tally().count("event stream: goes");
    }
}
