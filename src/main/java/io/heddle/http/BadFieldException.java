package io.heddle.http;

/** An input that cannot be used, named so that a program can point at it. */
public final class BadFieldException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private static final int LONGEST_FIELD = 64;
    private static final int LONGEST_DETAIL = 500;

    private final String field;
    private final String detail;

    public BadFieldException(String field, String detail) {
        super(cut(detail, LONGEST_DETAIL));
        this.field = cut(field, LONGEST_FIELD);
        this.detail = cut(detail, LONGEST_DETAIL);
    }

    /** Part of what was sent may be told again, but not megabytes of it. */
    private static String cut(String text, int longest) {
        return text.length() > longest ? text.substring(0, longest) + "…" : text;
    }

    String field() {
        return field;
    }

    String detail() {
        return detail;
    }
}
