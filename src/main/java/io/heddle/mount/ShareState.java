package io.heddle.mount;

import io.quarkus.runtime.annotations.RegisterForReflection;

/** The state of a share on a machine. */
@RegisterForReflection
public enum ShareState {
    /** Desired; waits for a worker. */
    PENDING,
    MOUNTING,
    MOUNTED,
    /** The last attempt failed; it is retried. */
    RETRYING,
    UNMOUNTING,
    UNMOUNTED,
    /** An unmount was refused because files are open; the share stays served and the unmount is retried. */
    BUSY,
    /** The mount died; it is mounted again. */
    LOST,
    /** The client lives but the mount does not answer; left alone until it answers or the hang timeout passes. */
    STALLED,
    /** The mount point is in use or not allowed; retried, and at once when another share releases it. */
    REJECTED
}
