package io.heddle.stream.kv;

import static org.jboss.logging.Logger.Level.DEBUG;
import static org.jboss.logging.Logger.Level.ERROR;

import java.lang.invoke.MethodHandles;
import org.jboss.logging.BasicLogger;
import org.jboss.logging.Logger;
import org.jboss.logging.annotations.Cause;
import org.jboss.logging.annotations.LogMessage;
import org.jboss.logging.annotations.Message;
import org.jboss.logging.annotations.MessageLogger;
import org.jboss.logging.annotations.ValidIdRange;

/** The log messages of key-value buckets and their monitors: HDL0150 to HDL0199. */
@MessageLogger(projectCode = "HDL", length = 4)
@ValidIdRange(min = 150, max = 199)
public interface KvLog extends BasicLogger {

    KvLog LOG = Logger.getMessageLogger(MethodHandles.lookup(), KvLog.class, "io.heddle.stream");

    @LogMessage(level = DEBUG)
    @Message(id = 150, value = "Stream %s: its information is not available (%s)")
    void notMonitored(String stream, String reason);

    @LogMessage(level = ERROR)
    @Message(id = 151, value = "Stream %s: the listener of its monitor failed")
    void monitorListenerFailed(String stream, @Cause Throwable cause);
}
