package io.heddle.hold;

import org.jspecify.annotations.Nullable;

/**
 * What happened to holds, in the order of the bucket. {@link #revision()} never falls from one event to the next of a
 * subscription, except after a {@link Reset}; it is what {@link Holds#subscribe(long)} takes.
 */
public sealed interface HoldEvent {

    /** The bucket's revision at which it became known. */
    long revision();

    /** Returns the hold that the event is about; null when it is about none. */
    default @Nullable Hold hold() {
        return null;
    }

    /** The file; null when the event is about none, or about a key that is no file's. */
    @Nullable
    FilePath file();

    /**
     * A file is held: a grant, a renewal, or part of a snapshot.
     *
     * @param renewal whether the same agent held it without a gap before
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
     * @param reason how
     * @param by who did it, where the writer said so; null otherwise
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

    /** A hold ran out: exactly one for each that does, in each process, when it has surely ended in the broker's time. */
    record Expired(Hold hold, long revision) implements HoldEvent {
        @Override
        public FilePath file() {
            return hold.file();
        }
    }

    /** The snapshot is complete: what is held is what was {@link Announced} and did not end since. */
    record Synced(long revision) implements HoldEvent {
        @Override
        public @Nullable FilePath file() {
            return null;
        }
    }

    /**
     * An entry that is no hold.
     *
     * @param file null when even the key cannot be read
     * @param key the entry's key
     * @param reason why it can't be read, for people
     */
    record Corrupt(@Nullable FilePath file, String key, long revision, String reason) implements HoldEvent {}

    /** Forget everything: the bucket is another one, or too much was missed. A snapshot follows. */
    record Reset(long revision) implements HoldEvent {
        @Override
        public @Nullable FilePath file() {
            return null;
        }
    }

    /** How a hold ended before its time. */
    enum Reason {
        /** By its agent; also whatever a Go agent deleted. */
        RELEASED,
        /** By an administrator. */
        FORCED,
        /** Passed on to another agent, whose {@link Announced} follows. */
        TRANSFERRED
    }
}
