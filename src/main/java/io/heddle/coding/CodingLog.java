package io.heddle.coding;

import static org.jboss.logging.Logger.Level.DEBUG;
import static org.jboss.logging.Logger.Level.INFO;

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

/** The log messages of coding agents: HDL0700 to HDL0799. */
@MessageLogger(projectCode = "HDL", length = 4)
@ValidIdRange(min = 700, max = 799)
interface CodingLog extends BasicLogger {

    CodingLog LOG = Logger.getMessageLogger(MethodHandles.lookup(), CodingLog.class, "io.heddle.coding");

    @LogMessage(level = INFO)
    @Message(id = 700, value = "Session %s: no contact for %s; its %d hold(s) are not renewed any longer")
    void idle(String session, Duration timeout, int holds);

    @LogMessage(level = DEBUG)
    @Message(id = 701, value = "Session %s: the hold of %s could not be taken over (%s); retrying at its next contact")
    void notTakenOver(String session, FilePath file, String reason);

    @LogMessage(level = DEBUG)
    @Message(id = 702, value = "The events of holds ended; lost holds are not reported any longer")
    void eventsEnded(@Cause Throwable failure);
}
