package io.heddle.http;

/** An input that cannot be used, named so that a program can point at it. */
final class BadFieldException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String field;
    private final String detail;

    BadFieldException(String field, String detail) {
        super(detail);
        this.field = field;
        this.detail = detail;
    }

    String field() {
        return field;
    }

    String detail() {
        return detail;
    }
}
