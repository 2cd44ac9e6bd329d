package io.heddle.hold;

/**
 * The answer to an announce.
 *
 * @param hold the hold; its {@link Hold#endsAt()} is the earliest moment that is possible
 * @param renewal whether the agent held the file already: then the token is the one it has
 */
public record Grant(Hold hold, boolean renewal) {

    /** The fencing token: see {@link Hold#token()}. */
    public long token() {
        return hold.token();
    }
}
