package io.heddle.hold.bucket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.heddle.hold.CorruptHoldException;
import io.heddle.hold.Vectors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class HoldCodecTest {

    private static final int MUTATIONS = Integer.getInteger("heddle.test.mutations", 20_000);

    static Stream<JsonNode> read() {
        return Vectors.rows("hold-values.json", "read");
    }

    static Stream<JsonNode> corrupt() {
        return Vectors.rows("hold-values.json", "corrupt");
    }

    @ParameterizedTest
    @MethodSource("read")
    void readsWhatGoProgramsWrite(JsonNode row) {
        HoldValue value = HoldCodec.decode(utf8(row.get("json").asText()));

        assertThat(value)
                .isEqualTo(new HoldValue(
                        row.get("agent_id").asText(),
                        Instant.parse(row.get("claimed_at").asText()),
                        Instant.parse(row.get("expires_at").asText()),
                        row.get("checkout_path").asText(),
                        Duration.ofNanos(row.get("ttl_ns").asLong()),
                        null,
                        0));
    }

    static Stream<JsonNode> go() {
        return Vectors.rows("hold-values-go.json", "values");
    }

    /** The vectors are made by Go: src/test/go/hold_values.go. */
    @ParameterizedTest
    @MethodSource("go")
    void readsWhatGoReadsAndRefusesWhatGoRefuses(JsonNode row) throws IOException {
        byte[] bytes = row.get("value").binaryValue();

        if (!row.get("read").asBoolean()) {
            assertThatThrownBy(() -> HoldCodec.decode(bytes)).isInstanceOf(CorruptHoldException.class);
            return;
        }
        HoldValue value = HoldCodec.decode(bytes);

        assertThat(value)
                .isEqualTo(new HoldValue(
                        row.get("agent_id").asText(),
                        time(row, "claimed"),
                        time(row, "expires"),
                        row.path("checkout_path").asText(),
                        Duration.ofNanos(row.get("ttl").asLong()),
                        null,
                        0));
    }

    private static Instant time(JsonNode row, String name) {
        return Instant.ofEpochSecond(
                row.path(name).asLong(), row.path(name + "_nanos").asLong());
    }

    @ParameterizedTest
    @MethodSource("corrupt")
    void reportsACorruptValue(JsonNode row) {
        byte[] bytes = utf8(row.asText());

        assertThatThrownBy(() -> HoldCodec.decode(bytes)).isInstanceOf(CorruptHoldException.class);
    }

    @ParameterizedTest
    @MethodSource("corrupt")
    void trailingTextMakesAGoodValueCorrupt(JsonNode row) {
        byte[] bytes =
                utf8(new String(HoldCodec.encode(value("A", 5, 0)), StandardCharsets.UTF_8) + "x" + row.asText());

        assertThatThrownBy(() -> HoldCodec.decode(bytes)).isInstanceOf(CorruptHoldException.class);
    }

    @Test
    void writesWhatGoProgramsRead() {
        HoldValue value = value("a\"<é>😀", 30_000_000_001L, 77);

        JsonNode json = Vectors.json(new String(HoldCodec.encode(value), StandardCharsets.UTF_8));

        assertThat(json.get("agent_id").asText()).isEqualTo("a\"<é>😀");
        assertThat(json.get("checkout_path").asText()).isEqualTo("/tmp/c");
        assertThat(json.get("ttl").isIntegralNumber()).isTrue();
        assertThat(json.get("ttl").asLong()).isEqualTo(30_000_000_001L);
        assertThat(json.get("claimed_at").asText()).isEqualTo("2026-04-19T10:00:00.123456789Z");
        assertThat(json.get("expires_at").asText()).isEqualTo("2026-04-19T10:00:30.123456790Z");
        assertThat(json.get("token").asLong()).isEqualTo(77);
    }

    @Test
    void readsTheTimesThatTheJdkReadsAsTheJdkDoes() {
        long seed = Long.getLong("heddle.test.seed", System.nanoTime());
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            Instant time = Instant.ofEpochSecond(
                    random.nextLong(-62_000_000_000L, 253_000_000_000L), random.nextInt(1_000_000_000));
            ZoneOffset offset = ZoneOffset.ofHoursMinutes(random.nextInt(12), random.nextInt(60));
            String text = DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(
                    time.atOffset(offset).withYear(2000 + i % 100));
            if (!Rfc3339.parse(text).equals(OffsetDateTime.parse(text).toInstant())) {
                throw new AssertionError("seed " + seed + ": " + text);
            }
        }
    }

    @Test
    void writesTimesAsTheJdkDoes() {
        long seed = Long.getLong("heddle.test.seed", System.nanoTime());
        Random random = new Random(seed);
        long[] units = {1, 1_000, 1_000_000, 1_000_000_000};
        for (int i = 0; i < 20_000; i++) {
            long unit = units[i % units.length];
            Instant time = Instant.ofEpochSecond(
                    random.nextLong(-63_000_000_000L, 254_000_000_000L), random.nextInt(1_000_000_000) / unit * unit);
            if (!Rfc3339.format(time).equals(time.toString())) {
                throw new AssertionError("seed " + seed + ": " + time);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "2026",
                "2026-04-19",
                "2026-04-19T10:00Z",
                "2026-04-19T10:00:00",
                "2026-04-19T10:00:00.Z",
                "2026-04-19T10:00:60Z",
                "2026-02-30T10:00:00Z",
                "2026-04-19T24:00:00Z",
                "2026-04-19T10:00:00Zx",
                "2026-04-19 10:00:00Z",
                "2026-04-19T10:00:00+0200",
                "٢٠٢٦-04-19T10:00:00Z"
            })
    void refusesTimesThatGoProgramsDoNotWrite(String text) {
        assertThatThrownBy(() -> Rfc3339.parse(text)).isInstanceOf(DateTimeException.class);
    }

    @Test
    void aFirstWriteHasNoToken() {
        assertThat(new String(HoldCodec.encode(value("A", 1, 0)), StandardCharsets.UTF_8))
                .doesNotContain("token");
    }

    @Test
    void theShortestOfTheLimitsCounts() {
        Instant at = Instant.parse("2026-04-19T10:00:00Z");
        HoldValue value = new HoldValue("A", at, at.plusSeconds(20), "", Duration.ofSeconds(30), null, 0);

        assertThat(value.lifetime(Duration.ofSeconds(60))).isEqualTo(Duration.ofSeconds(20));
        assertThat(value.lifetime(Duration.ofSeconds(10))).isEqualTo(Duration.ofSeconds(10));
        HoldValue backwards = new HoldValue("A", at, at.minusSeconds(1), "", Duration.ofSeconds(30), null, 0);
        assertThat(backwards.lifetime(Duration.ofSeconds(60))).isZero();
    }

    @Test
    void anyBytesAreAHoldOrCorruptAndNothingElse() {
        long seed = Long.getLong("heddle.test.seed", System.nanoTime());
        System.out.println("HoldCodecTest: " + MUTATIONS + " mutations, -Dheddle.test.seed=" + seed);
        Random random = new Random(seed);
        int corrupt = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] bytes = HoldCodec.encode(value("agent-" + i, 1 + random.nextInt(1_000_000), i));
            for (int m = random.nextInt(4); m >= 0; m--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            try {
                HoldValue value = HoldCodec.decode(bytes);
                if (!HoldCodec.decode(HoldCodec.encode(value)).equals(value)) {
                    throw new AssertionError("seed " + seed + ": " + value);
                }
            } catch (CorruptHoldException e) {
                corrupt++;
            }
        }
        assertThat(corrupt).isBetween(MUTATIONS / 10, MUTATIONS - 1);
    }

    private static HoldValue value(String agent, long ttlNanos, long token) {
        Instant at = Instant.parse("2026-04-19T10:00:00.123456789Z");
        return new HoldValue(agent, at, at.plusNanos(ttlNanos), "/tmp/c", Duration.ofNanos(ttlNanos), "nonce", token);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
