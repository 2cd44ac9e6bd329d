package io.heddle.hold;

import org.jspecify.annotations.Nullable;

/**
 * What the bucket has one entry of: the exclusive hold of a file or directory, or one holder's shared hold of it.
 *
 * @param holder of a shared hold; null of an exclusive one
 */
public record HoldName(FilePath file, @Nullable String holder) {

    /** Returns the name of the exclusive hold of a file or directory. */
    public static HoldName of(FilePath file) {
        return new HoldName(file, null);
    }

    public static HoldName of(Hold hold) {
        return new HoldName(hold.file(), hold.shared() ? hold.holder() : null);
    }

    public static HoldName of(HoldRequest request) {
        return new HoldName(request.file(), request.shared() ? request.holder() : null);
    }

    /** Returns the name with this {@link #text()}. */
    public static HoldName ofText(String text) {
        int nul = text.indexOf('\0');
        return nul < 0
                ? of(FilePath.parse(text))
                : new HoldName(FilePath.parse(text.substring(0, nul)), text.substring(nul + 1));
    }

    public boolean isShared() {
        return holder != null;
    }

    /** Returns whether it can conflict with a hold that has another path: it covers a directory, or is one of many of its path. */
    public boolean isWide() {
        return file.isDirectory() || holder != null;
    }

    /** Returns whether the key is not too long. */
    public boolean hasKey() {
        return key().text().length() <= HoldKey.MAX_BYTES;
    }

    /** Returns the key of the entry. */
    public HoldKey key() {
        return holder == null ? HoldKey.of(file) : HoldKey.ofShared(file, holder);
    }

    /** Returns the text that the key encodes. In its order, the shared holds of a path follow it, and precede every other path. */
    public String text() {
        return holder == null ? file.value() : file.value() + '\0' + holder;
    }

    // As generated for a record, but without its method handles: every map of holds uses them.
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof HoldName name
                && file.equals(name.file)
                && (holder == null ? name.holder == null : holder.equals(name.holder));
    }

    @Override
    public int hashCode() {
        return holder == null ? file.hashCode() : 31 * file.hashCode() + holder.hashCode();
    }

    /** The path, and the holder of a shared hold. */
    @Override
    public String toString() {
        return holder == null ? file.value() : file.value() + " (shared by " + holder + ")";
    }
}
