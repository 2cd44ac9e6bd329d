package io.heddle.stream;

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

/** The log messages HDL0100 to HDL0199. */
@MessageLogger(projectCode = "HDL", length = 4)
@ValidIdRange(min = 100, max = 199)
public interface StreamLog extends BasicLogger {

    StreamLog LOG = Logger.getMessageLogger(MethodHandles.lookup(), StreamLog.class, "io.heddle.stream");

    @LogMessage(level = DEBUG)
    @Message(id = 100, value = "Reading stream %s with consumer %s (%d messages waiting)")
    void reading(String stream, String consumer, long pending);

    @LogMessage(level = INFO)
    @Message(id = 101, value = "Stream %s: reading interrupted (%s); resuming")
    void interrupted(String stream, String reason);

    @LogMessage(level = WARN)
    @Message(id = 102, value = "Stream %s: reading failed (%s); retrying")
    void notReadable(String stream, String reason);

    @LogMessage(level = WARN)
    @Message(id = 103, value = "Stream %s was replaced or rolled back; reading it from its beginning")
    void restarted(String stream);

    @LogMessage(level = INFO)
    @Message(id = 104, value = "Created stream %s")
    void streamMade(String stream);

    @LogMessage(level = DEBUG)
    @Message(id = 105, value = "Consumer %s: deletion failed (%s)")
    void consumerNotDeleted(String consumer, String reason);

    @LogMessage(level = ERROR)
    @Message(id = 106, value = "Stream %s: a subscriber failed; its subscription ends")
    void failed(String stream, @Cause Throwable cause);

    @LogMessage(level = DEBUG)
    @Message(id = 107, value = "No worker thread accepts tasks: the process ends")
    void workersGone();

    @LogMessage(level = DEBUG)
    @Message(id = 108, value = "Subscription without a connection: %s")
    void inboxGone(String reason);

    @LogMessage(level = INFO)
    @Message(id = 109, value = "Stream %s: reading resumed")
    void readable(String stream);

    @LogMessage(level = DEBUG)
    @Message(id = 150, value = "Stream %s: its information is not available (%s)")
    void notMonitored(String stream, String reason);

    @LogMessage(level = ERROR)
    @Message(id = 151, value = "Stream %s: the listener of its monitor failed")
    void monitorListenerFailed(String stream, @Cause Throwable cause);
}
