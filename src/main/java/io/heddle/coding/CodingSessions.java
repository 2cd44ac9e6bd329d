package io.heddle.coding;

import io.heddle.hold.FilePath;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldFilter;
import io.heddle.hold.Holds;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The sessions of coding agents that are in contact with this process. Thread-safe. */
@Singleton
@IfBuildProperty(name = "heddle.coding.enabled", stringValue = "true")
public class CodingSessions {

    private static final Duration LONGEST_CHECK = Duration.ofSeconds(30);
    private static final Duration SHORTEST_CHECK = Duration.ofMillis(100);

    private final CodingConfig config;
    private final Supplier<Holds> available;
    private final LostHolds lost = new LostHolds();
    private final SessionCounts counts = new SessionCounts();
    private final Map<String, Session> sessions = new ConcurrentHashMap<>();
    private @Nullable Cancellable events;
    private @Nullable Cancellable idleChecks;

    @Inject
    CodingSessions(CodingConfig config, Instance<Holds> holds) {
        this(config, holds::get);
    }

    CodingSessions(CodingConfig config, Supplier<Holds> holds) {
        this.config = config;
        this.available = holds;
    }

    /**
     * A session is in contact: its holds are renewed by this process from now on.
     *
     * @return fails with {@link SessionLimitException}
     */
    public Uni<Session> contact(Contact contact) {
        return Uni.createFrom().deferred(() -> {
            Holds holds = started();
            Session session = sessions.compute(
                    contact.session(), (name, known) -> known != null && known.touch() ? known : begun(contact, holds));
            return session.contacted(contact);
        });
    }

    /** The limit is for new sessions; a session that was removed here would be renewed and never end. */
    private Session begun(Contact contact, Holds holds) {
        if (sessionsOf(contact.subject()) >= config.maxSessionsPerSubject()) {
            throw new SessionLimitException("there are " + config.maxSessionsPerSubject()
                    + " sessions: end some, or raise heddle.coding.max-sessions-per-subject");
        }
        return new Session(contact, holds, config, lost, counts);
    }

    private long sessionsOf(String subject) {
        return sessions.values().stream()
                .filter(session -> session.contact().subject().equals(subject))
                .count();
    }

    /** The session ends: everything that it holds is released. */
    public Uni<List<FilePath>> end(Session session) {
        sessions.remove(session.name(), session);
        return session.end();
    }

    /** Returns the sessions in contact with this process, and the other holders of the bucket as sessions of which less is known. */
    public Uni<List<SessionState>> list(HoldFilter filter) {
        return started().list(filter).map(all -> {
            Map<String, List<Hold>> byHolder = new TreeMap<>();
            sessions.keySet().forEach(name -> byHolder.put(name, new ArrayList<>()));
            all.forEach(hold -> byHolder.computeIfAbsent(hold.holder(), name -> new ArrayList<>())
                    .add(hold));
            List<SessionState> states = new ArrayList<>();
            byHolder.forEach((name, held) -> {
                Session session = sessions.get(name);
                states.add(
                        session != null
                                ? session.state(held)
                                : new SessionState(Contact.of(name, ""), null, held, List.of()));
            });
            return states;
        });
    }

    /** Returns how many sessions are in contact with this process. */
    public int count() {
        return sessions.size();
    }

    public SessionCounts counts() {
        return counts;
    }

    /** Follows the events from the first contact on, so that a process without agents reads nothing. */
    private synchronized Holds started() {
        Holds holds = available.get();
        if (events == null) {
            events = lost.follow(holds);
            Duration tenth = config.idleTimeout().dividedBy(10);
            Duration interval = tenth.compareTo(LONGEST_CHECK) > 0
                    ? LONGEST_CHECK
                    : tenth.compareTo(SHORTEST_CHECK) < 0 ? SHORTEST_CHECK : tenth;
            idleChecks = Multi.createFrom()
                    .ticks()
                    .every(interval)
                    .onOverflow()
                    .drop()
                    .subscribe()
                    .with(tick -> endIdle());
        }
        return holds;
    }

    /** Renewals end; nothing is released, because another process may renew for the session. */
    private void endIdle() {
        Instant now = Instant.now();
        sessions.values().removeIf(session -> {
            boolean idle = session.endIfIdle(now);
            if (idle) {
                CodingLog.LOG.idle(session.name(), config.idleTimeout(), session.abandon());
            }
            return idle;
        });
    }

    @PreDestroy
    synchronized void close() {
        if (events != null) {
            events.cancel();
        }
        if (idleChecks != null) {
            idleChecks.cancel();
        }
    }
}
