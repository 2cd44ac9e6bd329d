package io.heddle.hold.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What all processes of a race did, merged: they read the same monotonic clock, so their times compare. */
record HoldHistory(List<Step> steps) {

    /** What a call came to, or what else happened. */
    enum Kind {
        /** An announce: a new grant, the agent's own hold renewed, or refused because of the hold that the step names. */
        GRANTED,
        RENEWED,
        REFUSED,
        ANNOUNCE_UNKNOWN,
        ANNOUNCE_FAILED,
        /** A lease was acquired: a new grant, or the agent's own hold. */
        LEASED,
        /** A lease could not renew itself. */
        LEASE_NOT_RENEWED,
        /** The process that holds it knows it to be in force: from before it looked at the time, so both times are the same. */
        TOUCHED,
        /** {@code assertHeld} said that it is in force at the leader. */
        CONFIRMED,
        NOT_CONFIRMED,
        RELEASED,
        NOT_RELEASED,
        RELEASE_UNKNOWN,
        RELEASE_FAILED,
        /** {@code whoHas}: the hold that the step names, or none. */
        SEEN,
        VACANT,
        READ_FAILED,
        /** A call had no end. */
        HUNG,
        /** A subscriber got an event out of order. */
        DISORDER,
        SLOW_SUBSCRIBER,
        VANISHED_SUBSCRIBER,
        /**
         * A peer deleted the key whatever was there: the token is the deletion's revision, the holder the token of the hold that the
         * peer meant.
         */
        DELETED_BY_PEER,
        /** The broker's store was wiped between these times; the token is the first that the new one can give. */
        WIPED,
        /** A leader that was deposed without its knowledge may have answered reads between these times. */
        DEPOSED
    }

    /**
     * One step.
     *
     * @param began, ended on the monotonic clock: what the step tells was so at some moment between them
     * @param token 0 for none
     * @param holder the agent whose hold the token is, or who asked when there is none
     */
    record Step(Kind kind, long began, long ended, long token, String file, String holder) {

        static Step parse(String line) {
            String[] part = line.split(" ", -1);
            return new Step(
                    Kind.valueOf(part[0]),
                    Long.parseLong(part[1]),
                    Long.parseLong(part[2]),
                    Long.parseLong(part[3]),
                    part[4],
                    part[5]);
        }

        String line() {
            return kind + " " + began + " " + ended + " " + token + " " + file + " " + holder + "\n";
        }
    }

    /** Writes steps to a file, each before anything else is done: what a killed process wrote stays. Thread-safe. */
    static final class Writer {

        private final FileChannel channel;

        Writer(Path file) {
            try {
                channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void write(Step step) {
            try {
                ByteBuffer line = ByteBuffer.wrap(step.line().getBytes(StandardCharsets.UTF_8));
                int unused = channel.write(line);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Whole lines only: the last one of a killed process may be torn. */
    static HoldHistory read(Path directory) {
        List<Step> steps = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                String text = Files.readString(file);
                text.substring(0, text.lastIndexOf('\n') + 1)
                        .lines()
                        .map(Step::parse)
                        .forEach(steps::add);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new HoldHistory(steps);
    }

    Map<Kind, Long> counts() {
        Map<Kind, Long> counts = new EnumMap<>(Kind.class);
        steps.forEach(step -> counts.merge(step.kind(), 1L, Long::sum));
        return counts;
    }

    /** How many grants each file had, those that began before a moment not counted. */
    long grantsSince(String file, long nanos) {
        return steps.stream()
                .filter(step -> step.kind() == Kind.GRANTED || step.kind() == Kind.LEASED)
                .filter(step -> Contested.isNameOf(step.file(), file) && step.began() >= nanos)
                .count();
    }
}
