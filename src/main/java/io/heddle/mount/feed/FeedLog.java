package io.heddle.mount.feed;

import static org.jboss.logging.Logger.Level.INFO;
import static org.jboss.logging.Logger.Level.WARN;

import java.lang.invoke.MethodHandles;
import org.jboss.logging.BasicLogger;
import org.jboss.logging.Logger;
import org.jboss.logging.annotations.LogMessage;
import org.jboss.logging.annotations.Message;
import org.jboss.logging.annotations.MessageLogger;
import org.jboss.logging.annotations.ValidIdRange;
import org.jboss.logging.annotations.ValidIdRanges;

/** The log messages about the delivery of shares: HDL0206 to HDL0208, HDL0219, HDL0220, and HDL0223 to HDL0239. */
@MessageLogger(projectCode = "HDL", length = 4)
@ValidIdRanges({
    @ValidIdRange(min = 206, max = 208),
    @ValidIdRange(min = 219, max = 220),
    @ValidIdRange(min = 223, max = 239)
})
interface FeedLog extends BasicLogger {

    FeedLog LOG = Logger.getMessageLogger(MethodHandles.lookup(), FeedLog.class, "io.heddle.mount");

    @LogMessage(level = WARN)
    @Message(
            id = 206,
            value =
                    "The broker has no JetStream: shares are delivered by core NATS only, and messages that are published while"
                            + " this process is away are lost; using JetStream as soon as there is one")
    void noJetStream();

    @LogMessage(level = WARN)
    @Message(
            id = 207,
            value = "Stream %s keeps %d message(s) for each VM, so older shares are only in the bucket %s; "
                    + "heddle.mounts.widen-stream=true keeps 64")
    void narrowStream(String stream, long kept, String bucket);

    @LogMessage(level = INFO)
    @Message(id = 208, value = "Stream %s now keeps %d messages for each VM")
    void widenedStream(String stream, long kept);

    @LogMessage(level = WARN)
    @Message(id = 219, value = "Stream %s: its configuration could not be checked or changed (%s)")
    void streamNotChecked(String stream, String reason);

    @LogMessage(level = WARN)
    @Message(id = 220, value = "Stream %s cannot be used (%s); no share message is delivered; retrying")
    void streamNotUsable(String stream, String reason);

    @LogMessage(level = WARN)
    @Message(
            id = 223,
            value =
                    "Bucket %s cannot be used (%s); a share that the stream no longer has is lost with the state directory;"
                            + " retrying. docs/nats/permissions.conf has the permissions")
    void bucketNotUsable(String bucket, String reason);

    @LogMessage(level = INFO)
    @Message(id = 224, value = "Bucket %s is in use again")
    void bucketUsable(String bucket);

    @LogMessage(level = WARN)
    @Message(id = 225, value = "Bucket %s: entry %s ignored; it was not written by Heddle")
    void entryIgnored(String bucket, String key);

    @LogMessage(level = WARN)
    @Message(
            id = 226,
            value =
                    "%d share message(s) by core NATS were dropped, because they arrived faster than they were processed")
    void messagesDropped(long count);
}
