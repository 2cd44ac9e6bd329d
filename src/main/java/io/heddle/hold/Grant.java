package io.heddle.hold;

/**
 * The result of an announce.
 *
 * @param hold the hold; its {@link Hold#endsAt()} is the earliest possible end
 * @param renewal whether the holder had the file already; then the token is unchanged
 */
public record Grant(Hold hold, boolean renewal) {

    /** Returns the fencing token: see {@link Hold#token()}. */
    public long token() {
        return hold.token();
    }
}
