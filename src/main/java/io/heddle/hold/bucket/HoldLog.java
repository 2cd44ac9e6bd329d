package io.heddle.hold.bucket;

import static org.jboss.logging.Logger.Level.DEBUG;
import static org.jboss.logging.Logger.Level.ERROR;
import static org.jboss.logging.Logger.Level.INFO;
import static org.jboss.logging.Logger.Level.WARN;

import io.heddle.hold.FilePath;
import java.lang.invoke.MethodHandles;
import java.time.Duration;
import org.jboss.logging.BasicLogger;
import org.jboss.logging.Logger;
import org.jboss.logging.annotations.Cause;
import org.jboss.logging.annotations.LogMessage;
import org.jboss.logging.annotations.Message;
import org.jboss.logging.annotations.MessageLogger;
import org.jboss.logging.annotations.ValidIdRange;

/** The messages of this room: HDL0400 to HDL0499. */
@MessageLogger(projectCode = "HDL", length = 4)
@ValidIdRange(min = 400, max = 499)
public interface HoldLog extends BasicLogger {

    HoldLog LOG = Logger.getMessageLogger(MethodHandles.lookup(), HoldLog.class, "io.heddle.hold");

    @LogMessage(level = INFO)
    @Message(id = 400, value = "Made bucket %s with a TTL of %s, kept by %d server(s)")
    void bucketMade(String bucket, Duration maxAge, int replicas);

    @LogMessage(level = WARN)
    @Message(
            id = 401,
            value =
                    "Bucket %s exists with a TTL of %s, not %s (heddle.holds.max-ttl): its own is the longest ttl of a hold")
    void otherTtl(String bucket, Duration found, Duration configured);

    @LogMessage(level = WARN)
    @Message(
            id = 402,
            value = "Bucket %s was changed by somebody else: %s. Holds that were given before may end early or be lost")
    void bucketChanged(String bucket, String change);

    @LogMessage(level = INFO)
    @Message(id = 403, value = "Put bucket %s back to a TTL of %s and %d replica(s)")
    void bucketRestored(String bucket, Duration maxAge, int replicas);

    @LogMessage(level = ERROR)
    @Message(id = 404, value = "Bucket %s could not be made or put back")
    void bucketRefused(String bucket, @Cause Throwable cause);

    @LogMessage(level = WARN)
    @Message(id = 405, value = "Key %s holds no hold: %s")
    void corrupt(String key, String reason);

    @LogMessage(level = WARN)
    @Message(id = 406, value = "The outcome of a write for %s is unknown; it is taken back should it appear")
    void outcomeUnknown(FilePath file);

    @LogMessage(level = WARN)
    @Message(id = 407, value = "A grant of %s appeared after its call had ended; taking it back")
    void lateGrant(FilePath file);

    @LogMessage(level = WARN)
    @Message(id = 408, value = "A hold on %s that nobody wants could not be released (%s); it ends with its ttl")
    void notTakenBack(FilePath file, String reason);

    @LogMessage(level = WARN)
    @Message(id = 409, value = "Lost the hold on %s: %s")
    void leaseLost(FilePath file, String reason);

    @LogMessage(level = DEBUG)
    @Message(id = 410, value = "The hold on %s was not renewed (%s); trying again")
    void notRenewed(FilePath file, String reason);

    @LogMessage(level = WARN)
    @Message(
            id = 411,
            value =
                    "Bucket %s was made with first sequence %d, but the broker's time says %d: set this machine's clock. Tokens "
                            + "may be lower than those of a bucket that was there before")
    void firstSequenceOff(String bucket, long made, long broker);

    @LogMessage(level = WARN)
    @Message(id = 412, value = "Watching bucket %s failed (%s); trying again")
    void watchFailed(String bucket, String reason);

    @LogMessage(level = DEBUG)
    @Message(id = 413, value = "The expired entry of %s was not swept: %s")
    void notSwept(FilePath file, String reason);

    @LogMessage(level = ERROR)
    @Message(id = 414, value = "A listener of holds failed")
    void listenerFailed(@Cause Throwable cause);

    @LogMessage(level = INFO)
    @Message(id = 415, value = "Bucket %s is another one than before: its holds are read anew")
    void bucketReplaced(String bucket);

    @LogMessage(level = WARN)
    @Message(
            id = 417,
            value =
                    "%d write(s) with an unknown outcome did not appear within 15 minutes and are not followed up any longer")
    void notFollowedUp(int writes);

    @LogMessage(level = DEBUG)
    @Message(id = 416, value = "Trouble with the bucket: %s")
    void trouble(String reason);
}
