package io.heddle.mount.node;

import static org.jboss.logging.Logger.Level.ERROR;
import static org.jboss.logging.Logger.Level.INFO;
import static org.jboss.logging.Logger.Level.WARN;

import io.heddle.mount.DeliveryMode;
import io.heddle.mount.ShareMount.Action;
import io.heddle.mount.ShareRefusedException.Reason;
import io.heddle.mount.ShareState;
import java.lang.invoke.MethodHandles;
import java.util.List;
import org.jboss.logging.BasicLogger;
import org.jboss.logging.Logger;
import org.jboss.logging.annotations.Cause;
import org.jboss.logging.annotations.LogMessage;
import org.jboss.logging.annotations.Message;
import org.jboss.logging.annotations.MessageLogger;
import org.jboss.logging.annotations.ValidIdRange;
import org.jboss.logging.annotations.ValidIdRanges;

/** The log messages of the node agent: HDL0200 to HDL0289, without those of the delivery. */
@MessageLogger(projectCode = "HDL", length = 4)
@ValidIdRanges({
    @ValidIdRange(min = 200, max = 205),
    @ValidIdRange(min = 209, max = 218),
    @ValidIdRange(min = 221, max = 222),
    @ValidIdRange(min = 240, max = 289)
})
public interface MountLog extends BasicLogger {

    MountLog LOG = Logger.getMessageLogger(MethodHandles.lookup(), MountLog.class, "io.heddle.mount");

    @LogMessage(level = INFO)
    @Message(id = 200, value = "Serving the shares of %s with %s; state in %s")
    void agentStarted(List<String> vmIds, String engines, String stateDir);

    @LogMessage(level = INFO)
    @Message(id = 201, value = "Share %s is %s at %s")
    void shareIs(String id, ShareState state, String mountPoint);

    @LogMessage(level = WARN)
    @Message(id = 202, value = "Share %s is %s at %s: %s")
    void shareHasTrouble(String id, ShareState state, String mountPoint, String error);

    @LogMessage(level = WARN)
    @Message(id = 203, value = "Share %s: %s failed: %s")
    void attemptFailed(String id, Action action, String error);

    @LogMessage(level = WARN)
    @Message(id = 204, value = "Refused a share message (sequence %d, id %s): %s: %s")
    void refused(long sequence, String id, Reason reason, String detail);

    @LogMessage(level = INFO)
    @Message(id = 205, value = "Shares now come by %s")
    void deliveryIs(DeliveryMode mode);

    @LogMessage(level = ERROR)
    @Message(
            id = 209,
            value =
                    "%s cannot be read (%s); it was put aside as desired.json.unreadable and the state is rebuilt from the "
                            + "boot file and the stream")
    void stateUnreadable(String file, String problem);

    @LogMessage(level = ERROR)
    @Message(id = 221, value = "%s has an entry that cannot be read (%s); the others are used")
    void stateEntryUnreadable(String file, String problem);

    @LogMessage(level = ERROR)
    @Message(
            id = 210,
            value =
                    "The desired state could not be saved; retrying until it can. A restart before that may lose what is not in"
                            + " the stream")
    void stateNotSaved(@Cause Throwable cause);

    @LogMessage(level = WARN)
    @Message(id = 240, value = "%s is locked, but the lock does not say by whom: %s")
    void ownerNotNamed(String stateDir, String problem);

    @LogMessage(level = ERROR)
    @Message(id = 211, value = "The boot file %s cannot be read: %s")
    void bootFileUnreadable(String file, String problem);

    @LogMessage(level = ERROR)
    @Message(id = 212, value = "The engine's signals ended; dead mounts are no longer noticed")
    void signalsFailed(@Cause Throwable cause);

    @LogMessage(level = WARN)
    @Message(id = 213, value = "Share %s stays mounted while the service stops: %s")
    void notUnmountedAtStop(String id, String reason);

    @LogMessage(level = WARN)
    @Message(id = 214, value = "Not every share was unmounted within heddle.mounts.shutdown-timeout")
    void stopTimedOut();

    @LogMessage(level = ERROR)
    @Message(id = 215, value = "A share event listener failed")
    void listenerFailed(@Cause Throwable cause);

    @LogMessage(level = WARN)
    @Message(id = 216, value = "The status of this agent could not be published: %s")
    void statusNotPublished(String reason);

    @LogMessage(level = WARN)
    @Message(
            id = 222,
            value = "Engine %s of a previous run does not exist any more; mounts that it left stay as they are")
    void engineGone(String engine);

    @LogMessage(level = ERROR)
    @Message(id = 218, value = "The share pipeline failed; it starts again")
    void pipelineFailed(@Cause Throwable cause);
}
