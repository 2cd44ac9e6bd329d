package io.heddle.http;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as requests and answers contain them: {@code 30s}, {@code 5m}, {@code 1h30m}, {@code 1.5s}; requests may use ISO-8601,
 * too. Quarkus' converter reads neither fractions of hours nor units below a millisecond, which clients send.
 */
public final class Durations {

    private static final Pattern PART = Pattern.compile("(\\d{1,18}(?:\\.\\d{1,9})?)(ns|us|µs|ms|s|m|h|d)");
    private static final Map<String, Long> NANOS = Map.of(
            "ns", 1L,
            "us", 1_000L,
            "µs", 1_000L,
            "ms", 1_000_000L,
            "s", 1_000_000_000L,
            "m", 60_000_000_000L,
            "h", 3_600_000_000_000L,
            "d", 86_400_000_000_000L);

    /** As many parts as there are units, with all their digits. */
    private static final int LONGEST = 256;

    private Durations() {}

    /**
     * Parses a duration.
     *
     * @throws BadFieldException when the text is not a duration, or one of over 292 years
     */
    public static Duration parse(String field, String text) {
        String shown = text.length() > 50 ? text.substring(0, 50) + "..." : text;
        BadFieldException refusal =
                new BadFieldException(field, "invalid duration '" + shown + "': write 30s, 5m, 1h30m or PT30S");
        if (text.length() > LONGEST) {
            throw refusal;
        }
        try {
            if (text.startsWith("P") || text.startsWith("-P")) {
                return Duration.ofNanos(Duration.parse(text).toNanos());
            }
            Matcher part = PART.matcher(text);
            BigDecimal nanos = BigDecimal.ZERO;
            int at = 0;
            while (part.region(at, text.length()).lookingAt()) {
                nanos = nanos.add(new BigDecimal(part.group(1))
                        .multiply(BigDecimal.valueOf(NANOS.getOrDefault(part.group(2), 0L))));
                at = part.end();
            }
            if (at > 0 && at == text.length()) {
                return Duration.ofNanos(nanos.setScale(0, RoundingMode.HALF_UP).longValueExact());
            }
        } catch (DateTimeException | ArithmeticException e) {
            refusal.initCause(e);
        }
        throw refusal;
    }

    /** Hours, minutes and seconds, without those that are zero. */
    public static String format(Duration duration) {
        return duration.toString().substring("PT".length()).toLowerCase(Locale.ROOT);
    }
}
