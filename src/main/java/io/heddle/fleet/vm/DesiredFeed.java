package io.heddle.fleet.vm;

import static io.heddle.fleet.publish.FleetLog.LOG;

import io.heddle.mount.ShareMessages;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareRefusedException;
import io.heddle.mount.ShareRules;
import io.heddle.mount.ShareStream;
import io.heddle.mount.ShareSubjects;
import io.heddle.nats.NatsConnection;
import io.heddle.stream.StreamQuery;
import io.heddle.stream.StreamQuery.Replay;
import io.heddle.stream.StreamSignal;
import io.heddle.stream.StreamSource;
import io.heddle.text.Text;
import io.smallrye.mutiny.subscription.Cancellable;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the desired state of all VMs from the stream. */
public final class DesiredFeed implements AutoCloseable {

    private static final Duration RETRY_DELAY = Duration.ofSeconds(1);

    private final NatsConnection connection;
    private final ShareStream stream;
    private final ShareRules rules;
    private final VmTable table;
    private final Runnable caughtUp;
    private volatile boolean complete;
    private @Nullable Cancellable reading;
    // Used by the subscription only.
    private byte[] lastMessage = {};
    private @Nullable ShareMount lastShare;

    /**
     * Creates a feed that is not started.
     *
     * @param caughtUp called each time that the stream was read to its end
     */
    public DesiredFeed(
            NatsConnection connection, ShareStream stream, ShareRules rules, VmTable table, Runnable caughtUp) {
        this.connection = connection;
        this.stream = stream;
        this.rules = rules;
        this.table = table;
        this.caughtUp = caughtUp;
    }

    public void start() {
        StreamQuery query =
                new StreamQuery(stream.name(), List.of(ShareSubjects.ALL), Replay.ALL, stream::configuration);
        reading = new StreamSource(connection, query)
                .subscribe()
                .onItem()
                .invoke(this::accept)
                .onFailure()
                .invoke(failure -> {
                    LOG.desiredNotRead(stream.name(), String.valueOf(failure.getMessage()));
                    forget(); // the next subscription may read another stream
                })
                .onFailure()
                .retry()
                .withBackOff(RETRY_DELAY, RETRY_DELAY.multipliedBy(2))
                .indefinitely()
                .subscribe()
                .with(signal -> {}, LOG::tickFailed);
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

    private void accept(StreamSignal signal) {
        if (signal instanceof StreamSignal.Message message) {
            try {
                String vm = ShareSubjects.requireVmId(ShareSubjects.vmId(message.subject()));
                table.desired(vm, read(message.data()), message.sequence());
            } catch (ShareRefusedException e) {
                // Node agents refuse it, too.
                LOG.badStatus(Text.printable(message.subject()), e.detail());
            } catch (RuntimeException e) {
                // One message must not stop those of the other VMs.
                LOG.messageFailed(Text.printable(message.subject()), String.valueOf(e.getMessage()));
            }
        } else if (signal instanceof StreamSignal.CaughtUp) {
            complete = true;
            caughtUp.run();
        } else if (signal instanceof StreamSignal.Restarted) {
            forget();
        }
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

    private void forget() {
        complete = false;
        table.forgetDesired();
    }
}
