package io.heddle.mount.node;

import static io.heddle.mount.node.MountLog.LOG;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.heddle.mount.MountsConfig;
import io.heddle.mount.NodeAgentStatus;
import io.heddle.mount.ShareEvent;
import io.heddle.mount.ShareSubjects;
import io.heddle.nats.NatsConnection;
import io.heddle.nats.NatsUnavailableException;
import io.heddle.stream.CoreMessage;
import io.heddle.stream.CoreSource;
import io.smallrye.mutiny.subscription.Cancellable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the status of this machine's shares: the whole status after every change, periodically when nothing changes, and as the
 * answer to a request. Thread-safe.
 */
public final class ShareStatusPublisher implements AutoCloseable {

    /** Changes come in bursts; one message reports them all. */
    private static final Duration GATHER = Duration.ofMillis(20);

    private static final Duration FLUSH_LIMIT = Duration.ofSeconds(1);
    private static final int REQUEST_BUFFER = 256;
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .build();

    private final NatsConnection connection;
    private final ShareAgent agent;
    private final ScheduledExecutorService worker;
    private final Duration interval;
    private final AtomicBoolean due = new AtomicBoolean();
    private final List<Cancellable> requests = new ArrayList<>();
    private volatile @Nullable Runnable stopListening;
    private volatile boolean closed;
    private volatile @Nullable Future<?> burst;
    private volatile @Nullable Future<?> regular;

    public ShareStatusPublisher(
            MountsConfig config, NatsConnection connection, ShareAgent agent, ScheduledExecutorService worker) {
        this.connection = connection;
        this.agent = agent;
        this.worker = worker;
        this.interval = config.statusInterval();
    }

    public void start() {
        if (agent.vmIds().isEmpty()) {
            return;
        }
        agent.listen(event -> {
            if (event instanceof ShareEvent.Changed) {
                publishSoon();
            }
        });
        stopListening = connection.listen(state -> {
            if (state.isConnected()) {
                publishSoon();
            }
        });
        for (String vmId : agent.vmIds()) {
            requests.add(new CoreSource(connection, List.of(ShareSubjects.statusRequest(vmId)), REQUEST_BUFFER)
                    .subscribe()
                    .subscribe()
                    .with(
                            request -> answer(vmId, request),
                            failure -> LOG.statusNotPublished(String.valueOf(failure.getMessage()))));
        }
        regular =
                worker.schedule(this::publishRegularly, 0, TimeUnit.MILLISECONDS); // who starts us does not wait for it
    }

    /** Publishes the last changes and stops. Blocks until the broker has them, for a second at most. */
    @Override
    public void close() {
        Runnable listening = stopListening;
        if (closed || listening == null) {
            return;
        }
        listening.run();
        for (Future<?> timer : Arrays.asList(burst, regular)) {
            if (timer != null) {
                timer.cancel(false);
            }
        }
        requests.forEach(Cancellable::cancel);
        publish();
        closed = true;
        try {
            connection.require().flush(FLUSH_LIMIT);
        } catch (NatsUnavailableException | IllegalStateException | TimeoutException e) {
            LOG.statusNotPublished(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void publishSoon() {
        if (due.compareAndSet(false, true)) {
            burst = worker.schedule(
                    () -> {
                        due.set(false);
                        publish();
                    },
                    GATHER.toMillis(),
                    TimeUnit.MILLISECONDS);
        }
    }

    private void publishRegularly() {
        if (closed) {
            return;
        }
        publish();
        long millis = interval.toMillis();
        long jittered = millis - ThreadLocalRandom.current().nextLong(millis / 10 + 1);
        regular = worker.schedule(this::publishRegularly, jittered, TimeUnit.MILLISECONDS);
    }

    private void publish() {
        for (String vmId : agent.vmIds()) {
            send(ShareSubjects.status(vmId), vmId);
        }
    }

    private void answer(String vmId, CoreMessage request) {
        String replyTo = request.replyTo();
        if (replyTo != null) {
            send(replyTo, vmId);
        }
    }

    /** One at a time, so that the last status sent is the last one read. Never fails: the timers and the answers go on. */
    private synchronized void send(String subject, String vmId) {
        if (closed || !connection.state().isConnected()) {
            return; // the whole status is sent again after the reconnect
        }
        NodeAgentStatus status = new NodeAgentStatus(
                vmId, agent.vmIds(), NodeAgentStatus.VERSION, Instant.now(), agent.mode(), agent.statuses());
        try {
            connection.publish(subject, null, null, MAPPER.writeValueAsBytes(status));
        } catch (NatsUnavailableException | IllegalArgumentException e) {
            // Not connected, or larger than the broker takes.
            LOG.statusNotPublished(String.valueOf(e.getMessage()));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the status could not be written as JSON", e);
        }
    }
}
