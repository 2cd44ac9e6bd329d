package io.heddle.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.logging.Level;
import org.jboss.logmanager.ExtLogRecord;
import org.jboss.logmanager.ExtLogRecord.FormatStyle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Text from outside stays within its log line. */
class SingleLineLogTest {

    @ParameterizedTest
    @CsvSource(
            value = {
                "'/a\n2026-01-01 ERROR forged'; /a?2026-01-01 ERROR forged",
                "'/a\rforged'; /a?forged",
                "'\u001b[2J'; ?[2J",
                "'\u009b2J'; ?2J",
                "'\u202egnp.exe'; ?gnp.exe",
                "'\u2028next'; ?next",
                "/wörk/日本; /wörk/日本",
            },
            delimiter = ';')
    void controlAndFormatCharactersAreReplaced(String path, String logged) {
        ExtLogRecord message = new ExtLogRecord(
                Level.INFO, "Event stream of %s: ended", FormatStyle.PRINTF, SingleLineLogTest.class.getName());
        message.setLoggerName("io.heddle.http");
        message.setParameters(new Object[] {path});

        assertThat(new SingleLineLog().isLoggable(message)).isTrue();

        assertThat(message.getFormattedMessage()).isEqualTo("Event stream of " + logged + ": ended");
    }

    /** Messages of others may have several lines on purpose. */
    @ParameterizedTest
    @CsvSource({"io.quarkus", "io.vertx.core"})
    void otherLoggersAreNotChanged(String logger) {
        ExtLogRecord message =
                new ExtLogRecord(Level.INFO, "a\nb", FormatStyle.NO_FORMAT, SingleLineLogTest.class.getName());
        message.setLoggerName(logger);

        assertThat(new SingleLineLog().isLoggable(message)).isTrue();

        assertThat(message.getFormattedMessage()).isEqualTo("a\nb");
    }
}
