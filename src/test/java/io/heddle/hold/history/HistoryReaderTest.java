package io.heddle.hold.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.hold.FilePath;
import io.heddle.hold.HoldFilter;
import io.heddle.hold.HoldKey;
import io.heddle.hold.PastHold;
import io.heddle.hold.PastHold.End;
import io.heddle.hold.bucket.HoldBucket;
import io.heddle.hold.bucket.HoldCodec;
import io.heddle.hold.bucket.HoldValue;
import io.heddle.nats.NatsConfig;
import io.heddle.nats.NatsConnection;
import io.heddle.stream.StreamSignal;
import io.heddle.stream.kv.KvBucket;
import io.heddle.testsupport.Configs;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Long histories, of which most has ended. */
class HistoryReaderTest {

    private static final Instant START = Instant.parse("2026-04-19T10:00:00Z");
    private static final Duration TTL = Duration.ofSeconds(10);
    private static final int GRANTS = 20_000;

    private final KvBucket keys = new KvBucket(
            new NatsConnection(Configs.of(NatsConfig.class, Map.of()), null), "bones-holds", Duration.ofSeconds(1));
    private final HoldBucket bucket = new HoldBucket(keys, () -> Duration.ofMinutes(5));

    /** One grant a second, each of a file of its own, except one file that is renewed all the time. */
    @Test
    void remembersWhatIsInForceAndAsManyEndedOnesAsAreAskedFor() {
        HistoryReader reader = reader(HoldFilter.ALL, 5);

        int most = 0;
        for (int second = 0; second < GRANTS; second++) {
            reader.read(grant("/once/" + second, "a", second, 0));
            reader.read(grant("/renewed", "b", second, 1));
            most = Math.max(most, reader.size());
        }

        assertThat(most).isLessThan(5_000);
        List<PastHold> past = reader.newestFirst();
        assertThat(past).hasSize(5);
        PastHold renewed = past.get(0);
        assertThat(renewed.last().file()).isEqualTo(FilePath.of("/renewed"));
        assertThat(renewed.renewals()).isEqualTo(GRANTS);
        assertThat(renewed.startedAt()).as("its grant is not in the history").isNull();
        assertThat(renewed.end()).isNull();
        assertThat(past.subList(1, 5))
                .extracting(hold -> hold.last().file().value())
                .containsExactly("/once/19999", "/once/19998", "/once/19997", "/once/19996");
    }

    @Test
    void aHoldThatExpiredIsEndedAtItsEndAlsoWhenTheFileIsTakenLater() {
        HistoryReader reader = reader(new HoldFilter(null, "a"), GRANTS);

        for (int second = 0; second < GRANTS; second++) {
            reader.read(grant("/file/" + second % 3_000, second < 3_000 ? "a" : "b", second, 0));
        }

        assertThat(reader.newestFirst()).hasSize(3_000).allSatisfy(hold -> {
            assertThat(hold.end()).isEqualTo(End.EXPIRED);
            assertThat(hold.endedAt()).isEqualTo(hold.startedAt().plus(TTL));
        });
    }

    private HistoryReader reader(HoldFilter filter, int limit) {
        return new HistoryReader(keys, bucket, filter, START.plusSeconds(GRANTS - 1), limit);
    }

    /** @param token 0 of a grant, 1 of a renewal */
    private StreamSignal.Message grant(String path, String holder, int second, long token) {
        Instant at = START.plusSeconds(second);
        HoldValue value = new HoldValue(holder, at, at.plus(TTL), "", TTL, "id", token);
        String subject = keys.subject(HoldKey.of(FilePath.of(path)).text());
        return new StreamSignal.Message(subject, HoldCodec.encode(value), null, 2L * second + 2 + token, at);
    }
}
