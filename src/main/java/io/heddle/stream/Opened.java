package io.heddle.stream;

/**
 * A consumer that was just created.
 *
 * @param stream the stream that it reads
 * @param lastSequence the stream's last sequence just before
 * @param restarted whether the stream is another one than before
 * @param consumer the consumer's name
 * @param pending the number of messages that wait for it
 */
record Opened(StreamIdentity stream, long lastSequence, boolean restarted, String consumer, long pending) {}
