package io.heddle.mount;

import io.heddle.mount.ShareRefusedException.Reason;
import io.heddle.mount.backend.ShareSource;
import io.heddle.text.CleanPath;
import io.heddle.text.Text;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The desired state of one share on a machine. Valid by construction, except for the rules that depend on the machine (allowed
 * roots, default owner), which {@link ShareRules} adds.
 *
 * @param id names the share; the latest message with an id replaces every earlier one
 * @param action mount or unmount
 * @param backend the name of its {@link io.heddle.mount.backend.Backend}, or {@link #VIRTIO_9P}
 * @param mountPoint absolute and cleaned; empty only for an unmount of whatever mount point the node agent knows
 * @param readonly whether the share is mounted read-only
 * @param source where the data comes from; null for an unmount and for {@link #VIRTIO_9P}
 */
public record ShareMount(
        String id,
        Action action,
        String backend,
        String mountPoint,
        boolean readonly,
        @Nullable ShareSource source) {

    /** The backend of messages that name none. */
    public static final String CUBEFS = "cubefs";

    /** The backend that the hypervisor serves: its shares are acknowledged, counted and left alone. */
    public static final String VIRTIO_9P = "virtio9p";

    /** What to do with a share. */
    public enum Action {
        MOUNT,
        UNMOUNT;

        /** Returns the value in JSON. */
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
        mountPoint = mountPoint.isEmpty() ? "" : cleaned(mountPoint);
        if (action == Action.MOUNT) {
            if (mountPoint.isEmpty()) {
                throw new ShareRefusedException(Reason.MOUNT_POINT, "mount_point is required");
            }
            if (source == null && !isLeftAlone(backend)) {
                throw new ShareRefusedException(
                        backend.equals(CUBEFS) ? Reason.CUBEFS : Reason.SOURCE, backend + " block is required");
            }
        } else {
            readonly = false;
            source = null;
        }
    }

    /** An unmount of the share {@code id}; an empty mount point means the one that the node agent knows. */
    public static ShareMount unmount(String id, String mountPoint) {
        return new ShareMount(id, Action.UNMOUNT, CUBEFS, mountPoint, false, null);
    }

    /** Returns the unmount of this share. */
    public ShareMount asUnmount() {
        return unmount(id, mountPoint);
    }

    public boolean isMount() {
        return action == Action.MOUNT;
    }

    /** Whether its backend is {@link #VIRTIO_9P}. */
    public boolean isLeftAlone() {
        return isLeftAlone(backend);
    }

    /**
     * Returns its source.
     *
     * @throws IllegalStateException when it has none
     */
    public ShareSource requireSource() {
        if (source == null) {
            throw new IllegalStateException("share " + id + " has no source");
        }
        return source;
    }

    private static boolean isLeftAlone(String backend) {
        return backend.equals(VIRTIO_9P);
    }

    /** Whether a text can be the id of a share. */
    public static boolean isName(String text) {
        return ShareText.isName(text);
    }

    /** @throws ShareRefusedException when this cannot name a share */
    static void requireId(String id) {
        if (id.isEmpty()) {
            throw new ShareRefusedException(Reason.ID, "id is required");
        }
        if (!isName(id)) {
            throw new ShareRefusedException(Reason.ID, "id must match " + ShareText.NAME);
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
}
