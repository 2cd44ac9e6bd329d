package io.heddle.mount.directory;

import static org.jboss.logging.Logger.Level.WARN;

import java.lang.invoke.MethodHandles;
import org.jboss.logging.BasicLogger;
import org.jboss.logging.Logger;
import org.jboss.logging.annotations.LogMessage;
import org.jboss.logging.annotations.Message;
import org.jboss.logging.annotations.MessageLogger;
import org.jboss.logging.annotations.ValidIdRange;

/** The log messages of the directory engine: HDL0290 to HDL0299. */
@MessageLogger(projectCode = "HDL", length = 4)
@ValidIdRange(min = 290, max = 299)
interface DirectoryLog extends BasicLogger {

    DirectoryLog LOG = Logger.getMessageLogger(MethodHandles.lookup(), DirectoryLog.class, "io.heddle.mount");

    @LogMessage(level = WARN)
    @Message(
            id = 290,
            value =
                    "heddle.mounts.engine=directory: shares are symbolic links into %s; use this engine for development only")
    void developmentEngine(String directory);
}
