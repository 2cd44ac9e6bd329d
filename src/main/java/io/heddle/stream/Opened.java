package io.heddle.stream;

/**
 * A consumer that was just made.
 *
 * @param stream the stream that it reads
 * @param lastSequence the stream's last sequence just before
 * @param restarted whether the stream is not the one that was read before
 * @param consumer the consumer's name
 * @param pending how many messages wait for it
 */
record Opened(StreamIdentity stream, long lastSequence, boolean restarted, String consumer, long pending) {}
