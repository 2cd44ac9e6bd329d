package io.heddle.hold;

import java.util.List;

/**
 * Another holder has the file, a directory above it, or a file below it, as read from the stream's leader. The call may be
 * repeated when those holds have ended.
 */
public class HeldByAnotherException extends HoldException {

    private final FilePath file;
    private final transient List<Hold> conflicts;

    /** The file itself is held. */
    public HeldByAnotherException(Hold hold) {
        this(hold.file(), List.of(hold));
    }

    /**
     * Names all holds that are known to conflict.
     *
     * @param file what was asked for
     * @param conflicts at least one
     */
    public HeldByAnotherException(FilePath file, List<Hold> conflicts) {
        super(message(file, conflicts));
        this.file = file;
        this.conflicts = List.copyOf(conflicts);
    }

    /** Returns the file or directory that was asked for. */
    public FilePath file() {
        return file;
    }

    /** Returns the first other hold; it ends at {@link Hold#endsAt()} unless it is renewed or released before. */
    public Hold hold() {
        return conflicts.get(0);
    }

    /** Returns the conflicting holds that are known, {@link #hold()} first; there may be more. */
    public List<Hold> conflicts() {
        return conflicts;
    }

    private static String message(FilePath file, List<Hold> conflicts) {
        Hold hold = conflicts.get(0);
        String overlap = hold.file().equals(file) ? "" : file + " overlaps with ";
        String more = conflicts.size() == 1 ? "" : ", and " + (conflicts.size() - 1) + " more";
        String why = hold.reason().isEmpty() ? "" : " (" + hold.reason() + ")";
        return overlap + hold.file() + (overlap.isEmpty() ? " is held by " : ", which is held by ") + hold.holder()
                + why + " until " + hold.endsAt() + more;
    }
}
