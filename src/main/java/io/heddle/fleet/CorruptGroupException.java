package io.heddle.fleet;

/** The entry under a group's name in the bucket is not a group record; another client wrote it. It is not changed. */
public class CorruptGroupException extends FleetException {

    public CorruptGroupException(String group) {
        super("the record of group '" + group
                + "' cannot be read; delete the bucket's entry and create the group again");
    }
}
