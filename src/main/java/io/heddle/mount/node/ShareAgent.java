package io.heddle.mount.node;

import static io.heddle.mount.node.MountLog.LOG;

import io.heddle.mount.DeliveryMode;
import io.heddle.mount.MountsConfig;
import io.heddle.mount.NodeAgent;
import io.heddle.mount.ShareApplier;
import io.heddle.mount.ShareEvent;
import io.heddle.mount.ShareRules;
import io.heddle.mount.ShareStatus;
import io.heddle.mount.ShareSubjects;
import io.heddle.mount.feed.ShareFeed;
import io.heddle.mount.feed.ShareRecords;
import io.heddle.nats.NatsConnection;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Serves the shares of this machine: reads them from the broker, stores the desired state, and has the reconciler bring the
 * machine to it.
 *
 * <p>Thread-safe. Without a VM id it does nothing at all.
 */
public final class ShareAgent implements NodeAgent {

    /** How long a start waits for a broker before it applies the stored state. */
    private static final Duration BOOT_GRACE = Duration.ofSeconds(2);

    /** How much longer when the broker is connected and the replay still runs. */
    private static final Duration REPLAY_GRACE = Duration.ofSeconds(8);

    private final MountsConfig config;
    private final NatsConnection connection;
    private final List<String> vmIds;
    private final ShareRecords records;
    private final ShareFeed feed;
    private final StateDirectory directory;
    private final DesiredStateFile file;
    private final DesiredStateSaver saver;
    private final ShareApplier applier;
    private final ScheduledExecutorService worker;
    private final ShareReconciler reconciler;
    private final ShareEvents events;

    private final ShareIntake intake;
    private volatile @Nullable Cancellable pipeline;
    private volatile @Nullable Future<?> bootGrace;

    /**
     * Creates a node agent that is not started.
     *
     * @param worker runs what blocks, and what is due later
     */
    public ShareAgent(
            MountsConfig config, NatsConnection connection, ShareApplier applier, ScheduledExecutorService worker) {
        this(config, connection, stateDirectory(config), applier, worker);
    }

    ShareAgent(
            MountsConfig config,
            NatsConnection connection,
            StateDirectory directory,
            ShareApplier applier,
            ScheduledExecutorService worker) {
        this.config = config;
        this.directory = directory;
        this.applier = applier;
        this.file = new DesiredStateFile(directory);
        this.connection = connection;
        this.vmIds = config.vmIds().orElse(List.of()).stream()
                .map(ShareSubjects::requireVmId)
                .distinct()
                .toList();
        this.records = new ShareRecords(connection, config);
        this.feed = new ShareFeed(connection, config, vmIds, records);
        this.worker = worker;
        this.saver = new DesiredStateSaver(file, worker);
        this.events = new ShareEvents(worker);
        this.reconciler = new ShareReconciler(applier, config, worker, InstantSource.system(), events::publish);
        this.intake = new ShareIntake(vmIds, ShareRules.of(config), reconciler, saver, records, events);
    }

    static StateDirectory stateDirectory(MountsConfig config) {
        return new StateDirectory(
                config.stateDir(), "VM ids " + String.join(", ", config.vmIds().orElse(List.of())));
    }

    @Override
    public List<String> vmIds() {
        return vmIds;
    }

    @Override
    public DeliveryMode mode() {
        // Core NATS does not report an interruption.
        return connection.state().isConnected() ? intake.mode() : DeliveryMode.NONE;
    }

    @Override
    public boolean hasBegun() {
        return intake.hasBegun();
    }

    @Override
    public int subscribers() {
        return events.subscribers();
    }

    @Override
    public long evictions() {
        return events.evictions();
    }

    @Override
    public boolean narrowStream() {
        return feed.narrow();
    }

    @Override
    public @Nullable String saveFailure() {
        return saver.failure();
    }

    @Override
    public @Nullable String bucketFailure() {
        return mode() == DeliveryMode.JETSTREAM ? records.failure() : null;
    }

    @Override
    public long logBytes() {
        return applier.logBytes();
    }

    @Override
    public List<ShareStatus> statuses() {
        return reconciler.statuses();
    }

    @Override
    public Multi<ShareEvent> events() {
        return events.subscribe();
    }

    @Override
    public void listen(Consumer<ShareEvent> listener) {
        events.listen(listener);
    }

    /**
     * Begins to serve. Blocks while it reads the state directory.
     *
     * @throws java.io.UncheckedIOException when the state directory cannot be used
     * @throws IllegalStateException when the state directory is unsafe, or another node agent uses it
     */
    public void start() {
        if (vmIds.isEmpty()) {
            return;
        }
        directory.open();
        Optional<List<byte[]>> boot = config.bootFile().flatMap(BootFile::read);
        intake.restore(boot.orElse(List.of()), file.load(), config.bootFile().isEmpty() || boot.isPresent());
        LOG.agentStarted(vmIds, applier.toString(), config.stateDir().toString());
        bootGrace = worker.schedule(this::endOfGrace, BOOT_GRACE.toMillis(), TimeUnit.MILLISECONDS);
        pipeline = feed.items()
                .emitOn(worker)
                .onItem()
                .invoke(intake::take)
                .onFailure()
                .invoke(LOG::pipelineFailed)
                .onFailure()
                .retry()
                .withBackOff(Duration.ofMillis(100), Duration.ofSeconds(5))
                .indefinitely()
                .subscribe()
                .with(item -> {}, LOG::pipelineFailed);
    }

    /** Stops taking messages, then unmounts or keeps what is mounted, as configured. Completes when that is done. */
    public Uni<Void> stop() {
        Cancellable running = pipeline;
        if (running != null) {
            running.cancel();
        }
        Future<?> grace = bootGrace;
        if (grace != null) {
            grace.cancel(false);
        }
        return reconciler
                .stop(config.keepOnShutdown())
                .ifNoItem()
                .after(config.shutdownTimeout())
                .recoverWithUni(() -> {
                    LOG.stopTimedOut();
                    return Uni.createFrom().voidItem();
                })
                .chain(records::stop)
                .emitOn(worker)
                .invoke(() -> {
                    saver.flush();
                    directory.close();
                    events.close();
                });
    }

    private void endOfGrace() {
        if (connection.state().isConnected()) {
            bootGrace = worker.schedule(intake::applyKnown, REPLAY_GRACE.toMillis(), TimeUnit.MILLISECONDS);
        } else {
            intake.applyKnown();
        }
    }
}
