package io.heddle.mount.feed;

import io.heddle.stream.StreamIdentity;
import io.heddle.stream.kv.KvEntry;
import io.nats.client.impl.Headers;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The entries of the bucket: the key {@code <vm>.<share id>}, each as one token; the value is the message as it was published; the
 * header {@value #POSITION} has its place: {@code <creation of the stream> <sequence> <after> <time>}. Without the time ({@code -}) that of
 * the entry counts.
 */
final class RecordCodec {

    static final String POSITION = "Heddle-Position";

    private static final String UNKNOWN = "-";

    private RecordCodec() {}

    static String key(String vmId, String shareId) {
        return token(vmId) + "." + token(shareId);
    }

    /** The keys of all shares of a VM. */
    static String keysOf(String vmId) {
        return token(vmId) + ".>";
    }

    /** Returns the VM id and the share id; null when it is not the key of a share. */
    static String @Nullable [] parts(String key) {
        String[] tokens = key.split("\\.", -1);
        try {
            return tokens.length == 2 ? new String[] {name(tokens[0]), name(tokens[1])} : null;
        } catch (NumberFormatException | IndexOutOfBoundsException e) {
            return null;
        }
    }

    private static String name(String token) {
        StringBuilder name = new StringBuilder(token.length());
        for (int at = 0; at < token.length(); at++) {
            char next = token.charAt(at);
            if (next == '=') {
                name.append((char) Integer.parseInt(token, at + 1, at + 3, 16));
                at += 2;
            } else {
                name.append(next);
            }
        }
        return name.toString();
    }

    /** Replaces each character that a key may not have, and the separator, by {@code =} and its two hexadecimal digits. */
    private static String token(String name) {
        StringBuilder token = new StringBuilder(name.length());
        for (int at = 0; at < name.length(); at++) {
            char next = name.charAt(at);
            boolean plain = (next >= 'a' && next <= 'z')
                    || (next >= 'A' && next <= 'Z')
                    || (next >= '0' && next <= '9')
                    || next == '_'
                    || next == '-';
            if (plain) {
                token.append(next);
            } else {
                token.append(String.format("=%02X", (int) next));
            }
        }
        return token.toString();
    }

    /** @param timeIsKnown false when the time of the entry is the best that is known */
    static Headers headers(Position position, boolean timeIsKnown) {
        StreamIdentity stream = Objects.requireNonNull(position.stream(), "only messages of a stream are stored");
        String time = timeIsKnown ? position.time().toString() : UNKNOWN;
        return new Headers()
                .put(POSITION, stream.created() + " " + position.sequence() + " " + position.after() + " " + time);
    }

    /** Returns the place of an entry's message; null when there is none: a marker, or an entry of another program. */
    static @Nullable Position position(KvEntry entry, String stream) {
        String header = entry.header(POSITION);
        if (header == null || entry.deleted()) {
            return null;
        }
        try {
            String[] parts = header.split(" ", -1);
            return new Position(
                    new StreamIdentity(stream, Instant.parse(parts[0])),
                    Long.parseLong(parts[1]),
                    Integer.parseInt(parts[2]),
                    parts[3].equals(UNKNOWN) ? entry.stored() : Instant.parse(parts[3]));
        } catch (DateTimeParseException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
            return null;
        }
    }
}
