package io.heddle.mount;

/** Where a share stands on this machine. */
public enum ShareState {
    /** Wanted, waiting for its turn. */
    PENDING,
    MOUNTING,
    MOUNTED,
    /** The last attempt failed; another one follows. */
    RETRYING,
    UNMOUNTING,
    UNMOUNTED,
    /** An unmount was refused because files are open; the share stays served and the unmount is tried again. */
    BUSY,
    /** The mount died; it is being mounted again. */
    LOST,
    /** The client lives but the mount does not answer; left alone until it does or the hang timeout passes. */
    STALLED,
    /** Cannot be applied here as it stands: its place is taken. Tried again when that changes. */
    REJECTED
}
