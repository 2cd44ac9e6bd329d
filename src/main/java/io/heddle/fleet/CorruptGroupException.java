package io.heddle.fleet;

/** What stands under a group's name in the bucket is no group's record: somebody else wrote it. It is left alone. */
public class CorruptGroupException extends FleetException {

    private static final long serialVersionUID = 1L;

    public CorruptGroupException(String group) {
        super("what the bucket has under '" + group + "' is no group");
    }
}
