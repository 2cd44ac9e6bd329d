package io.heddle.hold.history;

import io.heddle.hold.CorruptHoldException;
import io.heddle.hold.FilePath;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldEvent;
import io.heddle.hold.HoldFilter;
import io.heddle.hold.HoldKey;
import io.heddle.hold.HoldName;
import io.heddle.hold.PastHold;
import io.heddle.hold.PastHold.End;
import io.heddle.hold.bucket.EntryEvents;
import io.heddle.hold.bucket.HoldBucket;
import io.heddle.hold.bucket.HoldEntry;
import io.heddle.hold.bucket.HoldEntry.Held;
import io.heddle.stream.StreamSignal;
import io.heddle.stream.kv.KvBucket;
import io.heddle.stream.kv.KvEntry;
import io.nats.client.impl.Headers;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Makes holds with a beginning and an end from the entries of the history, by the rules of the hold events. Keeps only as many ended
 * holds as are asked for, and those in force at the time of the last entry. Not thread-safe.
 */
final class HistoryReader {

    /** Added by the broker: the name of the source, the sequence there, and more. */
    private static final String SOURCE = "Nats-Stream-Source";

    /** As many holds that may have ended are kept before they are looked for. */
    private static final int UNCHECKED = 1_000;

    private static final Comparator<PastHold> BY_TIME = Comparator.comparing(PastHold::renewedAt)
            .thenComparing(past -> past.last().revision());

    private final KvBucket keys;
    private final HoldBucket bucket;
    private final HoldFilter filter;
    private final Instant now;
    private final int limit;
    private final Map<HoldName, Held> entries = new HashMap<>();
    private final Map<HoldName, PastHold> open = new HashMap<>();
    private final PriorityQueue<PastHold> ended = new PriorityQueue<>(BY_TIME);
    private final EntryEvents events = new EntryEvents(this::happened, held -> Optional.empty());
    private Instant stored = Instant.EPOCH;
    private int checkAt = UNCHECKED;

    /** @param now the broker's time */
    HistoryReader(KvBucket keys, HoldBucket bucket, HoldFilter filter, Instant now, int limit) {
        this.keys = keys;
        this.bucket = bucket;
        this.filter = filter;
        this.now = now;
        this.limit = limit;
    }

    /** Returns the file of a key; null when it is not the key of a file. */
    static @Nullable FilePath file(String key) {
        HoldName name = name(key);
        return name == null ? null : name.file();
    }

    void read(StreamSignal.Message message) {
        HoldName name = name(keys.key(message.subject()));
        if (name == null || (filter.within() != null && !name.file().overlaps(filter.within()))) {
            return;
        }
        KvEntry entry = keys.entry(new StreamSignal.Message(
                message.subject(), message.data(), message.headers(), revision(message), message.timestamp()));
        stored = entry.stored();
        HoldEntry next = bucket.interpret(name, entry);
        Optional<Held> before = Optional.ofNullable(entries.get(name));
        if (next instanceof Held held) {
            events.announced(before, held, false);
        } else {
            events.ended(name, entry.key(), before, next);
        }
        if (next instanceof Held held && matches(held.hold())) {
            entries.put(name, held);
        } else {
            entries.remove(name);
        }
        if (open.size() >= checkAt) {
            endThoseThatEndedBefore(stored);
            checkAt = 2 * open.size() + UNCHECKED;
        }
    }

    /** Returns how many holds are kept. */
    int size() {
        return open.size() + ended.size();
    }

    /** The stream was replaced. */
    void forget() {
        entries.clear();
        open.clear();
        ended.clear();
    }

    List<PastHold> newestFirst() {
        endThoseThatEndedBefore(now);
        open.values().forEach(this::keep);
        open.clear();
        List<PastHold> all = new ArrayList<>(ended);
        all.sort(BY_TIME.reversed());
        return all;
    }

    private boolean matches(Hold hold) {
        return filter.holder() == null || filter.holder().equals(hold.holder());
    }

    /** The bucket gets no entry for the end of a hold that expires, unless a sweep deletes it. */
    private void endThoseThatEndedBefore(Instant time) {
        open.entrySet().removeIf(one -> {
            PastHold past = one.getValue();
            Instant end = past.last().endsAt();
            if (end.isAfter(time)) {
                return false;
            }
            entries.remove(one.getKey());
            keep(ended(past, End.EXPIRED, end, null));
            return true;
        });
    }

    private void happened(HoldEvent event) {
        Hold hold = event.hold();
        if (hold == null || !matches(hold)) {
            return;
        }
        HoldName name = HoldName.of(hold);
        if (event instanceof HoldEvent.Announced announced) {
            open.merge(name, begun(announced), (before, begun) -> renewed(before, hold));
        } else if (open.containsKey(name)) {
            PastHold past = open.remove(name);
            if (event instanceof HoldEvent.Released released) {
                keep(ended(past, End.valueOf(released.reason().name()), stored, released.by()));
            } else {
                keep(ended(past, End.EXPIRED, hold.endsAt(), null));
            }
        }
    }

    /** A hold whose grant is older than the history begins with a renewal: its token is not the revision of the entry. */
    private PastHold begun(HoldEvent.Announced announced) {
        Hold hold = announced.hold();
        boolean granted = hold.token() == hold.revision();
        return new PastHold(hold, granted ? stored : null, stored, granted ? 0 : 1, null, null, null);
    }

    private PastHold renewed(PastHold before, Hold hold) {
        return new PastHold(hold, before.startedAt(), stored, before.renewals() + 1, null, null, null);
    }

    private void keep(PastHold past) {
        ended.add(past);
        if (ended.size() > limit) {
            ended.remove();
        }
    }

    private static PastHold ended(PastHold past, End end, Instant at, @Nullable String by) {
        return new PastHold(past.last(), past.startedAt(), past.renewedAt(), past.renewals(), at, end, by);
    }

    private static @Nullable HoldName name(String key) {
        try {
            return new HoldKey(key).name();
        } catch (CorruptHoldException e) {
            return null; // as in the bucket, such an entry is no one's hold
        }
    }

    /** Returns the entry's revision in the bucket; its sequence in this stream where the broker does not say. */
    private static long revision(StreamSignal.Message message) {
        Headers headers = message.headers();
        String source = headers == null ? null : headers.getLast(SOURCE);
        String[] words = source == null ? new String[0] : source.split(" ");
        return words.length > 1 && words[1].matches("\\d{1,18}") ? Long.parseLong(words[1]) : message.sequence();
    }
}
