package io.heddle.fleet;

/** There is no group of that name. */
public class GroupNotFoundException extends FleetException {

    private static final long serialVersionUID = 1L;

    GroupNotFoundException(String group) {
        super("there is no group '" + group + "'");
    }
}
