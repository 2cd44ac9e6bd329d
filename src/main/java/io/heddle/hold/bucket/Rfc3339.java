package io.heddle.hold.bucket;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/**
 * Reads times as Go writes them: {@code 2026-04-19T10:00:00.123456789+02:00}, seconds not optional, any number of digits after
 * the point of which nine count; and writes them. By hand, because every entry of the bucket carries two of them, and the JDK's
 * parser and formatter take longer than all the rest of the value.
 */
public final class Rfc3339 {

    private static final int FRACTION = 19;
    private static final int NANO_DIGITS = 9;
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
     * @throws DateTimeException when it is no such time
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
        int hour = number(2);
        expect(':');
        int minute = number(2);
        expect(':');
        int second = number(2);
        int nano = at == FRACTION && peek() == '.' ? fraction() : 0;
        ZoneOffset offset = offset();
        if (at != text.length()) {
            throw unreadable();
        }
        Instant time =
                LocalDateTime.of(year, month, day, hour, minute, second, nano).toInstant(offset);
        if (time.isBefore(FIRST) || !time.isBefore(END)) {
            throw unreadable(); // its year would have five digits in UTC, and nobody could read it again
        }
        return time;
    }

    private int fraction() {
        expect('.');
        int digits = 0;
        int nanos = 0;
        while (isDigit(peek())) {
            if (digits < NANO_DIGITS) {
                nanos = nanos * 10 + (peek() - '0');
            }
            digits++;
            at++;
        }
        if (digits == 0) {
            throw unreadable();
        }
        for (int i = digits; i < NANO_DIGITS; i++) {
            nanos *= 10;
        }
        return nanos;
    }

    private ZoneOffset offset() {
        char sign = peek();
        at++;
        if (sign == 'Z') {
            return ZoneOffset.UTC;
        }
        if (sign != '+' && sign != '-') {
            throw unreadable();
        }
        int hours = number(2);
        expect(':');
        int minutes = number(2);
        return sign == '+' ? ZoneOffset.ofHoursMinutes(hours, minutes) : ZoneOffset.ofHoursMinutes(-hours, -minutes);
    }

    private int number(int digits) {
        int number = 0;
        for (int i = 0; i < digits; i++, at++) {
            char c = peek();
            if (!isDigit(c)) {
                throw unreadable();
            }
            number = number * 10 + (c - '0');
        }
        return number;
    }

    private void expect(char c) {
        if (peek() != c) {
            throw unreadable();
        }
        at++;
    }

    private char peek() {
        return at < text.length() ? text.charAt(at) : '\0';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private DateTimeException unreadable() {
        return new DateTimeException("no RFC 3339 time at character " + at);
    }
}
