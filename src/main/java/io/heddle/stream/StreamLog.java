package io.heddle.stream;

import static org.jboss.logging.Logger.Level.DEBUG;
import static org.jboss.logging.Logger.Level.ERROR;
import static org.jboss.logging.Logger.Level.INFO;
import static org.jboss.logging.Logger.Level.WARN;

import io.heddle.stream.kv.KvLog;
import java.lang.invoke.MethodHandles;
import org.jboss.logging.BasicLogger;
import org.jboss.logging.Logger;
import org.jboss.logging.annotations.Cause;
import org.jboss.logging.annotations.LogMessage;
import org.jboss.logging.annotations.Message;
import org.jboss.logging.annotations.MessageLogger;
import org.jboss.logging.annotations.ValidIdRange;

/** The messages of this room: HDL0100 to HDL0149. From there to HDL0199: {@link KvLog}. */
@MessageLogger(projectCode = "HDL", length = 4)
@ValidIdRange(min = 100, max = 149)
public interface StreamLog extends BasicLogger {

    StreamLog LOG = Logger.getMessageLogger(MethodHandles.lookup(), StreamLog.class, "io.heddle.stream");

    @LogMessage(level = DEBUG)
    @Message(id = 100, value = "Reading stream %s with consumer %s (%d messages waiting)")
    void reading(String stream, String consumer, long pending);

    @LogMessage(level = INFO)
    @Message(id = 101, value = "Reading stream %s was interrupted: %s")
    void interrupted(String stream, String reason);

    @LogMessage(level = WARN)
    @Message(id = 102, value = "Stream %s can't be read yet: %s; trying again until it can")
    void notReadable(String stream, String reason);

    @LogMessage(level = WARN)
    @Message(
            id = 103,
            value = "Stream %s is another one than before, or was rolled back: reading it from its beginning")
    void restarted(String stream);

    @LogMessage(level = INFO)
    @Message(id = 104, value = "Made stream %s, which was absent")
    void streamMade(String stream);

    @LogMessage(level = DEBUG)
    @Message(id = 105, value = "Consumer %s was not deleted: %s")
    void consumerNotDeleted(String consumer, String reason);

    @LogMessage(level = ERROR)
    @Message(id = 106, value = "Reading stream %s failed")
    void failed(String stream, @Cause Throwable cause);

    @LogMessage(level = DEBUG)
    @Message(id = 107, value = "No worker thread takes work any more: the process ends")
    void workersGone();

    @LogMessage(level = DEBUG)
    @Message(id = 108, value = "An inbox was gone with its connection: %s")
    void inboxGone(String reason);

    @LogMessage(level = INFO)
    @Message(id = 109, value = "Stream %s is read again")
    void readable(String stream);
}
