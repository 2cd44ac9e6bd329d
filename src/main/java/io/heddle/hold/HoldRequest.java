package io.heddle.hold;

import io.heddle.text.Text;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a call asks for: a file or a directory, for a holder, for a time.
 *
 * @param holder 1 to 512 characters
 * @param ttl over 0, at most the bucket's TTL; a longer one fails the call with {@link InvalidTtlException}
 * @param checkoutPath where the holder's working copy is; human-readable; may be empty; at most 4096 characters
 * @param shared whether other holders may have shared holds at the same time; otherwise it is exclusive
 * @param reason why the file is held; human-readable; may be empty; at most 200 characters
 */
public record HoldRequest(
        FilePath file, String holder, Duration ttl, String checkoutPath, boolean shared, String reason) {

    /** The maximum length of a reason, in characters. */
    public static final int LONGEST_REASON = 200;

    private static final int LONGEST_HOLDER = 512;
    private static final int LONGEST_CHECKOUT = 4096;

    /**
     * Checks the holder, the checkout path and the reason.
     *
     * @throws InvalidHolderException when the holder is empty, too long or not Unicode
     * @throws InvalidCheckoutPathException when the checkout path is too long or not Unicode
     * @throws InvalidReasonException when the reason is too long, not Unicode, or has a control character
     * @throws InvalidFilePathException when the key of a shared hold, which contains path and holder, would be longer than
     *     {@value HoldKey#MAX_BYTES} bytes
     */
    public HoldRequest {
        requireHolder(holder);
        if (checkoutPath.length() > LONGEST_CHECKOUT || !Text.isUnicode(checkoutPath)) {
            throw new InvalidCheckoutPathException(
                    "a checkout path must be valid Unicode of at most " + LONGEST_CHECKOUT + " characters");
        }
        requireReason(reason);
        if (shared && !new HoldName(file, holder).hasKey()) {
            throw new InvalidFilePathException(
                    file.value(),
                    "is too long for a shared hold of this holder: their key takes more than " + HoldKey.MAX_BYTES
                            + " bytes");
        }
    }

    /** An exclusive hold without a reason. */
    public HoldRequest(FilePath file, String holder, Duration ttl, String checkoutPath) {
        this(file, holder, ttl, checkoutPath, false, "");
    }

    /** Without a checkout path. */
    public HoldRequest(FilePath file, String holder, Duration ttl) {
        this(file, holder, ttl, "");
    }

    /** Returns the same request for a shared hold. */
    public HoldRequest asShared() {
        return new HoldRequest(file, holder, ttl, checkoutPath, true, reason);
    }

    /** Returns the same request with a reason. */
    public HoldRequest withReason(String why) {
        return new HoldRequest(file, holder, ttl, checkoutPath, shared, why);
    }

    static void requireHolder(String holder) {
        if (holder.isEmpty() || holder.length() > LONGEST_HOLDER || !Text.isUnicode(holder)) {
            throw new InvalidHolderException(
                    "a holder must be valid Unicode of 1 to " + LONGEST_HOLDER + " characters");
        }
    }

    /** Returns what another client stored as a reason in a form that is allowed: printable, and not too long. */
    public static String cutReason(String reason) {
        if (reason.length() <= LONGEST_REASON && Text.flaw(reason) == null) {
            return reason;
        }
        String printable = Text.printable(reason);
        return printable.substring(0, Math.min(LONGEST_REASON, printable.length()));
    }

    private static void requireReason(String reason) {
        @Nullable String flaw = Text.flaw(reason);
        if (flaw != null || reason.length() > LONGEST_REASON) {
            throw new InvalidReasonException(
                    "a reason " + (flaw == null ? "has more than " + LONGEST_REASON + " characters" : flaw));
        }
    }
}
