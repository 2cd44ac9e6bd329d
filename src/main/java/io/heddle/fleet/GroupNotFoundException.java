package io.heddle.fleet;

/** No group has that name. */
public class GroupNotFoundException extends FleetException {

    private static final long serialVersionUID = 1L;

    GroupNotFoundException(String group) {
        super("group '" + group + "' does not exist");
    }
}
