package io.heddle.mount.node;

import static io.heddle.mount.node.MountLog.LOG;

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
import io.heddle.mount.feed.Position;
import io.heddle.mount.feed.ShareFeed;
import io.heddle.mount.feed.ShareFeed.Item;
import io.heddle.mount.feed.ShareMessage;
import io.heddle.mount.feed.ShareRecords;
import io.heddle.nats.NatsConnection;
import io.heddle.stream.CoreMessage;
import io.heddle.stream.StreamSignal;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import java.time.Duration;
import java.time.Instant;
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

    /** The limit of tombstones: without it a machine with short-lived shares would collect them for ever. */
    private static final int KEPT_UNMOUNTS = 256;

    private final MountsConfig config;
    private final NatsConnection connection;
    private final List<String> vmIds;
    private final ShareRules rules;
    private final ShareRecords records;
    private final ShareFeed feed;
    private final StateDirectory directory;
    private final DesiredStateFile file;
    private final DesiredStateSaver saver;
    private final String engines;
    private final ScheduledExecutorService worker;
    private final ShareReconciler reconciler;
    private final ShareEvents events;

    // Written by the serial pipeline only.
    private final DesiredState desired = new DesiredState(this::latest);
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
        this.engines = applier.toString();
        this.file = new DesiredStateFile(directory);
        this.connection = connection;
        this.vmIds = config.vmIds().orElse(List.of()).stream()
                .map(ShareSubjects::requireVmId)
                .distinct()
                .toList();
        this.rules = ShareRules.of(config);
        this.records = new ShareRecords(connection, config);
        this.feed = new ShareFeed(connection, config, vmIds, records);
        this.worker = worker;
        this.saver = new DesiredStateSaver(file, worker);
        this.events = new ShareEvents(worker);
        this.reconciler = new ShareReconciler(applier, config, worker, InstantSource.system(), events::publish);
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
        return connection.state().isConnected() ? mode : DeliveryMode.NONE;
    }

    @Override
    public boolean hasBegun() {
        return knownApplied;
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
        List<DesiredShare> stored = file.load();
        Optional<List<byte[]>> boot = config.bootFile().flatMap(BootFile::read);
        boot.orElse(List.of()).forEach(entry -> handle(entry, 0, true, desired::offerFromBootFile));
        desired.restore(
                stored.stream().map(this::checkedAgain).toList(),
                config.bootFile().isEmpty() || boot.isPresent());
        LOG.agentStarted(vmIds, engines, config.stateDir().toString());
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
                .chain(records::stop)
                .emitOn(worker)
                .invoke(() -> {
                    saver.flush();
                    directory.close();
                    events.close();
                });
    }

    /**
     * Checks a stored share against the rules, which may have become stricter. A share that breaks them becomes an unmount that
     * everything supersedes: when the rules allow it again, the stream or the boot file bring it back.
     */
    private DesiredShare checkedAgain(DesiredShare stored) {
        ShareMount share = stored.share();
        if (!share.isMount()) {
            return stored;
        }
        try {
            rules.check(share);
            return stored;
        } catch (ShareRefusedException e) {
            refuse(0, new Outcome.Rejected(e.reason(), e.detail(), share.id()));
            return DesiredShare.fromBootFile(share.asUnmount());
        }
    }

    private synchronized void take(Item item) {
        if (item instanceof Item.FromStream fromStream) {
            takeSignal(fromStream.signal());
        } else if (item instanceof Item.FromCore fromCore) {
            CoreMessage core = fromCore.message();
            ShareMessage message = ShareMessage.on(core.subject(), core.data(), core.headers());
            Instant time = fromCore.time().plus(clockOffset);
            // The stream delivers it too: then it is refused with its sequence.
            handle(
                    message.data(),
                    0,
                    mode == DeliveryMode.CORE,
                    share -> apply(share, desired.offerFromCore(message, share, time)));
        } else if (item instanceof Item.Recorded entry) {
            ShareMessage message = entry.message();
            handle(
                    message.data(),
                    entry.position().sequence(),
                    entry.replay(),
                    share -> apply(share, desired.offerFromBucket(message, share, entry.position(), entry.replay())));
        } else if (item instanceof Item.RecordsRead read) {
            applyAll(desired.recordsRead());
            if (read.complete()) {
                desired.all().forEach(this::record);
            }
        } else if (item instanceof Item.CoreBegins) {
            enter(DeliveryMode.CORE);
            applyKnown();
        } else if (item instanceof Item.StreamBegins begins) {
            clockOffset = begins.clockOffset();
            if (begins.reconnected()) {
                desired.interrupted();
            }
            // The stream is read from its beginning: what an earlier replay left may be of another stream.
            desired.forgetReplay();
        }
    }

    private void takeSignal(StreamSignal signal) {
        if (signal instanceof StreamSignal.Message received) {
            ShareMessage message = ShareMessage.on(received.subject(), received.data(), received.headers());
            handle(
                    message.data(),
                    received.sequence(),
                    true,
                    share -> apply(
                            share, desired.offerFromStream(message, share, received.sequence(), received.timestamp())));
        } else if (signal instanceof StreamSignal.CaughtUp caughtUp) {
            List<DesiredShare> news = desired.replayed(caughtUp.stream(), caughtUp.sequence());
            enter(DeliveryMode.JETSTREAM);
            applyAll(news);
            applyKnown();
        } else if (signal instanceof StreamSignal.Interrupted) {
            enter(DeliveryMode.NONE);
            desired.interrupted();
        } else if (signal instanceof StreamSignal.Restarted) {
            desired.forgetReplay();
        }
    }

    private void apply(ShareMount share, boolean isNew) {
        if (isNew) {
            applyAll(List.of(desired.require(share.id())));
        }
    }

    private void applyAll(List<DesiredShare> news) {
        if (knownApplied && !news.isEmpty()) {
            news.forEach(reconciler::desire);
            save();
        }
    }

    /** Has the bucket store a message that is the latest on its share. An unmount ends the share under every id of this machine. */
    private void latest(ShareMessage message, ShareMount share, Position position) {
        records.observed(message, share.id(), !share.isMount(), position);
        if (!share.isMount()) {
            vmIds.stream()
                    .filter(vmId -> !vmId.equals(message.vmId()) && records.has(vmId, share.id()))
                    .forEach(vmId ->
                            records.observed(new ShareMessage(vmId, message.data(), null), share.id(), true, position));
        }
    }

    /** Has the bucket store a share of the state directory that it does not have. */
    private void record(DesiredShare known) {
        ShareMount share = known.share();
        if (vmIds.stream().noneMatch(vmId -> records.has(vmId, share.id()))) {
            latest(new ShareMessage(vmIds.get(0), ShareMessages.toBytes(share), null), share, known.position());
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
            save();
        }
    }

    private void save() {
        for (String id : desired.oldUnmounts(KEPT_UNMOUNTS)) {
            if (reconciler.forget(id)) {
                desired.forget(id);
                events.forget(id);
            }
        }
        saver.save(desired.all());
    }

    /** @param reports whether a message that is not accepted is reported: it may arrive by several ways */
    private void handle(byte[] data, long sequence, boolean reports, Consumer<ShareMount> accepted) {
        Outcome outcome = ShareMessages.handle(data, rules, accepted);
        if (reports && outcome instanceof Outcome.Rejected rejected) {
            refuse(sequence, rejected);
        } else if (reports && outcome instanceof Outcome.Ignored ignored) {
            events.publish(
                    new ShareEvent.Ignored(ignored.share().id(), ignored.share().backend()));
        }
    }

    private void refuse(long sequence, Outcome.Rejected rejected) {
        LOG.refused(sequence, String.valueOf(rejected.id()), rejected.reason(), rejected.detail());
        events.publish(new ShareEvent.Rejected(rejected.reason(), rejected.detail(), sequence, rejected.id()));
    }

    private void enter(DeliveryMode next) {
        if (mode != next) {
            mode = next;
            if (next != DeliveryMode.NONE) {
                LOG.deliveryIs(next);
            }
        }
    }
}
