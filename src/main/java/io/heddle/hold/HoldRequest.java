package io.heddle.hold;

import io.heddle.text.Text;
import java.time.Duration;

/**
 * What a call asks for: a file, for a holder, for a time.
 *
 * @param holder 1 to 512 characters
 * @param ttl over 0, at most the bucket's TTL; a longer one fails the call with {@link InvalidTtlException}
 * @param checkoutPath where the holder's working copy is; human-readable; may be empty; at most 4096 characters
 */
public record HoldRequest(FilePath file, String holder, Duration ttl, String checkoutPath) {

    private static final int LONGEST_HOLDER = 512;
    private static final int LONGEST_CHECKOUT = 4096;

    /**
     * Checks the holder and the checkout path.
     *
     * @throws InvalidHolderException when the holder is empty, too long or not Unicode
     * @throws InvalidCheckoutPathException when the checkout path is too long or not Unicode
     */
    public HoldRequest {
        requireHolder(holder);
        if (checkoutPath.length() > LONGEST_CHECKOUT || !Text.isUnicode(checkoutPath)) {
            throw new InvalidCheckoutPathException(
                    "a checkout path must be valid Unicode of at most " + LONGEST_CHECKOUT + " characters");
        }
    }

    /** Without a checkout path. */
    public HoldRequest(FilePath file, String holder, Duration ttl) {
        this(file, holder, ttl, "");
    }

    static void requireHolder(String holder) {
        if (holder.isEmpty() || holder.length() > LONGEST_HOLDER || !Text.isUnicode(holder)) {
            throw new InvalidHolderException(
                    "a holder must be valid Unicode of 1 to " + LONGEST_HOLDER + " characters");
        }
    }
}
