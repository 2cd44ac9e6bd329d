package io.heddle.mount;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;

/**
 * Makes the machine be as a share says: the Go package's {@code ApplyFunc}. A host that embeds Heddle replaces the built-in
 * engines by a CDI bean of this type.
 *
 * <p>The reconciler never calls two methods for one share id at the same time (a cancelled call counts as running until its
 * effects are undone, which is the applier's to see to); calls for different ids run in parallel. A {@code Uni} that is
 * returned must not block its subscriber.
 */
public interface ShareApplier {

    /**
     * Makes the share be mounted, exactly as specified. Idempotent: a mount that is there and matches is kept (also one
     * from before a restart of the process); one of the same id that does not match is replaced.
     *
     * <p>Fails with {@link ShareBusyException} when an older mount of the id has to go first and is in use (it stays),
     * with {@link ShareRefusedException} when the place is not ours to use, with {@link ShareStalledException} when the mount
     * is there already but silent, with anything else when it did not work this time. Every failure but the stalled one is tried again; its message is shown to people and must not hold a credential.
     *
     * <p>Cancelling the returned {@code Uni} gives the attempt up.
     *
     * @param share a valid mount
     */
    Uni<Void> mount(ShareMount share);

    /**
     * Makes the share not be mounted. Succeeds when there is nothing to unmount.
     *
     * <p>Fails with {@link ShareBusyException} when files are open: the share stays served.
     *
     * @param share an unmount; its mount point is empty when nobody knows it
     */
    Uni<Void> unmount(ShareMount share);

    /** What happens to mounts that were up: hot, read by the reconciler once. */
    default Multi<ShareSignal> signals() {
        return Multi.createFrom().nothing();
    }
}
