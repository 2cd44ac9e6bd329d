package io.heddle.mount;

import io.heddle.text.Text;

/** The subjects of share mounts. */
public final class ShareSubjects {

    private static final String PREFIX = "weft.mounts.";

    /** The subjects of the stream: those of all VMs. */
    public static final String ALL = PREFIX + "*";

    /** The status subjects of all VMs. */
    public static final String ALL_STATUSES = ALL + ".status";

    private static final int LONGEST_VM_ID = 256;

    private ShareSubjects() {}

    /**
     * Returns the subject of a VM's shares: the Go package's {@code Subject}.
     *
     * @throws IllegalArgumentException when it is not a VM id: see {@link #isVmId}
     */
    public static String subject(String vmId) {
        return PREFIX + requireVmId(vmId);
    }

    /** Returns the subject of a node agent's whole status; outside of the stream. */
    public static String status(String vmId) {
        return subject(vmId) + ".status";
    }

    /** Returns the subject on which a node agent answers requests for its status. */
    public static String statusRequest(String vmId) {
        return status(vmId) + ".get";
    }

    /** Returns the VM id in the subject of a share or of a status; from another client it may be any text. */
    public static String vmId(String subject) {
        int end = subject.indexOf('.', PREFIX.length());
        return subject.substring(PREFIX.length(), end < 0 ? subject.length() : end);
    }

    /**
     * Checks a VM id.
     *
     * @return the same id
     * @throws IllegalArgumentException when it is not a VM id
     */
    public static String requireVmId(String vmId) {
        if (!isVmId(vmId)) {
            throw new IllegalArgumentException("VM id '" + Text.printable(shortened(vmId))
                    + "' must be one subject token of at most 256 printable ASCII characters: no '.', '*', '>', blank");
        }
        return vmId;
    }

    private static String shortened(String text) {
        return text.length() > 64 ? text.substring(0, 64) + "…" : text;
    }

    /** Whether a text is one subject token that every client can publish to. Without a regular expression: a group names thousands. */
    public static boolean isVmId(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (" .*>".indexOf(text.charAt(i)) >= 0) {
                return false;
            }
        }
        return !text.isEmpty() && text.length() <= LONGEST_VM_ID && Text.isPlain(text);
    }
}
