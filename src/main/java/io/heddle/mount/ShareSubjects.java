package io.heddle.mount;

import io.heddle.text.Text;

/** The subjects of share mounts. */
public final class ShareSubjects {

    private static final String PREFIX = "weft.mounts.";
    /** The subjects that the stream keeps: those of all VMs. */
    public static final String ALL = PREFIX + "*";

    /** Where the agents of all VMs publish their status. */
    public static final String ALL_STATUSES = ALL + ".status";

    private static final int LONGEST_VM_ID = 256;

    private ShareSubjects() {}

    /**
     * Where a VM's shares are published: the Go package's {@code Subject}.
     *
     * @throws IllegalArgumentException when the id is not one subject token (no {@code .}, {@code *}, {@code >}, blank)
     */
    public static String subject(String vmId) {
        return PREFIX + requireVmId(vmId);
    }

    /** Where a VM's agent publishes its whole status; outside of the stream. */
    public static String status(String vmId) {
        return subject(vmId) + ".status";
    }

    /** Where a VM's agent answers a request for its status. */
    public static String statusRequest(String vmId) {
        return status(vmId) + ".get";
    }

    /** The VM id in the subject of a share or of a status. */
    public static String vmId(String subject) {
        int end = subject.indexOf('.', PREFIX.length());
        return subject.substring(PREFIX.length(), end < 0 ? subject.length() : end);
    }

    /**
     * Checks that an id can stand in a subject.
     *
     * @return the same id
     * @throws IllegalArgumentException when it is not one subject token
     */
    public static String requireVmId(String vmId) {
        if (!isVmId(vmId)) {
            throw new IllegalArgumentException("VM id '" + Text.printable(shortened(vmId))
                    + "' must be one subject token of at most 256 characters: no '.', '*', '>', blank");
        }
        return vmId;
    }

    private static String shortened(String text) {
        return text.length() > 64 ? text.substring(0, 64) + "…" : text;
    }

    /** Without a regular expression: a group's record names thousands. */
    private static boolean isVmId(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (" .*>".indexOf(text.charAt(i)) >= 0) {
                return false;
            }
        }
        return !text.isEmpty() && text.codePointCount(0, text.length()) <= LONGEST_VM_ID && Text.flaw(text) == null;
    }
}
