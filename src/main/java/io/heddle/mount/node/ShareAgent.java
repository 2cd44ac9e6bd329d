package io.heddle.mount.node;

import static io.heddle.mount.node.MountLog.LOG;

import io.heddle.broadcast.Broadcast;
import io.heddle.mount.DeliveryMode;
import io.heddle.mount.MountsConfig;
import io.heddle.mount.NodeAgent;
import io.heddle.mount.ShareApplier;
import io.heddle.mount.ShareEvent;
import io.heddle.mount.ShareMessages;
import io.heddle.mount.ShareMessages.Outcome;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareRefusedException;
import io.heddle.mount.ShareRules;
import io.heddle.mount.ShareStatus;
import io.heddle.mount.ShareSubjects;
import io.heddle.mount.node.DesiredState.StreamEntry;
import io.heddle.mount.node.ShareFeed.Item;
import io.heddle.nats.NatsConnection;
import io.heddle.stream.CoreMessage;
import io.heddle.stream.StreamIdentity;
import io.heddle.stream.StreamSignal;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
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

    private static final int EVENT_BUFFER = 1_024;

    /** The limit of tombstones: without it a machine with short-lived shares would collect them for ever. */
    private static final int REMEMBERED_UNMOUNTS = 256;

    private final MountsConfig config;
    private final NatsConnection connection;
    private final List<String> vmIds;
    private final ShareRules rules;
    private final ShareFeed feed;
    private final StateDirectory directory;
    private final DesiredStateFile file;
    private final DesiredStateSaver saver;
    private final ShareApplier applier;
    private final ScheduledExecutorService worker;
    private final ShareReconciler reconciler;
    private final Broadcast<ShareEvent> broadcast;
    /** What a new subscriber begins with. Guarded by the broadcast: asking the reconciler there would be asking in its own lock. */
    private final Map<String, ShareEvent.Changed> newest = new LinkedHashMap<>();

    private final List<Consumer<ShareEvent>> listeners = new CopyOnWriteArrayList<>();

    // Written by the serial pipeline only.
    private final DesiredState desired = new DesiredState();
    private @Nullable StreamIdentity stream;
    private Duration clockOffset = Duration.ZERO;

    private volatile boolean knownApplied;
    private volatile DeliveryMode mode = DeliveryMode.NONE;
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
        this.rules = ShareRules.of(config);
        this.feed = new ShareFeed(
                connection, config, vmIds.stream().map(ShareSubjects::subject).toList());
        this.worker = worker;
        this.saver = new DesiredStateSaver(file, worker);
        this.broadcast = new Broadcast<>(worker);
        this.reconciler = new ShareReconciler(applier, config, worker, InstantSource.system(), this::publish);
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
        // Core NATS does not say when it is cut off.
        return connection.state().isConnected() ? mode : DeliveryMode.NONE;
    }

    @Override
    public boolean hasBegun() {
        return knownApplied;
    }

    @Override
    public int subscribers() {
        return broadcast.subscribers();
    }

    @Override
    public long evictions() {
        return broadcast.evictions();
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
    public long logBytes() {
        return applier.logBytes();
    }

    @Override
    public List<ShareStatus> statuses() {
        return reconciler.statuses();
    }

    @Override
    public Multi<ShareEvent> events() {
        return broadcast.subscribe(EVENT_BUFFER, () -> List.<ShareEvent>copyOf(newest.values()));
    }

    @Override
    public void listen(Consumer<ShareEvent> listener) {
        listeners.add(listener);
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
        List<DesiredShare> remembered = file.load();
        Optional<List<byte[]>> boot = config.bootFile().flatMap(BootFile::read);
        boot.orElse(List.of())
                .forEach(entry -> handle(entry, 0, share -> desired.offer(DesiredShare.fromBootFile(share))));
        desired.remember(
                remembered.stream().map(this::checkedAgain).toList(),
                config.bootFile().isEmpty() || boot.isPresent());
        LOG.agentStarted(vmIds, applier.toString(), config.stateDir().toString());
        bootGrace = worker.schedule(this::endOfGrace, BOOT_GRACE.toMillis(), TimeUnit.MILLISECONDS);
        pipeline = feed.items()
                .emitOn(worker)
                .onItem()
                .invoke(this::take)
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
                .emitOn(worker)
                .invoke(() -> {
                    saver.flush();
                    directory.close();
                    broadcast.close();
                });
    }

    /**
     * Checks a stored share against the rules, which may have become stricter. A share that breaks them becomes an unmount that
     * everything supersedes: when the rules allow it again, the stream or the boot file bring it back.
     */
    private DesiredShare checkedAgain(DesiredShare remembered) {
        ShareMount share = remembered.share();
        if (!share.isMount()) {
            return remembered;
        }
        try {
            rules.check(share);
            return remembered;
        } catch (ShareRefusedException e) {
            refuse(0, new Outcome.Rejected(e.reason(), e.detail(), share.id()));
            return DesiredShare.fromBootFile(share.asUnmount());
        }
    }

    private synchronized void take(Item item) {
        if (item instanceof Item.FromStream fromStream) {
            takeSignal(fromStream.signal());
        } else if (item instanceof Item.FromCore fromCore) {
            CoreMessage message = fromCore.message();
            Instant brokerTime = fromCore.time().plus(clockOffset);
            handle(message.data(), 0, share -> apply(DesiredShare.fromCore(share, brokerTime, message.headers())));
        } else if (item instanceof Item.CoreBegins) {
            enter(DeliveryMode.CORE);
            applyKnown();
        } else if (item instanceof Item.StreamBegins begins) {
            clockOffset = begins.clockOffset();
            // The stream is read from its beginning: what an earlier replay left may be of another stream.
            stream = null;
            desired.forgetReplay();
        }
    }

    private void takeSignal(StreamSignal signal) {
        if (signal instanceof StreamSignal.Message message) {
            StreamEntry entry = StreamEntry.of(message);
            handle(message.data(), message.sequence(), share -> {
                if (desired.offerFromStream(share, stream, entry)) {
                    reconciler.desire(desired.require(share.id()));
                    remember();
                }
            });
        } else if (signal instanceof StreamSignal.CaughtUp caughtUp) {
            stream = caughtUp.stream();
            List<DesiredShare> news = desired.replayed(caughtUp.stream(), caughtUp.sequence());
            enter(DeliveryMode.JETSTREAM);
            if (knownApplied) {
                news.forEach(reconciler::desire);
            } else {
                applyKnown();
            }
            if (!news.isEmpty()) {
                remember();
            }
        } else if (signal instanceof StreamSignal.Interrupted) {
            enter(DeliveryMode.NONE);
            desired.replayBegins();
        } else if (signal instanceof StreamSignal.Restarted) {
            stream = null;
            desired.forgetReplay();
        }
    }

    private void apply(DesiredShare share) {
        if (desired.offer(share)) {
            reconciler.desire(desired.require(share.share().id()));
            remember();
        }
    }

    private void endOfGrace() {
        if (connection.state().isConnected()) {
            bootGrace = worker.schedule(this::applyKnown, REPLAY_GRACE.toMillis(), TimeUnit.MILLISECONDS);
        } else {
            applyKnown();
        }
    }

    /** Applies all that is known, once: after the first replay, or when the broker was not available in time. */
    private synchronized void applyKnown() {
        if (!knownApplied) {
            knownApplied = true;
            desired.all().forEach(reconciler::desire);
            remember();
        }
    }

    private void remember() {
        for (String id : desired.oldUnmounts(REMEMBERED_UNMOUNTS)) {
            if (reconciler.forget(id)) {
                desired.forget(id);
                broadcast.publishAll(() -> {
                    newest.remove(id);
                    return List.of();
                });
            }
        }
        saver.save(desired.all());
    }

    private void handle(byte[] data, long sequence, Consumer<ShareMount> accepted) {
        Outcome outcome = ShareMessages.handle(data, rules, accepted);
        if (outcome instanceof Outcome.Rejected rejected) {
            refuse(sequence, rejected);
        } else if (outcome instanceof Outcome.Ignored ignored) {
            publish(new ShareEvent.Ignored(ignored.share().id(), ignored.share().backend()));
        }
    }

    private void refuse(long sequence, Outcome.Rejected rejected) {
        LOG.refused(sequence, String.valueOf(rejected.id()), rejected.reason(), rejected.detail());
        publish(new ShareEvent.Rejected(rejected.reason(), rejected.detail(), sequence, rejected.id()));
    }

    private void enter(DeliveryMode next) {
        if (mode != next) {
            mode = next;
            if (next != DeliveryMode.NONE) {
                LOG.deliveryIs(next);
            }
        }
    }

    private void publish(ShareEvent event) {
        for (Consumer<ShareEvent> listener : listeners) {
            try {
                listener.accept(event);
            } catch (RuntimeException e) {
                LOG.listenerFailed(e);
            }
        }
        if (event instanceof ShareEvent.Changed changed) {
            log(changed.status());
            broadcast.publishAll(() -> {
                newest.put(changed.status().id(), changed);
                return List.of(event);
            });
        } else {
            broadcast.publish(event);
        }
    }

    private static void log(ShareStatus status) {
        String error = status.error();
        if (error == null) {
            LOG.shareIs(status.id(), status.state(), status.mountPoint());
        } else {
            LOG.shareHasTrouble(status.id(), status.state(), status.mountPoint(), error);
        }
    }
}
