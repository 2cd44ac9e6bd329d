package io.heddle.mount.cubefs;

import static org.jboss.logging.Logger.Level.DEBUG;
import static org.jboss.logging.Logger.Level.ERROR;
import static org.jboss.logging.Logger.Level.INFO;
import static org.jboss.logging.Logger.Level.WARN;

import java.lang.invoke.MethodHandles;
import org.jboss.logging.BasicLogger;
import org.jboss.logging.Logger;
import org.jboss.logging.annotations.Cause;
import org.jboss.logging.annotations.LogMessage;
import org.jboss.logging.annotations.Message;
import org.jboss.logging.annotations.MessageLogger;
import org.jboss.logging.annotations.ValidIdRange;

/** The messages HDL0300 to HDL0399. The output of a client is redacted before it is logged. */
@MessageLogger(projectCode = "HDL", length = 4)
@ValidIdRange(min = 300, max = 399)
public interface CubeFsLog extends BasicLogger {

    CubeFsLog LOG = Logger.getMessageLogger(MethodHandles.lookup(), CubeFsLog.class, "io.heddle.mount.cubefs");

    @LogMessage(level = INFO)
    @Message(id = 300, value = "Share %s: mounted at %s by client %d in %d ms")
    void mounted(String id, String mountPoint, long pid, long millis);

    @LogMessage(level = INFO)
    @Message(id = 301, value = "Share %s: adopted the mount at %s and its client %d from a previous run")
    void adopted(String id, String mountPoint, long pid);

    @LogMessage(level = INFO)
    @Message(id = 302, value = "Share %s: unmounted from %s")
    void unmounted(String id, String mountPoint);

    @LogMessage(level = WARN)
    @Message(id = 303, value = "Share %s: lost: %s")
    void lost(String id, String reason);

    @LogMessage(level = WARN)
    @Message(id = 304, value = "Share %s: the mount at %s does not answer; its files are left alone until hang-timeout")
    void stalled(String id, String mountPoint);

    @LogMessage(level = INFO)
    @Message(id = 305, value = "Share %s: the mount at %s answers again")
    void recovered(String id, String mountPoint);

    @LogMessage(level = WARN)
    @Message(id = 306, value = "Share %s: aborting the connection of the mount at %s")
    void aborting(String id, String mountPoint);

    @LogMessage(level = WARN)
    @Message(id = 307, value = "Share %s: clearing what a previous run left (client %s, mount at %s)")
    void clearing(String id, String client, String mountPoint);

    @LogMessage(level = ERROR)
    @Message(id = 308, value = "Share %s: client %d does not end after SIGKILL; retried with the share")
    void clientDoesNotEnd(String id, long pid);

    @LogMessage(level = WARN)
    @Message(id = 309, value = "Share %s: lazy unmount of %s failed: %s")
    void lazyUnmountFailed(String id, String mountPoint, String reason);

    @LogMessage(level = WARN)
    @Message(id = 310, value = "Share %s: a mount at %s belongs to another client and is left alone")
    void foreignMountLeft(String id, String mountPoint);

    @LogMessage(level = DEBUG)
    @Message(id = 311, value = "Cannot clean up %s: %s")
    void notCleanedUp(String path, String reason);

    @LogMessage(level = ERROR)
    @Message(id = 312, value = "The check of the mounts failed; the next round checks again")
    void checkFailed(@Cause Throwable cause);

    @LogMessage(level = WARN)
    @Message(id = 313, value = "Share %s: its run record cannot be read (%s); treated as absent")
    void recordUnreadable(String id, String reason);

    @LogMessage(level = WARN)
    @Message(
            id = 314,
            value = "FUSE connections cannot be aborted here (%s); a hung mount is ended by killing its client")
    void cannotAbort(String reason);

    @LogMessage(level = ERROR)
    @Message(id = 315, value = "Share %s: an action failed")
    void taskFailed(String id, @Cause Throwable cause);

    @LogMessage(level = ERROR)
    @Message(id = 316, value = "The reader of the share signals failed")
    void signalReaderFailed(@Cause Throwable cause);

    @LogMessage(level = WARN)
    @Message(id = 317, value = "Share %s: not accessible at %s (%s); the share stays mounted below")
    void covered(String id, String mountPoint, String reason);

    @LogMessage(level = WARN)
    @Message(id = 318, value = "Share %s: degraded at %s (%s); the share stays mounted")
    void degraded(String id, String mountPoint, String reason);

    @LogMessage(level = INFO)
    @Message(id = 319, value = "Share %s: the files at %s answer again")
    void filesAnswer(String id, String mountPoint);

    @LogMessage(level = INFO)
    @Message(id = 320, value = "Share %s: %s")
    void progress(String id, String text);
}
