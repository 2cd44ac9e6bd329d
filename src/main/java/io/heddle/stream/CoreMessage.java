package io.heddle.stream;

import io.nats.client.impl.Headers;
import org.jspecify.annotations.Nullable;

/**
 * A message that came without JetStream.
 *
 * @param data not copied: treat as read-only
 * @param headers null when it has none
 * @param replyTo where the sender waits for an answer; null when it does not
 */
@SuppressWarnings("ArrayRecordComponent") // one copy for each message would be waste; nobody compares messages
public record CoreMessage(
        String subject,
        byte[] data,
        @Nullable Headers headers,
        @Nullable String replyTo) {}
