package io.heddle.fleet;

/** No group has that name. */
public class GroupNotFoundException extends FleetException {

    GroupNotFoundException(String group) {
        super("group '" + group + "' does not exist");
    }
}
