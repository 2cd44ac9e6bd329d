package io.heddle.stream;

import io.nats.client.Message;
import io.nats.client.impl.NatsJetStreamMetaData;

/**
 * A message and what the broker says about its delivery.
 *
 * @param consumerSequence counts the deliveries of its consumer, from 1 and without gaps
 * @param pending how many messages the stream held for the consumer after this one
 */
record ConsumedMessage(StreamSignal.Message message, long consumerSequence, long pending) {

    static ConsumedMessage of(Message message) {
        NatsJetStreamMetaData meta = message.metaData();
        return new ConsumedMessage(
                new StreamSignal.Message(
                        message.getSubject(),
                        message.getData(),
                        message.getHeaders(),
                        meta.streamSequence(),
                        meta.timestamp().toInstant()),
                meta.consumerSequence(),
                meta.pendingCount());
    }
}
