package io.heddle.hold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HoldKeyTest {

    private static final int PATHS = Integer.getInteger("heddle.test.paths", 1_000_000);
    private static final Pattern GO_VALID = Pattern.compile("[-/_=.a-zA-Z0-9]+");
    private static final Pattern AMBIGUOUS = Pattern.compile("=[0-9A-Fa-f]{2}");
    private static final String UNESCAPED_BY_GO = "-_.~$&+=:@";

    static Stream<JsonNode> encode() {
        return Vectors.rows("hold-keys.json", "encode");
    }

    static Stream<JsonNode> refused() {
        return Vectors.rows("hold-keys.json", "refused");
    }

    static Stream<JsonNode> decode() {
        return Vectors.rows("hold-keys.json", "decode");
    }

    static Stream<JsonNode> relative() {
        return Vectors.rows("hold-keys.json", "relative");
    }

    static Stream<JsonNode> corruptKeys() {
        return Vectors.rows("hold-keys.json", "corrupt_keys");
    }

    @ParameterizedTest
    @MethodSource("encode")
    void encodesEveryVector(JsonNode row) {
        FilePath file = FilePath.of(row.get("path").asText());

        HoldKey key = HoldKey.of(file);

        assertThat(file.value()).isEqualTo(row.get("cleaned").asText());
        assertThat(key.text()).isEqualTo(row.get("key").asText());
        assertThat(key.path()).isEqualTo(file);
        assertThat(key.text().equals(goKey(file.value())))
                .as("our model of the Go key agrees with the vector")
                .isEqualTo(row.get("go_key_same").asBoolean());
        assertThat(isValidForBroker(goKey(file.value())))
                .isEqualTo(row.get("go_key_valid").asBoolean());
    }

    @ParameterizedTest
    @MethodSource("refused")
    void refusesWhatCannotBeHeld(JsonNode row) {
        String path = row.has("path_json")
                ? Vectors.json(row.get("path_json").asText()).asText()
                : row.get("path").asText();

        assertThatThrownBy(() -> FilePath.of(path)).isInstanceOf(InvalidFilePathException.class);
    }

    @ParameterizedTest
    @MethodSource("decode")
    void decodesEveryVector(JsonNode row) {
        assertThat(HoldKey.decode(row.get("key").asText()))
                .isEqualTo(row.get("path").asText());
    }

    @ParameterizedTest
    @MethodSource("relative")
    void resolvesInsideTheWorkspaceOnly(JsonNode row) {
        String root = row.get("root").asText();
        String path = row.get("path").asText();

        if (row.has("error")) {
            assertThatThrownBy(() -> FilePath.within(root, path)).isInstanceOf(InvalidFilePathException.class);
        } else {
            assertThat(FilePath.within(root, path).value())
                    .isEqualTo(row.get("cleaned").asText());
        }
    }

    @ParameterizedTest
    @MethodSource("corruptKeys")
    void corruptKeysHaveNoPath(JsonNode row) {
        HoldKey key = new HoldKey(row.asText());

        assertThatThrownBy(key::path).isInstanceOf(CorruptHoldException.class);
    }

    @Test
    void directoriesAndSharedHoldsHaveKeysThatNoFileHas() {
        FilePath file = FilePath.of("/a/b/");
        FilePath directory = FilePath.directory("/a/b");
        assertThat(file.value()).isEqualTo("/a/b");
        assertThat(directory.value()).isEqualTo("/a/b/");
        assertThat(FilePath.parse("/a/b/")).isEqualTo(directory).isNotEqualTo(file);
        assertThat(HoldKey.of(directory).text()).isEqualTo("=2Fa=2Fb=2F");
        assertThat(HoldKey.ofShared(file, "agent 7").text()).isEqualTo("=2Fa=2Fb=00agent=207");
        for (HoldName name : new HoldName[] {
            HoldName.of(file), HoldName.of(directory), new HoldName(file, "h"), new HoldName(directory, "h\0/i")
        }) {
            assertThat(name.key().name()).isEqualTo(name);
            assertThat(HoldName.ofText(name.text())).isEqualTo(name);
        }
        for (String corrupt : new String[] {"=2Fa=00", "=2F=2F", "=2Fa=2F=2F", "=00h", "=2Fa=00" + "h".repeat(3072)}) {
            assertThatThrownBy(() -> new HoldKey(corrupt).name()).isInstanceOf(CorruptHoldException.class);
        }
        assertThatThrownBy(() -> FilePath.directory("/")).isInstanceOf(InvalidFilePathException.class);
        assertThatThrownBy(() -> new HoldRequest(
                                FilePath.of("/" + "x".repeat(3000)), "h".repeat(100), Duration.ofSeconds(1))
                        .asShared())
                .isInstanceOf(InvalidFilePathException.class);
    }

    @Test
    void aSecondKeyForTheSamePathIsCorrupt() {
        assertThatThrownBy(() -> new HoldKey("=2fa").path()).isInstanceOf(CorruptHoldException.class);
        assertThatThrownBy(() -> new HoldKey("=2F=61").path()).isInstanceOf(CorruptHoldException.class);
        assertThatThrownBy(() -> new HoldKey("=2Fa=2F=2Fb").path()).isInstanceOf(CorruptHoldException.class);
    }

    @Test
    void aMillionRandomPathsComeBack() {
        long seed = Long.getLong("heddle.test.seed", System.nanoTime());
        System.out.println("HoldKeyTest: " + PATHS + " paths, -Dheddle.test.seed=" + seed);
        Random random = new Random(seed);
        long sameAsGo = 0;
        for (int i = 0; i < PATHS; i++) {
            FilePath file = FilePath.of(RandomPaths.next(random));
            String key = HoldKey.of(file).text();
            String goKey = goKey(file.value());
            boolean comparable =
                    isValidForBroker(goKey) && !AMBIGUOUS.matcher(file.value()).find();
            if (!isValidForBroker(key) || !new HoldKey(key).path().equals(file) || (comparable && !key.equals(goKey))) {
                throw new AssertionError("seed " + seed + ": " + file + " -> " + key + ", Go: " + goKey);
            }
            sameAsGo += comparable ? 1 : 0;
        }
        assertThat(sameAsGo).as("paths whose Go key was compared").isGreaterThan(PATHS / 20);
    }

    /** Go: {@code strings.ReplaceAll(url.PathEscape(path), "%", "=")}. */
    private static String goKey(String path) {
        StringBuilder key = new StringBuilder();
        for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
            boolean plain = b > 0 && (Character.isLetterOrDigit(b) || UNESCAPED_BY_GO.indexOf(b) >= 0);
            if (plain) {
                key.append((char) b);
            } else {
                key.append('=')
                        .append("0123456789ABCDEF".charAt((b >> 4) & 15))
                        .append("0123456789ABCDEF".charAt(b & 15));
            }
        }
        return key.toString();
    }

    private static boolean isValidForBroker(String key) {
        return GO_VALID.matcher(key).matches()
                && !key.startsWith(".")
                && !key.endsWith(".")
                && !key.contains("..")
                && key.length() <= HoldKey.MAX_BYTES;
    }
}
