package io.heddle.hold;

import static io.heddle.testsupport.FuzzTarget.ACCEPTED;
import static io.heddle.testsupport.FuzzTarget.require;

import com.fasterxml.jackson.databind.JsonNode;
import io.heddle.hold.bucket.HoldCodec;
import io.heddle.hold.bucket.HoldValue;
import io.heddle.hold.bucket.Rfc3339;
import io.heddle.testsupport.FuzzTarget;
import io.heddle.testsupport.Mutator;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What the hold room reads, and what it promises of it. */
public final class HoldTargets {

    /** Of a NATS subject's last tokens: nothing else is a key of a bucket. */
    private static final Pattern LEGAL = Pattern.compile("[-_=A-Za-z0-9]+(\\.[-_=A-Za-z0-9]+)*");

    private static final List<String> VALUE_WORDS = List.of(
            "agent_id",
            "AGENT_ID",
            "claimed_at",
            "expires_at",
            "checkout_path",
            "ttl",
            "hold_id",
            "token",
            "0000-01-01T00:00:00+18:00",
            "9999-12-31T23:59:59.999999999-18:00",
            "2026-04-19T10:00:60Z",
            "2026-02-29T10:00:00Z");
    private static final List<String> PATH_WORDS = List.of(
            "=2F", "=2f", "=61", "=00", "=C0=AF", "=ED=A0=80", "=3D2F", "=2E", "..", "@types", "[...slug]", "~");

    private HoldTargets() {}

    /** All of them. */
    public static List<FuzzTarget> all() {
        return List.of(
                FuzzTarget.of("hold value", values(), VALUE_WORDS, HoldTargets::value),
                FuzzTarget.of("hold key", keys(), PATH_WORDS, HoldTargets::key),
                FuzzTarget.of("file path", paths(), PATH_WORDS, new Paths()::judge),
                FuzzTarget.of("relative path", paths(), PATH_WORDS, HoldTargets::relative),
                FuzzTarget.of(
                        "hold event id",
                        List.of(
                                new HoldEventId(HoldEventId.epoch(Instant.parse("2026-04-19T10:00:00Z")), 17, 43)
                                        .toString(),
                                "0.0.0",
                                "zzzzzzzzzzzzzzzz.999999999999999999.999999999999999999"),
                        List.of(".", "0"),
                        HoldTargets::eventId),
                FuzzTarget.of("RFC 3339 time", times(), VALUE_WORDS, HoldTargets::time));
    }

    /** Values that Go programs write, and our own. */
    public static List<String> values() {
        String own = new String(
                HoldCodec.encode(new HoldValue(
                        "agent-7",
                        Instant.parse("2026-04-19T10:00:00.123456789Z"),
                        Instant.parse("2026-04-19T10:00:30.123456789Z"),
                        "/home/agent-7/ä😀",
                        Duration.ofSeconds(30),
                        "4f0c1b9e-nonce",
                        1776592800000000L)),
                StandardCharsets.UTF_8);
        return Stream.concat(
                        Stream.of(own), Vectors.rows("hold-values.json", "read").map(row -> row.get("json")
                                .asText()))
                .toList();
    }

    /** Keys of files, and some that are none. */
    public static List<String> keys() {
        return Stream.concat(
                        Stream.of("=2Fa=2F", "=2Fa=00agent-7", "=2Fa=2F=00agent-7", "=2Fa=00", "=2F=2F"),
                        Stream.of("encode", "decode")
                                .flatMap(list -> Vectors.rows("hold-keys.json", list))
                                .map(row -> row.get("key").asText()))
                .toList();
    }

    /** Paths of files, clean or not. */
    public static List<String> paths() {
        List<String> paths = new ArrayList<>(Vectors.rows("hold-keys.json", "encode")
                .map(row -> row.get("path").asText())
                .toList());
        Random random = new Random(1);
        for (int i = 0; i < 50; i++) {
            paths.add(RandomPaths.next(random));
        }
        return paths;
    }

    private static List<String> times() {
        return Stream.concat(
                        Vectors.rows("hold-values.json", "read").map(row -> row.get("claimed_at")),
                        Vectors.rows("hold-values.json", "read").map(row -> row.get("expires_at")))
                .map(JsonNode::asText)
                .flatMap(time -> Stream.of(time, time.replace("Z", "+02:00"), time.replace("Z", "-18:00")))
                .toList();
    }

    private static String value(byte[] input) {
        try {
            HoldValue value = HoldCodec.decode(input);
            require(
                    !value.holder().isEmpty()
                            && !value.ttl().isNegative()
                            && !value.ttl().isZero(),
                    "is one",
                    value);
            require(!value.lifetime(Duration.ofMinutes(5)).isNegative(), "lasts", value);
            require(value.lifetime(Duration.ofMinutes(5)).compareTo(Duration.ofMinutes(5)) <= 0, "ends", value);
            require(HoldCodec.decode(HoldCodec.encode(value)).equals(value), "is read as it was written", value);
            return ACCEPTED;
        } catch (CorruptHoldException e) {
            require(String.valueOf(e.getMessage()).length() < 80, "says why, shortly", e.getMessage());
            return e.getMessage().replaceAll("^(?i)[a-z_]+ (is no)", "field $1");
        }
    }

    private static String key(byte[] input) {
        HoldKey key = new HoldKey(Mutator.text(input));
        try {
            HoldName name = key.name();
            requireFile(name.file());
            require(name.key().equals(key), "is its only key", key);
            require(HoldName.ofText(name.text()).equals(name), "comes back from its text", key);
            return ACCEPTED;
        } catch (CorruptHoldException e) {
            return "corrupt";
        }
    }

    private static void requireFile(FilePath file) {
        String path = file.value();
        List<String> parts = Arrays.asList(file.plain().substring(1).split("/", -1));
        require(path.startsWith("/") && path.indexOf('\0') < 0, "is absolute", path);
        require(!parts.contains("..") && !parts.contains("."), "is clean", path);
        require(path.equals("/") || !parts.contains(""), "is clean", path);
        require(FilePath.parse(path).equals(file), "stays as it is", path);
        HoldKey key = HoldKey.of(file);
        require(LEGAL.matcher(key.text()).matches(), "is legal", key);
        require(key.text().length() <= HoldKey.MAX_BYTES, "is not too long", key);
        require(key.path().equals(file), "comes back", key);
    }

    /** Remembers some of the paths: no two may have one key. */
    private static final class Paths {

        private final Map<String, FilePath> byKey = new HashMap<>();

        String judge(byte[] input) {
            try {
                FilePath file = FilePath.of(Mutator.text(input));
                requireFile(file);
                if (byKey.size() < 20_000) {
                    FilePath other = byKey.putIfAbsent(HoldKey.of(file).text(), file);
                    require(other == null || other.equals(file), "has a key of its own", file);
                }
                return ACCEPTED;
            } catch (InvalidFilePathException e) {
                return refusal(e);
            }
        }
    }

    private static String relative(byte[] input) {
        String text = Mutator.text(input);
        String below = text.startsWith("/") ? text.substring(1) : text;
        try {
            FilePath file = FilePath.within("/work/space", below);
            requireFile(file);
            require((file.value() + "/").startsWith("/work/space/"), "is in the workspace", file);
            return ACCEPTED;
        } catch (InvalidFilePathException e) {
            return refusal(e);
        }
    }

    private static String refusal(InvalidFilePathException e) {
        String message = String.valueOf(e.getMessage());
        require(message.length() < 400 && message.indexOf('\0') < 0, "says why, shortly", message);
        return message.replaceAll("(?s)^'.*' ", "").replaceAll(" /work/space| /.*|:.*", "");
    }

    private static String eventId(byte[] input) {
        HoldEventId id = HoldEventId.parse(Mutator.text(input));
        require(HoldEventId.parse(id.toString()).equals(id), "is read as it was written", id);
        require(id.revision() >= 0 && id.number() >= 0 && id.serial() >= 0, "is not negative", id);
        return id.equals(HoldEventId.UNKNOWN) ? "unknown" : ACCEPTED;
    }

    private static String time(byte[] input) {
        String text = Mutator.text(input);
        try {
            Instant time = Rfc3339.parse(text);
            require(Rfc3339.parse(Rfc3339.format(time)).equals(time), "is read as it was written", time);
            requireTheJdksReading(text, time);
            return ACCEPTED;
        } catch (DateTimeException e) {
            return "no time";
        }
    }

    /** An hour of one digit, a comma, an offset beyond 18:00 or of 60 minutes. */
    private static final Pattern ONLY_GO_READS =
            Pattern.compile(".*T[0-9]:.*|.*,.*|.*[+-](1[89]|2[0-4]):.*|.*[+-][0-9]{2}:60");

    /** It reads nine digits of a second, and so many that Go writes, but not all that Go reads. */
    private static void requireTheJdksReading(String text, Instant time) {
        try {
            require(OffsetDateTime.parse(text).toInstant().equals(time), "is what the JDK reads", text);
        } catch (DateTimeParseException e) {
            boolean more = text.replaceFirst("\\.[0-9]+", "").length() < text.length() - 10;
            require(more || ONLY_GO_READS.matcher(text).matches(), "the JDK reads it too", text);
        }
    }
}
