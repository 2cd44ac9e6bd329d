package io.heddle.http;

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

/** The messages HDL0500 to HDL0599. HDL0500, HDL0570 and HDL0573 are refusals to start. */
@MessageLogger(projectCode = "HDL", length = 4)
@ValidIdRange(min = 500, max = 599)
public interface HttpLog extends BasicLogger {

    HttpLog LOG = Logger.getMessageLogger(MethodHandles.lookup(), HttpLog.class, "io.heddle.http");

    @LogMessage(level = INFO)
    @Message(id = 510, value = "Event stream of %s: the client is too slow and lost %d events; ending the stream")
    void evicted(String client, long lost);

    @LogMessage(level = INFO)
    @Message(id = 511, value = "Event stream of %s: the client does not read the end; closing the connection")
    void stuck(String client);

    @LogMessage(level = WARN)
    @Message(id = 512, value = "Event stream of %s failed; ending the stream")
    void streamFailed(String client, @Cause Throwable failure);

    @LogMessage(level = WARN)
    @Message(id = 514, value = "The updates of the resources at /mcp ended")
    void updatesEnded(@Cause Throwable failure);

    @LogMessage(level = ERROR)
    @Message(id = 572, value = "%s %s failed (incident %s)")
    void failed(String method, String path, String incident, @Cause Throwable failure);
}
