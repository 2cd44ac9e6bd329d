package io.heddle.fleet;

/** Somebody else changed the very same thing of the group in the same moment; theirs stands. Look at it and decide again. */
public class GroupConflictException extends FleetException {

    private static final long serialVersionUID = 1L;

    public GroupConflictException(String group) {
        super("group '" + group + "' was changed by somebody else in the same moment, in the same place");
    }
}
