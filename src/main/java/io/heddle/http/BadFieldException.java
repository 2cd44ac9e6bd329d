package io.heddle.http;

/** An invalid parameter or member of a request. Long texts of the client are cut. */
public final class BadFieldException extends ProblemException {

    private static final int LONGEST_FIELD = 64;
    private static final int LONGEST_DETAIL = 500;

    public BadFieldException(String field, String detail) {
        super(Problem.of(ProblemType.BAD_FIELD, cut(detail, LONGEST_DETAIL)).at(cut(field, LONGEST_FIELD)));
    }

    private static String cut(String text, int longest) {
        return text.length() > longest ? text.substring(0, longest) + "…" : text;
    }
}
