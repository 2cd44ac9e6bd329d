package io.heddle.hold;

import org.jspecify.annotations.Nullable;

/**
 * A change of a hold, in the order of the bucket. {@link #revision()} never falls from one event to the next of a
 * subscription, except after a {@link Reset}; {@link Holds#subscribe(long)} resumes from it.
 */
public sealed interface HoldEvent {

    /** Returns the bucket's revision at which the change became known. */
    long revision();

    /** Returns the hold that the event is about; null when it is about none. */
    default @Nullable Hold hold() {
        return null;
    }

    /** Returns the file; null when the event has none, or its key is not the key of a file. */
    @Nullable
    FilePath file();

    /**
     * A file is held: a grant, a renewal, or part of a snapshot.
     *
     * @param renewal whether the same holder had it before without a gap
     */
    record Announced(Hold hold, boolean renewal) implements HoldEvent {
        @Override
        public long revision() {
            return hold.revision();
        }

        @Override
        public FilePath file() {
            return hold.file();
        }
    }

    /**
     * A hold ended before its time.
     *
     * @param hold the hold that ended
     * @param reason how it ended
     * @param by who ended it, if the writer stated it; null otherwise
     */
    record Released(
            Hold hold,
            long revision,
            Reason reason,
            @Nullable String by) implements HoldEvent {
        @Override
        public FilePath file() {
            return hold.file();
        }
    }

    /** A hold expired. Exactly one for each expiry and process, when the hold has certainly ended in the broker's time. */
    record Expired(Hold hold, long revision) implements HoldEvent {
        @Override
        public FilePath file() {
            return hold.file();
        }
    }

    /** The snapshot is complete: the current holds are those {@link Announced} and not ended since. */
    record Synced(long revision) implements HoldEvent {
        @Override
        public @Nullable FilePath file() {
            return null;
        }
    }

    /**
     * An entry that is not a hold.
     *
     * @param file null when even the key cannot be read
     * @param key the entry's key
     * @param reason human-readable
     */
    record Corrupt(@Nullable FilePath file, String key, long revision, String reason) implements HoldEvent {}

    /**
     * A Go program, which knows no directories and no shared holds, took a file that was held: what it does cannot be prevented.
     *
     * @param hold the Go program's hold
     * @param violated the hold that it conflicts with; it stays in force
     */
    record Violated(Hold hold, Hold violated, long revision) implements HoldEvent {
        @Override
        public FilePath file() {
            return hold.file();
        }
    }

    /** The bucket was replaced, or too many events were missed: discard everything; a snapshot follows. */
    record Reset(long revision) implements HoldEvent {
        @Override
        public @Nullable FilePath file() {
            return null;
        }
    }

    /** How a hold ended before its time. */
    enum Reason {
        /** By its holder, or deleted by a Go program. */
        RELEASED,
        /** By an administrator. */
        FORCED,
        /** Transferred to another holder, whose {@link Announced} follows. */
        TRANSFERRED
    }
}
