package io.heddle.mount;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;

/**
 * Mounts and unmounts shares: the Go package's {@code ApplyFunc}. A host that embeds Heddle replaces the built-in
 * engines by a CDI bean of this type.
 *
 * <p>The reconciler never calls two methods for one share id at the same time (a cancelled call counts as running until its
 * effects are undone, which the applier ensures); calls for different ids run in parallel. A returned {@code Uni} must not block
 * its subscriber.
 */
public interface ShareApplier {

    /**
     * Ensures that the share is mounted exactly as specified. Idempotent: a matching mount is kept, also one of a previous run;
     * another mount of the same id is replaced.
     *
     * <p>Fails with {@link ShareBusyException} when the other mount is in use (it stays), with {@link ShareRefusedException} when
     * the mount point is taken, with {@link ShareStalledException} when the mount exists but does not answer, and with anything
     * else when this attempt failed. Every failure except the stalled one is retried. Its message is shown to users and must not
     * contain a credential.
     *
     * <p>Cancelling the returned {@code Uni} cancels the attempt.
     *
     * @param share a valid mount
     */
    Uni<Void> mount(ShareMount share);

    /**
     * Ensures that the share is not mounted. Succeeds when there is nothing to unmount.
     *
     * <p>Fails with {@link ShareBusyException} when files are open: the share stays served.
     *
     * @param share an unmount; its mount point is empty when it is not known
     */
    Uni<Void> unmount(ShareMount share);

    /** Returns how many bytes the logs of the shares occupy on this machine. Must not block. */
    default long logBytes() {
        return 0;
    }

    /** Returns what happens to mounted shares. Hot; the reconciler subscribes once. */
    default Multi<ShareSignal> signals() {
        return Multi.createFrom().nothing();
    }
}
