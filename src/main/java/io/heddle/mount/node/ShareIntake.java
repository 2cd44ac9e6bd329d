package io.heddle.mount.node;

import static io.heddle.mount.node.MountLog.LOG;

import io.heddle.mount.DeliveryMode;
import io.heddle.mount.ShareEvent;
import io.heddle.mount.ShareMessages;
import io.heddle.mount.ShareMessages.Outcome;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareRefusedException;
import io.heddle.mount.ShareRules;
import io.heddle.mount.feed.Position;
import io.heddle.mount.feed.ShareFeed.Item;
import io.heddle.mount.feed.ShareMessage;
import io.heddle.mount.feed.ShareRecords;
import io.heddle.stream.CoreMessage;
import io.heddle.stream.StreamSignal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;

/**
 * Takes what the feed delivers: adds it to the desired state, and has the reconciler, the state directory and the bucket of latest
 * messages follow. Thread-safe.
 */
final class ShareIntake {

    /** The limit of tombstones: without it a machine with short-lived shares would collect them for ever. */
    private static final int KEPT_UNMOUNTS = 256;

    private final List<String> vmIds;
    private final ShareRules rules;
    private final ShareReconciler reconciler;
    private final DesiredStateSaver saver;
    private final ShareRecords records;
    private final ShareEvents events;
    private final DesiredState desired = new DesiredState(this::latest); // guarded by this
    private Duration clockOffset = Duration.ZERO; // guarded by this
    private volatile boolean knownApplied;
    private volatile DeliveryMode mode = DeliveryMode.NONE;

    ShareIntake(
            List<String> vmIds,
            ShareRules rules,
            ShareReconciler reconciler,
            DesiredStateSaver saver,
            ShareRecords records,
            ShareEvents events) {
        this.vmIds = vmIds;
        this.rules = rules;
        this.reconciler = reconciler;
        this.saver = saver;
        this.records = records;
        this.events = events;
    }

    DeliveryMode mode() {
        return mode;
    }

    /** Whether the known state was applied. */
    boolean hasBegun() {
        return knownApplied;
    }

    /**
     * Adds what is known before anything is delivered.
     *
     * @param boot the entries of the boot file
     * @param stored the state of the previous run
     * @param bootFileKnown false when there is a boot file that could not be read
     */
    synchronized void restore(List<byte[]> boot, List<DesiredShare> stored, boolean bootFileKnown) {
        boot.forEach(entry -> handle(entry, 0, true, desired::offerFromBootFile));
        desired.restore(stored.stream().map(this::checkedAgain).toList(), bootFileKnown);
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

    /** Takes the next item of the feed. */
    synchronized void take(Item item) {
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

    /** Applies all that is known, once: after the first replay, or when the broker was not available in time. */
    synchronized void applyKnown() {
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
