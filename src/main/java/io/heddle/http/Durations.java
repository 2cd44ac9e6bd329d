package io.heddle.http;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Durations as requests and answers have them: {@code 30s}, {@code 5m}, {@code 1h30m}, {@code 1.5s}; ISO-8601 is read, too. */
public final class Durations {

    private static final Pattern PART = Pattern.compile("(\\d{1,18}(?:\\.\\d{1,9})?)(ns|us|µs|ms|s|m|h|d)");
    private static final Map<String, BigDecimal> NANOS = Map.of(
            "ns", BigDecimal.ONE,
            "us", BigDecimal.valueOf(1_000),
            "µs", BigDecimal.valueOf(1_000),
            "ms", BigDecimal.valueOf(1_000_000),
            "s", BigDecimal.valueOf(1_000_000_000L),
            "m", BigDecimal.valueOf(60_000_000_000L),
            "h", BigDecimal.valueOf(3_600_000_000_000L),
            "d", BigDecimal.valueOf(86_400_000_000_000L));

    /** As many parts as there are units, with all their digits. */
    private static final int LONGEST = 256;

    private Durations() {}

    /**
     * Parses a duration.
     *
     * @throws BadFieldException when it is no duration, or one of over 292 years
     */
    public static Duration parse(String field, String text) {
        if (text.length() > LONGEST) {
            throw refused(field, text, null);
        }
        try {
            if (text.startsWith("P") || text.startsWith("-P")) {
                Duration iso = Duration.parse(text);
                long unused = iso.toNanos();
                return iso;
            }
            Matcher part = PART.matcher(text);
            BigDecimal nanos = BigDecimal.ZERO;
            int at = 0;
            while (part.region(at, text.length()).lookingAt()) {
                nanos = nanos.add(new BigDecimal(part.group(1)).multiply(unit(part.group(2))));
                at = part.end();
            }
            if (at > 0 && at == text.length()) {
                return Duration.ofNanos(nanos.setScale(0, RoundingMode.HALF_UP).longValueExact());
            }
        } catch (DateTimeException | ArithmeticException e) {
            throw refused(field, text, e);
        }
        throw refused(field, text, null);
    }

    /** Hours, minutes and seconds, without those that are zero; to the millisecond, which is rounded down. */
    public static String format(Duration duration) {
        StringBuilder text = new StringBuilder();
        if (duration.toHours() > 0) {
            text.append(duration.toHours()).append('h');
        }
        if (duration.toMinutesPart() > 0) {
            text.append(duration.toMinutesPart()).append('m');
        }
        if (duration.toSecondsPart() > 0 || duration.toMillisPart() > 0 || text.length() == 0) {
            BigDecimal seconds = BigDecimal.valueOf(duration.toSecondsPart() * 1000L + duration.toMillisPart(), 3);
            text.append(seconds.stripTrailingZeros().toPlainString()).append('s');
        }
        return text.toString();
    }

    private static BigDecimal unit(String name) {
        BigDecimal nanos = NANOS.get(name);
        if (nanos == null) {
            throw new ArithmeticException("no unit " + name);
        }
        return nanos;
    }

    private static BadFieldException refused(String field, String text, @Nullable Exception why) {
        String shown = text.length() > 50 ? text.substring(0, 50) + "..." : text;
        BadFieldException refusal =
                new BadFieldException(field, "'" + shown + "' is no duration: write 30s, 5m, 1h30m or PT30S");
        if (why != null) {
            refusal.initCause(why);
        }
        return refusal;
    }
}
