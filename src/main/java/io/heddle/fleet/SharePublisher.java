package io.heddle.fleet;

import io.heddle.mount.DeliveryMode;
import io.heddle.mount.MountsConfig;
import io.heddle.mount.ShareMessages;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareStream;
import io.heddle.mount.ShareSubjects;
import io.heddle.nats.NatsConnection;
import io.heddle.stream.JetStreamApi;
import io.heddle.stream.JetStreamUnavailableException;
import io.heddle.stream.NoRespondersException;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;

/** Publishes shares to VMs. Thread-safe, never blocks. */
@Singleton
public final class SharePublisher {

    private final NatsConnection connection;
    private final JetStreamApi api;
    private final ShareStream stream;

    SharePublisher(NatsConnection connection, MountsConfig config) {
        this.connection = connection;
        this.api = new JetStreamApi(connection);
        this.stream = new ShareStream(config.stream());
    }

    /**
     * What became of a publish.
     *
     * @param streamSequence the message's place in the stream; 0 when the broker has no JetStream
     * @param delivery how it went: with {@link DeliveryMode#CORE} only the agents that are up now get it
     */
    public record Published(long streamSequence, DeliveryMode delivery) {}

    /**
     * Publishes a share's wanted state to a VM; the stream is made when there is none. One round trip, acknowledged by the stream.
     *
     * <p>Fails with {@link io.heddle.nats.NatsUnavailableException} when nothing was sent, and with
     * {@link io.heddle.stream.NoAnswerException} when it is not known whether it arrived: publishing again is safe.
     *
     * @throws IllegalArgumentException when the VM id is not one subject token
     */
    public Uni<Published> publish(String vmId, ShareMount share) {
        String subject = ShareSubjects.subject(vmId);
        byte[] message = ShareMessages.toBytes(share);
        Uni<Published> acknowledged =
                api.publish(subject, null, message).map(ack -> new Published(ack.getSeqno(), DeliveryMode.JETSTREAM));
        return acknowledged
                .onFailure(NoRespondersException.class)
                .recoverWithUni(() -> stream.ensure(api).chain(() -> acknowledged))
                .onFailure(JetStreamUnavailableException.class)
                .recoverWithItem(() -> {
                    connection.require().publish(subject, message);
                    return new Published(0, DeliveryMode.CORE);
                });
    }
}
