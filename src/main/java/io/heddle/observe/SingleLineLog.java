package io.heddle.observe;

import io.heddle.text.Text;
import io.quarkus.logging.LoggingFilter;
import java.util.logging.Filter;
import java.util.logging.LogRecord;
import org.jboss.logmanager.ExtLogRecord;

/**
 * Keeps text from outside (paths, holders, keys, subjects) from adding lines to text logs or controlling a terminal (CWE-117): a
 * control or format character of a Heddle message is logged as {@code ?}. JSON logs are escaped by their format.
 */
@LoggingFilter(name = "single-line")
public final class SingleLineLog implements Filter {

    /** Formats the message early if it has to be changed; drops no record. */
    @Override
    public boolean isLoggable(LogRecord logged) {
        if (logged instanceof ExtLogRecord extended
                && extended.getLoggerName() != null
                && extended.getLoggerName().startsWith("io.heddle")) {
            String message = extended.getFormattedMessage();
            if (message != null && !Text.isPlain(message)) {
                extended.setMessage(Text.printable(message), ExtLogRecord.FormatStyle.NO_FORMAT);
            }
        }
        return true;
    }
}
