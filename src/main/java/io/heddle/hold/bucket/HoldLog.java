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

/** The log messages of holds: HDL0400 to HDL0499. */
@MessageLogger(projectCode = "HDL", length = 4)
@ValidIdRange(min = 400, max = 499)
public interface HoldLog extends BasicLogger {

    HoldLog LOG = Logger.getMessageLogger(MethodHandles.lookup(), HoldLog.class, "io.heddle.hold");

    @LogMessage(level = INFO)
    @Message(id = 400, value = "Bucket %s: created with a TTL of %s and %d replica(s)")
    void bucketMade(String bucket, Duration maxAge, int replicas);

    @LogMessage(level = WARN)
    @Message(
            id = 401,
            value =
                    "Bucket %s: exists with a TTL of %s, not %s (heddle.holds.max-ttl); its own TTL is the maximum ttl of a hold")
    void otherTtl(String bucket, Duration found, Duration configured);

    @LogMessage(level = WARN)
    @Message(id = 402, value = "Bucket %s: changed by another client (%s); earlier holds may end early or be lost")
    void bucketChanged(String bucket, String change);

    @LogMessage(level = INFO)
    @Message(id = 403, value = "Bucket %s: restored a TTL of %s and %d replica(s)")
    void bucketRestored(String bucket, Duration maxAge, int replicas);

    @LogMessage(level = WARN)
    @Message(id = 420, value = "Stream %s: creation failed (%s); there is no history of holds until a retry succeeds")
    void noHistory(String stream, String reason);

    @LogMessage(level = WARN)
    @Message(id = 421, value = "Stream %s: does not source %s; the history of holds lacks what the bucket contains")
    void otherHistory(String stream, String source);

    @LogMessage(level = ERROR)
    @Message(id = 404, value = "Bucket %s: creation or update failed (%s); retrying")
    void bucketRefused(String bucket, String reason);

    @LogMessage(level = WARN)
    @Message(id = 405, value = "Key %s: corrupt entry (%s); the file cannot be held until it is cleared")
    void corrupt(String key, String reason);

    @LogMessage(level = WARN)
    @Message(id = 406, value = "File %s: the outcome of a write is unknown; it is rolled back if it appears")
    void outcomeUnknown(FilePath file);

    @LogMessage(level = WARN)
    @Message(id = 407, value = "File %s: a grant appeared after its call had ended; rolling it back")
    void lateGrant(FilePath file);

    @LogMessage(level = WARN)
    @Message(id = 408, value = "File %s: an unused hold could not be released (%s); it ends with its ttl")
    void notRolledBack(FilePath file, String reason);

    @LogMessage(level = WARN)
    @Message(id = 409, value = "File %s: the lease is lost (%s)")
    void leaseLost(FilePath file, String reason);

    @LogMessage(level = DEBUG)
    @Message(id = 410, value = "File %s: the hold was not renewed (%s); retrying")
    void notRenewed(FilePath file, String reason);

    @LogMessage(level = WARN)
    @Message(
            id = 411,
            value =
                    "Bucket %s: created with first sequence %d, but the broker's time is %d; set this machine's clock. Tokens may be lower "
                            + "than those of an earlier bucket")
    void firstSequenceOff(String bucket, long made, long broker);

    @LogMessage(level = WARN)
    @Message(id = 412, value = "Bucket %s: the watch failed (%s); retrying")
    void watchFailed(String bucket, String reason);

    @LogMessage(level = DEBUG)
    @Message(id = 413, value = "File %s: the expired entry was not deleted (%s)")
    void notSwept(FilePath file, String reason);

    @LogMessage(level = ERROR)
    @Message(id = 414, value = "A listener of holds failed; the others continue")
    void listenerFailed(@Cause Throwable cause);

    @LogMessage(level = INFO)
    @Message(id = 415, value = "Bucket %s: replaced; reading its holds again")
    void bucketReplaced(String bucket);

    @LogMessage(level = WARN)
    @Message(
            id = 417,
            value =
                    "%d write(s) with an unknown outcome did not appear within 15 minutes and are not followed up any longer")
    void notFollowedUp(int writes);

    @LogMessage(level = WARN)
    @Message(
            id = 418,
            value =
                    "%s, a Go program, took %s although %s is held by %s; that hold stays in force, but no longer excludes it")
    void violated(String taker, FilePath file, FilePath heldFile, String holder);

    @LogMessage(level = DEBUG)
    @Message(id = 416, value = "The bucket could not be created (%s); retrying")
    void trouble(String reason);
}
