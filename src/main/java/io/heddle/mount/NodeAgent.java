package io.heddle.mount;

import io.smallrye.mutiny.Multi;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The node agent of this process: applies the shares that are published to this machine. Thread-safe. */
public interface NodeAgent {

    /** Returns the VM ids that it serves; empty when no node agent runs here. */
    List<String> vmIds();

    /** Returns how shares reach it now. */
    DeliveryMode mode();

    /** Whether it applies shares already: after the first replay, or when the broker was not available in time. */
    boolean hasBegun();

    /** Whether the stream keeps only one message for each VM, so that a new node agent misses shares. */
    boolean narrowStream();

    /**
     * Returns why the newest desired state is not in the state directory; null when it is. The node agent retries until it is; a
     * restart before that may lose what is not in the stream.
     */
    @Nullable
    String saveFailure();

    /**
     * Returns why the bucket with the latest message on each share cannot be read or written; null while it can. The node agent
     * retries; meanwhile, a share that the stream no longer has is lost with the state directory.
     */
    @Nullable
    String bucketFailure();

    /** Returns how many bytes the logs of the engines occupy on this machine. */
    long logBytes();

    /** Returns the status of every share. */
    List<ShareStatus> statuses();

    /** Returns the status of every share, and then every event. Hot: a subscriber that falls behind fails. */
    Multi<ShareEvent> events();

    /** Adds a listener that is called in order, on the thread of the event: it must not block. */
    void listen(Consumer<ShareEvent> listener);

    /** Returns the number of subscriptions to {@link #events()}. */
    int subscribers();

    /** Returns how many subscriptions failed because they fell behind. */
    long evictions();
}
