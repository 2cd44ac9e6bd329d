package io.heddle.mount;

/**
 * A credential that a text form never shows: {@link #toString()} is {@code ***} (or empty when there is none).
 *
 * <p>Immutable. Compare with {@link #equals}; take the value out with {@link #reveal()} only where it leaves for the
 * CubeFS client or for the wire.
 */
public final class Secret {

    /** No credential at all. */
    public static final Secret NONE = new Secret("");

    private final String value;

    private Secret(String value) {
        this.value = value;
    }

    /** Wraps a value; the empty string is {@link #NONE}. */
    public static Secret of(String value) {
        return value.isEmpty() ? NONE : new Secret(value);
    }

    /** The value itself. Never log it, never put it into an exception. */
    public String reveal() {
        return value;
    }

    public boolean isPresent() {
        return !value.isEmpty();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret && secret.value.equals(value);
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    @Override
    public String toString() {
        return value.isEmpty() ? "" : "***";
    }
}
