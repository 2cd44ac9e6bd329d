package io.heddle.mount.backend;

import io.heddle.mount.ShareRules;

/**
 * A kind of data that a share can mount, as its {@code backend} field names it: reads, validates and describes the JSON object of
 * the same name in a share message.
 *
 * <p>To add a backend, register an implementation in {@code META-INF/services/io.heddle.mount.backend.Backend} and provide its
 * engine, a {@link io.heddle.mount.ShareApplier} bean with {@code @Identifier(engine)}. Implementations are stateless and
 * thread-safe; a native image creates them at build time.
 */
public interface Backend {

    /** Returns the value of {@code backend} that selects this backend, which also names its part of the message. Lower case. */
    String name();

    /** Returns the engine that mounts its shares unless {@code heddle.mounts.engines} names another one. */
    String engine();

    /**
     * Reads and validates its part of a message. It decides what to do with fields that it does not know.
     *
     * @throws io.heddle.mount.ShareRefusedException when a field is missing or invalid; the message repeats no credential
     */
    ShareSource decode(JsonFields part, ShareRules rules);

    /** Returns what may be shown of its part to anyone: no credential. It may be empty, and the part may be invalid. */
    String shown(JsonFields part);
}
