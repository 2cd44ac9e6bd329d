package io.heddle.fleet;

import io.heddle.mount.DeliveryMode;
import io.heddle.mount.MountsConfig;
import io.heddle.mount.ShareMessages;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareRefusedException;
import io.heddle.mount.ShareRules;
import io.heddle.mount.ShareStream;
import io.heddle.mount.ShareSubjects;
import io.heddle.mount.feed.ShareMessage;
import io.heddle.mount.feed.ShareRecords;
import io.heddle.nats.BrokerException;
import io.heddle.nats.JetStreamUnavailableException;
import io.heddle.nats.NatsConnection;
import io.heddle.nats.NoAnswerException;
import io.heddle.nats.NoRespondersException;
import io.heddle.nats.Observation;
import io.heddle.stream.StreamQuery;
import io.heddle.stream.StreamQuery.Replay;
import io.heddle.stream.StreamSignal;
import io.heddle.stream.StreamSource;
import io.heddle.stream.request.JetStreamApi;
import io.nats.client.impl.Headers;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Publishes shares to VMs. Thread-safe, never blocks. */
@Singleton
public final class SharePublisher {

    private final NatsConnection connection;
    private final JetStreamApi api;
    private final ShareStream stream;
    private final ShareRecords records;
    private final ShareRules rules;
    private final PublishListener listener;

    @Inject
    SharePublisher(NatsConnection connection, MountsConfig config, @Any Instance<PublishListener> listeners) {
        this(connection, config, listeners.stream().toList());
    }

    SharePublisher(NatsConnection connection, MountsConfig config, List<PublishListener> listeners) {
        this.connection = connection;
        this.api = new JetStreamApi(connection);
        this.stream = ShareStream.of(config);
        this.records = new ShareRecords(connection, config);
        this.rules = ShareRules.of(config);
        this.listener = PublishListener.all(listeners);
    }

    /**
     * The outcome of a publish.
     *
     * @param streamSequence the sequence of the message in the stream; 0 when the broker has no JetStream
     * @param delivery how it was sent: with {@link DeliveryMode#CORE} only node agents that are connected now get it
     */
    public record Published(long streamSequence, DeliveryMode delivery) {}

    /**
     * Publishes the desired state of a share to a VM; creates the stream when absent. Completes when the stream has acknowledged it
     * and the bucket of latest messages has it, or cannot be used: three round trips. An unmount without a mount point gets the
     * last one that the stream or the bucket has for the share, else {@code <first allowed root>/<id>}.
     *
     * <p>Fails with {@link io.heddle.nats.NatsUnavailableException} when nothing was sent, and with
     * {@link io.heddle.nats.NoAnswerException} when it is unknown whether it was stored: publishing again is safe.
     *
     * @throws IllegalArgumentException when the VM id is not one subject token
     */
    public Uni<Published> publish(String vmId, ShareMount share) {
        String subject = ShareSubjects.subject(vmId);
        return Uni.createFrom().deferred(() -> {
            Observation<Published> observation = listener.publishing(vmId, share.id(), share.action());
            return observation.over(publish(subject, share, observation));
        });
    }

    private Uni<Published> publish(String subject, ShareMount share, Observation<Published> observation) {
        if (share.isMount() || !share.mountPoint().isEmpty()) {
            return send(subject, share, observation);
        }
        return lastMountPoint(subject, share.id())
                .chain(last -> last.isEmpty()
                        ? recordedMountPoint(subject, share.id())
                        : Uni.createFrom().item(last))
                .onFailure(JetStreamUnavailableException.class)
                .recoverWithItem("")
                // weft refuses an unmount without a mount point, also one of a share that it does not know.
                .map(last -> last.isEmpty() ? rules.allowedRoots().get(0) + "/" + share.id() : last)
                .chain(mountPoint -> send(subject, ShareMount.unmount(share.id(), mountPoint), observation));
    }

    /**
     * Returns the last mount point of a share in the stream: unmounts carry it, because weft refuses them without. Empty when the
     * stream has none.
     */
    private Uni<String> lastMountPoint(String subject, String shareId) {
        StreamQuery query = new StreamQuery(stream.name(), List.of(subject), Replay.ALL, stream::configuration);
        return new StreamSource(connection, query)
                .subscribe()
                .select()
                .first(signal -> !(signal instanceof StreamSignal.CaughtUp))
                .filter(StreamSignal.Message.class::isInstance)
                .map(signal -> mountPointIn(((StreamSignal.Message) signal).data(), shareId))
                .filter(mountPoint -> !mountPoint.isEmpty())
                .collect()
                .last()
                .map(last -> last == null ? "" : last)
                .ifNoItem()
                .after(JetStreamApi.DEFAULT_TIMEOUT)
                .failWith(() -> new NoAnswerException(subject, new TimeoutException("the stream could not be read")));
    }

    /** Returns the mount point in the bucket; empty when it has none, or cannot be read. */
    private Uni<String> recordedMountPoint(String subject, String shareId) {
        return records.message(ShareSubjects.vmId(subject), shareId)
                .map(found ->
                        found.map(message -> mountPointIn(message, shareId)).orElse(""))
                .onFailure(BrokerException.class)
                .recoverWithItem("");
    }

    private String mountPointIn(byte[] message, String shareId) {
        try {
            ShareMount share = ShareMessages.parse(message, rules);
            return share.id().equals(shareId) ? share.mountPoint() : "";
        } catch (ShareRefusedException e) {
            return ""; // a refused message was not mounted
        }
    }

    private Uni<Published> send(String subject, ShareMount share, Observation<Published> observation) {
        byte[] message = ShareMessages.toBytes(share);
        Headers headers = observation.on(null);
        return Uni.createFrom()
                .completionStage(() -> connection.whenConnected(JetStreamApi.DEFAULT_TIMEOUT))
                .chain(broker -> broker.getServerInfo().isJetStreamAvailable()
                        ? toStream(subject, headers, message)
                                .call(published -> record(subject, share, message, published))
                        : Uni.createFrom().item(() -> withoutStream(subject, headers, message)));
    }

    private Uni<Published> toStream(String subject, @Nullable Headers headers, byte[] message) {
        Uni<Published> acknowledged = api.publish(subject, headers, message)
                .map(ack -> new Published(ack.getSeqno(), DeliveryMode.JETSTREAM));
        return acknowledged
                .onFailure(NoRespondersException.class)
                .recoverWithUni(() -> api.ensureStream(stream.configuration()).chain(() -> acknowledged))
                // A node agent that receives the message without JetStream does not answer: the broker tells which it
                // was.
                .onFailure(NoAnswerException.class)
                .recoverWithUni(failure -> api.ensureStream(stream.configuration())
                        .chain(() -> Uni.createFrom().<Published>failure(failure)))
                .onFailure(JetStreamUnavailableException.class)
                .recoverWithItem(() -> withoutStream(subject, headers, message));
    }

    private Uni<Void> record(String subject, ShareMount share, byte[] message, Published published) {
        return published.delivery() == DeliveryMode.CORE
                ? Uni.createFrom().voidItem()
                : Uni.createFrom()
                        .completionStage(() -> records.store(
                                ShareMessage.on(subject, message, null),
                                share.id(),
                                !share.isMount(),
                                published.streamSequence()));
    }

    private Published withoutStream(String subject, @Nullable Headers headers, byte[] message) {
        connection.publish(subject, null, headers, message);
        return new Published(0, DeliveryMode.CORE);
    }
}
