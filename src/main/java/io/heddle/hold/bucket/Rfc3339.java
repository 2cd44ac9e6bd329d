package io.heddle.hold.bucket;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/**
 * Reads times as Go's {@code time.Time} does from JSON, and writes them: {@code 2026-04-19T10:00:00.123456789+02:00}. Go also reads
 * an hour of one digit, a comma before the fraction, more than nine digits (which do not count), and offsets up to 24:60. Not by the
 * JDK's parser and formatter: each entry of the bucket carries two times, and they take longer than the rest of the value.
 */
public final class Rfc3339 {

    private static final Instant FIRST = Instant.parse("0000-01-01T00:00:00Z");
    private static final Instant END = Instant.parse("+10000-01-01T00:00:00Z");

    private final String text;
    private int at;

    private Rfc3339(String text) {
        this.text = text;
    }

    /**
     * Parses a time.
     *
     * @throws DateTimeException when the text is not such a time
     */
    public static Instant parse(String text) {
        return new Rfc3339(text).parse();
    }

    /** As {@link Instant#toString()} does: in UTC, with as many groups of three digits after the point as it takes. */
    public static String format(Instant time) {
        if (time.isBefore(FIRST) || !time.isBefore(END)) {
            return time.toString();
        }
        LocalDateTime utc = LocalDateTime.ofEpochSecond(time.getEpochSecond(), 0, ZoneOffset.UTC);
        StringBuilder text = new StringBuilder(30);
        append(text, utc.getYear(), 4).append('-');
        append(text, utc.getMonthValue(), 2).append('-');
        append(text, utc.getDayOfMonth(), 2).append('T');
        append(text, utc.getHour(), 2).append(':');
        append(text, utc.getMinute(), 2).append(':');
        append(text, utc.getSecond(), 2);
        int nano = time.getNano();
        if (nano != 0) {
            text.append('.');
            if (nano % 1_000_000 == 0) {
                append(text, nano / 1_000_000, 3);
            } else if (nano % 1_000 == 0) {
                append(text, nano / 1_000, 6);
            } else {
                append(text, nano, 9);
            }
        }
        return text.append('Z').toString();
    }

    private static StringBuilder append(StringBuilder text, int number, int digits) {
        int unit = 1;
        for (int i = 1; i < digits; i++) {
            unit *= 10;
        }
        for (; unit > 0; unit /= 10) {
            text.append((char) ('0' + number / unit % 10));
        }
        return text;
    }

    private Instant parse() {
        int year = number(4);
        expect('-');
        int month = number(2);
        expect('-');
        int day = number(2);
        expect('T');
        int hour = number(isDigit(peek(1)) ? 2 : 1);
        expect(':');
        int minute = number(2);
        expect(':');
        int second = number(2);
        int nano = (peek(0) == '.' || peek(0) == ',') && isDigit(peek(1)) ? fraction() : 0;
        int offset = offset();
        if (at != text.length()) {
            throw unreadable();
        }
        return LocalDateTime.of(year, month, day, hour, minute, second, nano)
                .toInstant(ZoneOffset.UTC)
                .minusSeconds(offset);
    }

    private int fraction() {
        int nanos = 0;
        int unit = 100_000_000;
        for (at++; isDigit(peek(0)); at++) {
            nanos += unit * (peek(0) - '0');
            unit /= 10;
        }
        return nanos;
    }

    /** In seconds; Go accepts up to 24 hours and 60 minutes. */
    private int offset() {
        char sign = peek(0);
        at++;
        if (sign == 'Z') {
            return 0;
        }
        int hours = number(2);
        expect(':');
        int minutes = number(2);
        if ((sign != '+' && sign != '-') || hours > 24 || minutes > 60) {
            throw unreadable();
        }
        int seconds = (hours * 60 + minutes) * 60;
        return sign == '+' ? seconds : -seconds;
    }

    private int number(int digits) {
        int number = 0;
        for (int i = 0; i < digits; i++, at++) {
            char c = peek(0);
            if (!isDigit(c)) {
                throw unreadable();
            }
            number = number * 10 + (c - '0');
        }
        return number;
    }

    private void expect(char c) {
        if (peek(0) != c) {
            throw unreadable();
        }
        at++;
    }

    private char peek(int ahead) {
        return at + ahead < text.length() ? text.charAt(at + ahead) : '\0';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private DateTimeException unreadable() {
        return new DateTimeException("not an RFC 3339 time: character " + at);
    }
}
