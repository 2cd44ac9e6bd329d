package io.heddle.fleet;

/** The group would be larger than is allowed; nothing was changed. */
public class GroupLimitException extends FleetException {

    private static final long serialVersionUID = 1L;

    private final String field;

    /** @param field what there is too much of: {@code vms}, {@code shares} or {@code changes} */
    public GroupLimitException(String field, String message) {
        super(message);
        this.field = field;
    }

    /** What there is too much of: {@code vms}, {@code shares} or {@code changes}. */
    public String field() {
        return field;
    }
}
