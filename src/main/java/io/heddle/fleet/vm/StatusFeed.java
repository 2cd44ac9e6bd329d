package io.heddle.fleet.vm;

import static io.heddle.fleet.publish.FleetLog.LOG;

import io.heddle.fleet.FleetConfig;
import io.heddle.fleet.vm.StatusReader.BadStatusException;
import io.heddle.mount.ShareSubjects;
import io.heddle.nats.NatsConnection;
import io.heddle.nats.NatsState;
import io.heddle.nats.NatsUnavailableException;
import io.heddle.stream.CoreMessage;
import io.heddle.stream.CoreSource;
import io.heddle.text.Text;
import io.nats.client.NUID;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.smallrye.mutiny.subscription.Cancellable;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Receives the status of all node agents: as they publish it, and as answers to the request of a replica that does not know them yet.
 * The messages are untrusted. Thread-safe.
 */
public final class StatusFeed implements AutoCloseable {

    private static final Duration RETRY_DELAY = Duration.ofSeconds(1);
    private static final int BUFFER = 16_384;
    /** 4,000 requests a second: 10,000 node agents answer in 2.5 s, and the answers fit into the buffer. */
    private static final int REQUESTS = 200;

    private static final long PACE_MILLIS = 50;
    private static final byte[] NOTHING = new byte[0];

    private final NatsConnection connection;
    private final VmTable table;
    private final StatusReader reader;
    /** The reply subjects; the last token is the VM's id. */
    private final String inbox;

    private final CoreSource source;
    private final AtomicLong bad = new AtomicLong();
    private final Queue<String> toAsk = new ArrayDeque<>(); // guarded by itself
    private boolean asking; // guarded by toAsk
    private @Nullable Cancellable subscription;
    private @Nullable Runnable stopListening;
    private volatile boolean closed;

    public StatusFeed(NatsConnection connection, VmTable table, FleetConfig config) {
        this.connection = connection;
        this.inbox = connection.inboxPrefix() + NUID.nextGlobal();
        this.table = table;
        this.reader = new StatusReader((int) config.maxStatus().asLongValue());
        this.source = new CoreSource(connection, List.of(ShareSubjects.ALL_STATUSES, inbox + ".*"), BUFFER);
    }

    public void start() {
        subscription = source.subscribe()
                .onItem()
                .invoke(this::received)
                .onFailure()
                .invoke(failure -> LOG.statusNotReceived(String.valueOf(failure.getMessage())))
                .onFailure(failure -> !(failure instanceof NatsUnavailableException))
                .retry()
                .withBackOff(RETRY_DELAY)
                .indefinitely()
                .subscribe()
                .with(message -> {}, Infrastructure::handleDroppedException);
        stopListening = connection.listen(this::changed);
    }

    @Override
    public void close() {
        closed = true;
        if (subscription != null) {
            subscription.cancel();
        }
        if (stopListening != null) {
            stopListening.run();
        }
    }

    /** The number of invalid status messages. */
    public long bad() {
        return bad.get();
    }

    /** The number of status messages dropped because the buffer was full. */
    public long dropped() {
        return source.dropped();
    }

    /** Requests the status of node agents, at a bounded rate. */
    public void ask(Collection<String> vms) {
        synchronized (toAsk) {
            toAsk.addAll(vms);
            if (asking) {
                return;
            }
            asking = true;
        }
        Infrastructure.getDefaultExecutor().execute(this::askSome);
    }

    private void changed(NatsState state) {
        Infrastructure.getDefaultExecutor().execute(() -> {
            boolean connected = state.isConnected();
            table.listening(connected);
            if (connected) {
                ask(table.unreported());
            }
        });
    }

    private void askSome() {
        List<String> some = new ArrayList<>(REQUESTS);
        synchronized (toAsk) {
            while (some.size() < REQUESTS && !toAsk.isEmpty()) {
                some.add(toAsk.remove());
            }
            if (some.isEmpty() || closed) {
                asking = false;
                return;
            }
        }
        try {
            some.forEach(vm -> connection.publish(ShareSubjects.statusRequest(vm), inbox + "." + vm, null, NOTHING));
        } catch (NatsUnavailableException e) {
            // All are asked again when the connection is back.
            LOG.notAsked(String.valueOf(e.getMessage()));
            synchronized (toAsk) {
                toAsk.clear();
            }
        } catch (RuntimeException e) {
            // One id must not stop the requests for the others.
            LOG.notAsked(String.valueOf(e.getMessage()));
        }
        var unused = Infrastructure.getDefaultWorkerPool().schedule(this::askSome, PACE_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void received(CoreMessage message) {
        byte[] data = message.data();
        if (data == null || data.length == 0) {
            return; // the broker's no-responders answer
        }
        String subject = message.subject();
        boolean isAnswer = subject.startsWith(inbox);
        String vm = isAnswer ? subject.substring(inbox.length() + 1) : ShareSubjects.vmId(subject);
        try {
            table.reported(reader.read(ShareSubjects.requireVmId(vm), data), isAnswer);
        } catch (BadStatusException e) {
            bad.incrementAndGet();
            LOG.badStatus(Text.printable(subject), String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            // One message must not stop those of the other VMs.
            bad.incrementAndGet();
            LOG.messageFailed(Text.printable(subject), String.valueOf(e.getMessage()));
        }
    }
}
