package io.heddle.fleet;

/** The group would exceed a limit; nothing was changed. */
public class GroupLimitException extends FleetException {

    private final String field;

    /**
     * Names the field and the limit.
     *
     * @param field the field that is too large: {@code vms}, {@code shares} or {@code changes}
     */
    public GroupLimitException(String field, String message) {
        super(message);
        this.field = field;
    }

    /** The field that is too large: {@code vms}, {@code shares} or {@code changes}. */
    public String field() {
        return field;
    }
}
