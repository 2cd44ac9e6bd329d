package io.heddle.mount;

import io.heddle.mount.ShareRefusedException.Reason;
import io.heddle.text.CleanPath;
import io.heddle.text.Text;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The whole wanted state of one share on a machine. Valid by construction, but for the rules that depend on the machine
 * (allowed roots, default owner), which {@link ShareRules} adds.
 *
 * @param id names the share; the last state with an id replaces every earlier one
 * @param action mount or unmount
 * @param backend {@link #CUBEFS} or {@link #VIRTIO_9P}
 * @param mountPoint absolute and cleaned; empty only for an unmount that leaves it to the agent's memory
 * @param readonly whether the share is mounted read-only
 * @param cubefs where the data comes from; null for an unmount and for backends other than CubeFS
 */
public record ShareMount(
        String id,
        Action action,
        String backend,
        String mountPoint,
        boolean readonly,
        @Nullable CubeFs cubefs) {

    /** The form of a share id and of a volume name, for people: both name directories. */
    static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,127}";

    /** Control characters, both kinds of them, and halves of surrogate pairs. */
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cc}\\p{Cs}]");

    public static final String CUBEFS = "cubefs";
    /** Served by the hypervisor, not by us: acknowledged, counted and left alone. */
    public static final String VIRTIO_9P = "virtio9p";

    /** What is to be done with a share. */
    public enum Action {
        MOUNT,
        UNMOUNT;

        /** The word on the wire. */
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Validates the fields.
     *
     * @throws ShareRefusedException when a field breaks a rule of the contract
     */
    public ShareMount {
        requireId(id);
        if (!backend.equals(CUBEFS) && !backend.equals(VIRTIO_9P)) {
            throw new ShareRefusedException(Reason.BACKEND, "unsupported backend '" + printable(backend) + "'");
        }
        mountPoint = mountPoint.isEmpty() ? "" : cleaned(mountPoint);
        if (action == Action.MOUNT) {
            if (mountPoint.isEmpty()) {
                throw new ShareRefusedException(Reason.MOUNT_POINT, "mount_point is required");
            }
            if (backend.equals(CUBEFS) && cubefs == null) {
                throw new ShareRefusedException(Reason.CUBEFS, "cubefs block is required");
            }
        } else {
            readonly = false;
            cubefs = null;
        }
    }

    /** An unmount of the share {@code id}; an empty mount point means the one that the agent knows. */
    public static ShareMount unmount(String id, String mountPoint) {
        return new ShareMount(id, Action.UNMOUNT, CUBEFS, mountPoint, false, null);
    }

    /** The unmount that undoes this share. */
    public ShareMount asUnmount() {
        return unmount(id, mountPoint);
    }

    public boolean isMount() {
        return action == Action.MOUNT;
    }

    /** The source of a CubeFS mount. */
    public CubeFs requireCubefs() {
        if (cubefs == null) {
            throw new IllegalStateException("share " + id + " has no cubefs block");
        }
        return cubefs;
    }

    /** Whether it can name a share or a volume. */
    public static boolean isName(String text) {
        return ShareText.isName(text);
    }

    /** @throws ShareRefusedException when this cannot name a share */
    static void requireId(String id) {
        if (id.isEmpty()) {
            throw new ShareRefusedException(Reason.ID, "id is required");
        }
        if (!isName(id)) {
            throw new ShareRefusedException(Reason.ID, "id must match " + NAME);
        }
    }

    private static String cleaned(String mountPoint) {
        String flaw = Text.flaw(mountPoint);
        if (flaw != null) {
            throw new ShareRefusedException(Reason.MOUNT_POINT, "mount_point " + flaw);
        }
        if (!mountPoint.startsWith("/")) {
            throw new ShareRefusedException(Reason.MOUNT_POINT, "mount_point must be absolute");
        }
        return CleanPath.clean(mountPoint);
    }

    static String printable(String text) {
        String shown = text.length() > 64 ? text.substring(0, 64) + "…" : text;
        return UNPRINTABLE.matcher(shown).replaceAll("?");
    }
}
