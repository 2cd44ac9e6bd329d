package io.heddle.fleet.vm;

import static io.heddle.fleet.publish.FleetLog.LOG;

import io.heddle.mount.MountsConfig;
import io.heddle.mount.ShareMessages;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareRefusedException;
import io.heddle.mount.ShareRules;
import io.heddle.mount.ShareSubjects;
import io.heddle.mount.feed.MessageOrder;
import io.heddle.mount.feed.Position;
import io.heddle.mount.feed.ShareFeed;
import io.heddle.mount.feed.ShareFeed.Item;
import io.heddle.mount.feed.ShareMessage;
import io.heddle.mount.feed.ShareRecords;
import io.heddle.nats.NatsConnection;
import io.heddle.stream.StreamIdentity;
import io.heddle.stream.StreamSignal;
import io.heddle.text.Text;
import io.smallrye.mutiny.subscription.Cancellable;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the desired state of all VMs, and has the bucket store what other publishers sent. */
public final class DesiredFeed implements AutoCloseable {

    private static final Duration RETRY_DELAY = Duration.ofSeconds(1);

    private final ShareFeed feed;
    private final ShareRecords records;
    private final ShareRules rules;
    private final VmTable table;
    private final Runnable caughtUp;
    private volatile boolean complete;
    private @Nullable Cancellable reading;
    // Used by the subscription only.
    private final MessageOrder order = new MessageOrder();
    private @Nullable StreamIdentity stream;
    private boolean replaying = true;
    private boolean restarted;
    private byte[] lastMessage = {};
    private @Nullable ShareMount lastShare;

    /**
     * Creates a feed that is not started.
     *
     * @param caughtUp called each time that the stream was read to its end
     */
    public DesiredFeed(
            NatsConnection connection, MountsConfig config, ShareRecords records, VmTable table, Runnable caughtUp) {
        this.feed = new ShareFeed(connection, config, List.of(), records);
        this.records = records;
        this.rules = ShareRules.of(config);
        this.table = table;
        this.caughtUp = caughtUp;
    }

    public void start() {
        reading = feed.items()
                .onItem()
                .invoke(this::accept)
                .onFailure()
                .invoke(failure -> {
                    complete = false;
                    LOG.desiredNotRead(String.valueOf(failure.getMessage()));
                })
                .onFailure()
                .retry()
                .withBackOff(RETRY_DELAY, RETRY_DELAY.multipliedBy(2))
                .indefinitely()
                .subscribe()
                .with(item -> {}, LOG::tickFailed);
    }

    @Override
    public void close() {
        if (reading != null) {
            reading.cancel();
        }
    }

    /** Whether the stream was read to its end. */
    public boolean isComplete() {
        return complete;
    }

    private void accept(Item item) {
        if (item instanceof Item.FromStream fromStream) {
            accept(fromStream.signal());
        } else if (item instanceof Item.FromCore core) {
            ShareMessage message = ShareMessage.on(
                    core.message().subject(),
                    core.message().data(),
                    core.message().headers());
            accept(message, share -> fromCore(message, share, core.time()));
        } else if (item instanceof Item.Recorded entry) {
            ShareMessage message = entry.message();
            Position known = table.position(message.vmId(), entry.shareId());
            // Most entries are of messages that the stream has delivered.
            if (known == null || !entry.position().isSameAs(known)) {
                accept(message, share -> placed(message, share, entry.position(), entry.replay(), false));
            }
        } else if (item instanceof Item.StreamBegins begins) {
            stream = begins.stream();
            replaying = true;
            restarted = true;
            order.interrupted();
            order.restarted();
        }
    }

    private void accept(StreamSignal signal) {
        if (signal instanceof StreamSignal.Message received) {
            ShareMessage message = ShareMessage.on(received.subject(), received.data(), received.headers());
            Position position = Position.inStream(stream, received.sequence(), received.timestamp());
            accept(message, share -> placed(message, share, position, replaying, true));
        } else if (signal instanceof StreamSignal.CaughtUp now) {
            if (!now.stream().equals(stream)) {
                throw new IllegalStateException("stream " + now.stream().name() + " was replaced at the same time");
            }
            if (restarted) {
                restarted = false;
                table.rolledBack(now.stream(), now.sequence());
            }
            order.replayed(Position.inStream(now.stream(), now.sequence(), Instant.now()));
            replaying = false;
            complete = true;
            caughtUp.run();
        } else if (signal instanceof StreamSignal.Interrupted) {
            replaying = true;
            order.interrupted();
        } else if (signal instanceof StreamSignal.Restarted other) {
            complete = false;
            stream = other.stream();
            restarted = true;
            order.restarted();
        }
    }

    private interface Step {
        void accept(ShareMount share);
    }

    private void accept(ShareMessage message, Step step) {
        try {
            ShareSubjects.requireVmId(message.vmId());
            step.accept(read(message.data()));
        } catch (ShareRefusedException e) {
            // Node agents refuse it, too.
            LOG.badShare(Text.printable(message.vmId()), e.detail());
        } catch (RuntimeException e) {
            // One message must not stop those of the other VMs.
            LOG.messageFailed(Text.printable(message.vmId()), String.valueOf(e.getMessage()));
        }
    }

    private void fromCore(ShareMessage message, ShareMount share, Instant time) {
        Position latest = table.position(message.vmId(), share.id());
        Position position = order.delivered(key(message, share.id()), message, latest, time);
        if (position != null) {
            latest(message, share, position);
        }
    }

    /** @param fromStream whether it replaces a message of another stream whatever their times */
    private void placed(ShareMessage message, ShareMount share, Position position, boolean replay, boolean fromStream) {
        String key = key(message, share.id());
        Position known = table.position(message.vmId(), share.id());
        switch (order.relate(key, message, position, replay)) {
            case LATEST -> raise(share, message, known, position);
            case EARLIER -> raise(share, order.latestDelivered(key), known, position.next(position.time()));
            case NOT_DELIVERED -> {
                if (known == null || position.isAfter(known) || (fromStream && !position.isInStreamOf(known))) {
                    latest(message, share, position);
                    if (!replay) {
                        order.becameLatest(key, message, position, Instant.now());
                    }
                } else if (position.isSameAs(known)) {
                    records.observed(message, share.id(), !share.isMount(), position);
                }
            }
        }
    }

    private void latest(ShareMessage message, ShareMount share, Position position) {
        table.desired(message.vmId(), share, position);
        records.observed(message, share.id(), !share.isMount(), position);
    }

    /** The place of a share's latest message became known. */
    private void raise(ShareMount share, ShareMessage latest, @Nullable Position known, Position position) {
        if (known != null && (!known.isInStreamOf(position) || position.isAfter(known))) {
            table.placed(latest.vmId(), share.id(), position);
            records.observed(latest, share.id(), !read(latest.data()).isMount(), position);
        }
    }

    private static String key(ShareMessage message, String shareId) {
        return message.vmId() + " " + shareId;
    }

    /** Decodes a message; consecutive messages are often equal, because the members of a group get the same one. */
    private ShareMount read(byte[] message) {
        ShareMount share = lastShare;
        if (share == null || !Arrays.equals(message, lastMessage)) {
            share = ShareMessages.parse(message, rules);
            lastShare = share;
            lastMessage = message;
        }
        return share;
    }
}
