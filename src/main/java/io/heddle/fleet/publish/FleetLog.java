package io.heddle.fleet.publish;

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

/** The log messages of the control plane: HDL0600 to HDL0699. */
@MessageLogger(projectCode = "HDL", length = 4)
@ValidIdRange(min = 600, max = 699)
public interface FleetLog extends BasicLogger {

    FleetLog LOG = Logger.getMessageLogger(MethodHandles.lookup(), FleetLog.class, "io.heddle.fleet");

    @LogMessage(level = WARN)
    @Message(id = 600, value = "Bucket %s: watching the groups failed (%s); retrying")
    void groupsNotWatched(String bucket, String reason);

    @LogMessage(level = ERROR)
    @Message(id = 601, value = "Group %s: the record cannot be read (%s); it is ignored until it is replaced")
    void corruptGroup(String group, String reason);

    @LogMessage(level = INFO)
    @Message(id = 602, value = "Group %s: published to %d VM(s), %d failed")
    void fanOutEnded(String group, int done, int failed);

    @LogMessage(level = WARN)
    @Message(id = 603, value = "Group %s: publishing a change was interrupted (%s); this or another replica resumes it")
    void fanOutInterrupted(String group, String reason);

    @LogMessage(level = INFO)
    @Message(id = 604, value = "Group %s: resuming a change without progress")
    void resumed(String group);

    @LogMessage(level = DEBUG)
    @Message(id = 605, value = "Group %s: the change was not taken over (%s)")
    void notResumed(String group, String reason);

    @LogMessage(level = WARN)
    @Message(id = 606, value = "Reading the desired shares of all VMs failed (%s); retrying")
    void desiredNotRead(String reason);

    @LogMessage(level = WARN)
    @Message(id = 607, value = "Receiving the status messages of node agents failed (%s); retrying")
    void statusNotReceived(String reason);

    @LogMessage(level = DEBUG)
    @Message(id = 608, value = "Subject %s: message dropped (%s)")
    void badStatus(String subject, String reason);

    @LogMessage(level = WARN)
    @Message(
            id = 609,
            value = "More than %d VMs (heddle.fleet.max-vms); the status messages of further VMs are dropped")
    void tooManyVms(int limit);

    @LogMessage(level = ERROR)
    @Message(id = 610, value = "A periodic task of the control plane failed")
    void tickFailed(@Cause Throwable cause);

    @LogMessage(level = DEBUG)
    @Message(id = 611, value = "Node agents could not be asked for their status (%s)")
    void notAsked(String reason);

    @LogMessage(level = WARN)
    @Message(id = 612, value = "%s: message ignored (%s)")
    void messageFailed(String source, String reason);

    @LogMessage(level = DEBUG)
    @Message(id = 614, value = "VM %s: share message dropped (%s)")
    void badShare(String vm, String reason);

    @LogMessage(level = WARN)
    @Message(id = 613, value = "Group %s: %d member(s) ignored, because their names are not VM ids")
    void badMembers(String group, int count);
}
