package io.heddle.stream.kv;

import io.nats.client.impl.Headers;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What stands under a key of a bucket: a value, or the marker of a deletion.
 *
 * @param key the key, without the bucket's prefix
 * @param value not copied: treat as read-only; empty for a marker
 * @param deleted whether it is a marker (a deletion or a purge)
 * @param headers null when it has none
 * @param revision the stream sequence of the entry: what a compare-and-set has to name
 * @param stored when the broker stored it, in the broker's time
 */
@SuppressWarnings("ArrayRecordComponent") // one copy for each entry would be waste; nobody compares entries
public record KvEntry(
        String key, byte[] value, boolean deleted, @Nullable Headers headers, long revision, Instant stored) {

    /** The last value of a header; null when it is not there. */
    public @Nullable String header(String name) {
        return headers == null ? null : headers.getLast(name);
    }
}
