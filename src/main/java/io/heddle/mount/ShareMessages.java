package io.heddle.mount;

import io.heddle.mount.ShareRefusedException.Reason;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * From the bytes of a message to a share that may be applied: the Go package's {@code HandleMessage}. Pure: the same bytes and
 * rules always give the same outcome, without a broker or a kernel.
 */
public final class ShareMessages {

    private ShareMessages() {}

    /** What became of a message. */
    public sealed interface Outcome {

        /** Valid, and handed on. */
        record Accepted(ShareMount share) implements Outcome {}

        /** Valid, but for somebody else to serve. */
        record Ignored(ShareMount share) implements Outcome {}

        /**
         * Not applied.
         *
         * @param detail which rule it breaks; repeats no credential
         * @param id the share's id, when the message could be read that far
         */
        record Rejected(
                Reason reason, String detail, @Nullable String id) implements Outcome {}
    }

    /**
     * Decodes and validates a message, and hands the share to {@code apply} when it is to be applied.
     *
     * @param data the message's bytes; never null, may be anything
     * @param apply called at most once, on the caller's thread; what it throws comes out of here as it is
     */
    public static Outcome handle(byte[] data, ShareRules rules, Consumer<ShareMount> apply) {
        Outcome outcome = read(data, rules);
        if (outcome instanceof Outcome.Accepted accepted) {
            apply.accept(accepted.share());
        }
        return outcome;
    }

    /**
     * Reads one share, as from a message.
     *
     * @throws ShareRefusedException when it breaks a rule
     */
    public static ShareMount parse(byte[] data, ShareRules rules) {
        Outcome outcome = read(data, rules);
        if (outcome instanceof Outcome.Accepted accepted) {
            return accepted.share();
        } else if (outcome instanceof Outcome.Ignored ignored) {
            return ignored.share();
        }
        Outcome.Rejected rejected = (Outcome.Rejected) outcome;
        throw new ShareRefusedException(rejected.reason(), rejected.detail());
    }

    /**
     * Reads one share whose id is given beside it.
     *
     * @throws ShareRefusedException when it breaks a rule, or names another id itself
     */
    public static ShareMount parse(String id, byte[] data, ShareRules rules) {
        checkSize(data, rules);
        ShareCodec.Wire wire = ShareCodec.decode(data);
        String own = wire.id();
        if (own != null && !own.isEmpty() && !own.equals(id)) {
            throw new ShareRefusedException(Reason.ID, "id in the body is another one than in the path");
        }
        ShareMount share = ShareCodec.toShare(wire.withId(id), rules.defaultOwner());
        rules.check(share);
        return share;
    }

    /** The message that publishes a share, credentials included. */
    public static byte[] toBytes(ShareMount share) {
        return ShareCodec.encode(share);
    }

    private static Outcome read(byte[] data, ShareRules rules) {
        ShareCodec.@Nullable Wire wire = null;
        try {
            checkSize(data, rules);
            wire = ShareCodec.decode(data);
            ShareMount share = ShareCodec.toShare(wire, rules.defaultOwner());
            rules.check(share);
            return share.backend().equals(ShareMount.VIRTIO_9P)
                    ? new Outcome.Ignored(share)
                    : new Outcome.Accepted(share);
        } catch (ShareRefusedException e) {
            return new Outcome.Rejected(e.reason(), e.detail(), readableId(e.reason(), wire, data));
        }
    }

    private static void checkSize(byte[] data, ShareRules rules) {
        if (data.length > rules.maxPayload()) {
            throw new ShareRefusedException(
                    Reason.TOO_LARGE, "the message has " + data.length + " bytes, more than " + rules.maxPayload());
        }
    }

    private static @Nullable String readableId(Reason reason, ShareCodec.@Nullable Wire wire, byte[] data) {
        String id = wire != null ? wire.id() : reason == Reason.DECODE ? ShareCodec.idOf(data) : null;
        return id != null && ShareMount.isName(id) ? id : null;
    }
}
