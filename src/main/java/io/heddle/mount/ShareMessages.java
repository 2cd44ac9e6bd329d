package io.heddle.mount;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.heddle.mount.ShareRefusedException.Reason;
import io.heddle.mount.backend.JsonFields;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Share messages and their validation: the Go package's {@code HandleMessage}. Pure: the same bytes and rules always give the same
 * outcome, without a broker or a kernel.
 */
public final class ShareMessages {

    private static final ShareRules ANY_MACHINE = new ShareRules(List.of(), "", Integer.MAX_VALUE);

    private ShareMessages() {}

    /** The outcome of a message. */
    public sealed interface Outcome {

        /** Valid, and passed to {@code apply}. */
        record Accepted(ShareMount share) implements Outcome {}

        /** Valid, but served by the hypervisor. */
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
     * @param apply called at most once, on the caller's thread; what it throws is thrown to the caller
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
     * @throws ShareRefusedException when it breaks a rule, or has another id itself
     */
    public static ShareMount parse(String id, byte[] data, ShareRules rules) {
        checkSize(data, rules);
        JsonFields fields = JsonFields.of(data);
        String own = fields.text("id");
        if (!own.isEmpty() && !own.equals(id)) {
            throw new ShareRefusedException(Reason.ID, "id in the body differs from the id in the path");
        }
        return checked(ShareCodec.decode(id, fields, rules), rules);
    }

    /** Returns the message that publishes a share, credentials included. */
    public static byte[] toBytes(ShareMount share) {
        return ShareCodec.bytes(toJson(share));
    }

    /** Returns the message that publishes a share, credentials included. */
    public static ObjectNode toJson(ShareMount share) {
        return ShareCodec.encode(share);
    }

    /**
     * Reads what {@link #toJson} returned, on any machine.
     *
     * @throws ShareRefusedException when it breaks a rule that does not depend on the machine
     */
    public static ShareMount fromJson(JsonNode message) {
        JsonFields fields = JsonFields.of(message);
        return ShareCodec.decode(fields.text("id"), fields, ANY_MACHINE);
    }

    private static Outcome read(byte[] data, ShareRules rules) {
        JsonFields fields = null;
        try {
            checkSize(data, rules);
            fields = JsonFields.of(data);
            ShareMount share = checked(ShareCodec.decode(fields.text("id"), fields, rules), rules);
            return share.isLeftAlone() ? new Outcome.Ignored(share) : new Outcome.Accepted(share);
        } catch (ShareRefusedException e) {
            String id = fields == null ? null : fields.anyText("id");
            return new Outcome.Rejected(e.reason(), e.detail(), id != null && ShareMount.isName(id) ? id : null);
        }
    }

    private static ShareMount checked(ShareMount share, ShareRules rules) {
        rules.check(share);
        return share;
    }

    private static void checkSize(byte[] data, ShareRules rules) {
        if (data.length > rules.maxPayload()) {
            throw new ShareRefusedException(
                    Reason.TOO_LARGE, "the message has " + data.length + " bytes, more than " + rules.maxPayload());
        }
    }
}
