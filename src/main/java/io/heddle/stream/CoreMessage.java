package io.heddle.stream;

import io.nats.client.impl.Headers;
import org.jspecify.annotations.Nullable;

/**
 * A message of core NATS.
 *
 * @param data not copied: treat as read-only
 * @param headers null when it has none
 * @param replyTo the subject for an answer; null when the sender expects none
 */
@SuppressWarnings("ArrayRecordComponent") // a copy of each message would be wasteful; messages are not compared
public record CoreMessage(
        String subject,
        byte[] data,
        @Nullable Headers headers,
        @Nullable String replyTo) {}
