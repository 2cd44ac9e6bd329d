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

/** The messages of this room: HDL0600 to HDL0699. */
@MessageLogger(projectCode = "HDL", length = 4)
@ValidIdRange(min = 600, max = 699)
public interface FleetLog extends BasicLogger {

    FleetLog LOG = Logger.getMessageLogger(MethodHandles.lookup(), FleetLog.class, "io.heddle.fleet");

    @LogMessage(level = WARN)
    @Message(id = 600, value = "The groups in bucket %s cannot be watched (%s); trying again")
    void groupsNotWatched(String bucket, String reason);

    @LogMessage(level = ERROR)
    @Message(id = 601, value = "The record of group %s cannot be read, it is left alone: %s")
    void corruptGroup(String group, String reason);

    @LogMessage(level = INFO)
    @Message(id = 602, value = "Group %s: published to %d VM(s), %d failed")
    void fanOutEnded(String group, int done, int failed);

    @LogMessage(level = WARN)
    @Message(id = 603, value = "Group %s: a change was interrupted (%s); it is resumed here or by another replica")
    void fanOutInterrupted(String group, String reason);

    @LogMessage(level = INFO)
    @Message(id = 604, value = "Group %s: going on with a change that stood still")
    void resumed(String group);

    @LogMessage(level = DEBUG)
    @Message(
            id = 605,
            value = "Group %s: another replica was faster to go on with a change, or it could not be claimed: %s")
    void notResumed(String group, String reason);

    @LogMessage(level = WARN)
    @Message(id = 606, value = "The wanted shares of all VMs cannot be read from stream %s (%s); trying again")
    void desiredNotRead(String stream, String reason);

    @LogMessage(level = WARN)
    @Message(id = 607, value = "The reports of agents are not heard (%s); trying again")
    void statusNotHeard(String reason);

    @LogMessage(level = DEBUG)
    @Message(id = 608, value = "A report on %s was dropped: %s")
    void badStatus(String subject, String reason);

    @LogMessage(level = WARN)
    @Message(id = 609, value = "More than %d VMs (heddle.fleet.max-vms): what others report is dropped")
    void tooManyVms(int limit);

    @LogMessage(level = ERROR)
    @Message(id = 610, value = "The control plane failed at a regular task")
    void tickFailed(@Cause Throwable cause);

    @LogMessage(level = DEBUG)
    @Message(id = 611, value = "Agents could not be asked for their status: %s")
    void notAsked(String reason);
}
