package io.heddle.fleet;

/** Another client changed the same part of the group concurrently; its change is kept. Read the group and try again. */
public class GroupConflictException extends FleetException {

    public GroupConflictException(String group) {
        super("another client changed the same part of group '" + group
                + "' concurrently; read the group and try again");
    }
}
