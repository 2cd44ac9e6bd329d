package io.heddle.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.mount.ShareMessages.Outcome;
import io.heddle.mount.cubefs.CubeFs;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every row of the test vectors that the Go side shares with us. */
class ShareMountVectorsTest {

    private static final JsonNode VECTORS = read();
    private static final ShareRules RULES = new ShareRules(
            StreamSupport.stream(VECTORS.get("allowed_roots").spliterator(), false)
                    .map(JsonNode::asText)
                    .toList(),
            "",
            65_536);

    private final List<ShareMount> applied = new ArrayList<>();

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void accepted(String name, String payload) {
        Outcome outcome = ShareMessages.handle(bytes(payload), RULES, applied::add);

        assertThat(outcome).isInstanceOf(Outcome.Accepted.class);
        assertThat(applied).hasSize(1);
        assertThat(ShareMessages.parse(ShareMessages.toBytes(applied.get(0)), RULES))
                .isEqualTo(applied.get(0));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void refused(String name, String payload, String reason) {
        Outcome outcome = ShareMessages.handle(bytes(payload), RULES, applied::add);

        assertThat(outcome).isInstanceOfSatisfying(Outcome.Rejected.class, rejected -> assertThat(rejected.detail())
                .contains(reason));
        assertThat(applied).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void ignored(String name, String payload) {
        Outcome outcome = ShareMessages.handle(bytes(payload), RULES, applied::add);

        assertThat(outcome).isInstanceOf(Outcome.Ignored.class);
        assertThat(applied).isEmpty();
    }

    @Test
    void cleansTheMountPoint() {
        ShareMount share = ShareMessages.parse(bytes(payloadOf("mount point needs cleaning")), RULES);

        assertThat(share.mountPoint()).isEqualTo("/run/weft/shares/team-data");
    }

    @Test
    void readsNamesInAnotherCase() {
        ShareMount share = ShareMessages.parse(bytes(payloadOf("names in another case")), RULES);

        assertThat(((CubeFs) share.requireSource()))
                .isEqualTo(new CubeFs("v", List.of("h:1"), "o", Secret.NONE, Secret.NONE, ""));
    }

    @Test
    void refusesALargeMessageUnread() {
        byte[] large = new byte[65_537];

        Outcome outcome = ShareMessages.handle(large, RULES, applied::add);

        assertThat(outcome).isInstanceOfSatisfying(Outcome.Rejected.class, rejected -> assertThat(rejected.reason())
                .isEqualTo(ShareRefusedException.Reason.TOO_LARGE));
    }

    @Test
    void refusesALineBreakInAMountPoint() {
        String payload = payloadOf("plain mount").replace("shares/team-data", "shares/team\\nHDL0201");

        Outcome outcome = ShareMessages.handle(bytes(payload), RULES, applied::add);

        assertThat(outcome.toString()).contains("control character");
        assertThat(applied).isEmpty();
    }

    @Test
    void believesTheLastOfTwoFieldsOfOneNameAsGoDoes() {
        ShareMount share = ShareMessages.parse(
                bytes("{\"id\":\"a\",\"action\":\"unmount\",\"backend\":\"\",\"mount_point\":\"/workspace/a\","
                        + "\"readonly\":true,\"cubefs\":null,\"id\":\"b\"}"),
                RULES);

        assertThat(share.id()).isEqualTo("b");
    }

    @Test
    void namesTheShareOfARefusedMessage() {
        Outcome outcome = ShareMessages.handle(bytes("{\"id\":\"a\",\"action\":\"shred\"}"), RULES, applied::add);

        assertThat(outcome).isInstanceOfSatisfying(Outcome.Rejected.class, rejected -> assertThat(rejected.id())
                .isEqualTo("a"));
    }

    @Test
    void namesTheShareOfAMessageThatCannotBeReadToItsEnd() {
        Outcome outcome = ShareMessages.handle(
                bytes("{\"readonly\":\"yes\",\"x\":{\"id\":\"inner\"},\"ID\":\"a\",\"masters\":"), RULES, applied::add);

        assertThat(outcome).isInstanceOfSatisfying(Outcome.Rejected.class, rejected -> assertThat(rejected.id())
                .isEqualTo("a"));
    }

    @Test
    void namesTheFieldAsItIsDocumented() {
        Outcome outcome = ShareMessages.handle(bytes("{\"id\":\"a\",\"CubeFS\":{\"Volume\":[]}}"), RULES, applied::add);

        assertThat(outcome).isInstanceOfSatisfying(Outcome.Rejected.class, rejected -> assertThat(rejected.detail())
                .contains("cubefs.volume"));
    }

    /** Java would write a question mark for it: two mount points would be one. */
    @ParameterizedTest
    @ValueSource(strings = {"mount_point|shares/team-data", "owner|team-alpha", "secret_key|SK-very", "subdir|a/b"})
    void refusesHalfASurrogatePair(String where) {
        String[] field = where.split("\\|", -1);
        String payload = payloadOf("read-only with keys and subdir").replaceFirst(field[1], field[1] + "\\\\ud800");

        Outcome outcome = ShareMessages.handle(bytes(payload), RULES, applied::add);

        assertThat(outcome).isInstanceOfSatisfying(Outcome.Rejected.class, rejected -> assertThat(rejected.detail())
                .contains(field[0], "Unicode"));
        assertThat(applied).isEmpty();
    }

    @Test
    void refusesAKeyThatNoClientHas() {
        String payload = payloadOf("read-only with keys and subdir").replace("SK-very", "k".repeat(257));

        Outcome outcome = ShareMessages.handle(bytes(payload), RULES, applied::add);

        assertThat(outcome).isInstanceOfSatisfying(Outcome.Rejected.class, rejected -> assertThat(rejected.detail())
                .isEqualTo("cubefs.secret_key has more than 256 characters"));
    }

    @Test
    void aRefusalIsOneLineOfText() {
        Outcome outcome = ShareMessages.handle(
                bytes("{\"id\":\"a\",\"action\":\"\\u0085\\u009b\\ud800\\n\"}"), RULES, applied::add);

        assertThat(outcome).isInstanceOfSatisfying(Outcome.Rejected.class, rejected -> assertThat(rejected.detail())
                .isEqualTo("unknown action '????'"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a.b",
                "a*",
                ">",
                "a b",
                "a\nb",
                "\u0085",
                "\ud800",
                "vm\udc00",
                "f\u00fcr",
                "vm\u2028",
                "\ud83d\ude00"
            })
    void whatIsNoTokenOfASubjectIsNoVmId(String id) {
        assertThatThrownBy(() -> ShareSubjects.requireVmId(id)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aVmIdHasAtMost256PrintableCharacters() {
        String longest = "~/:_-vm".repeat(37).substring(0, 256);

        assertThat(ShareSubjects.requireVmId(longest)).isEqualTo(longest);
        assertThatThrownBy(() -> ShareSubjects.requireVmId(longest + "a")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void neverRepeatsACredential() {
        String secret = "SK-very-secret";
        List<String> payloads = List.of(
                "{\"id\":\"a\",\"cubefs\":{\"secret_key\":[\"" + secret + "\"]}}",
                "{\"id\":\"a\",\"readonly\":\"" + secret + "\"}",
                "{\"id\":\"a\",\"cubefs\":\"" + secret + "\"}",
                "{\"id\":\"a\"} " + secret);
        for (String payload : payloads) {
            Outcome outcome = ShareMessages.handle(bytes(payload), RULES, applied::add);
            assertThat(outcome.toString()).doesNotContain(secret);
        }
        ShareMount share = ShareMessages.parse(bytes(payloadOf("read-only with keys and subdir")), RULES);
        assertThat(share.toString()).doesNotContain(secret).contains("***");
    }

    static Stream<Arguments> accepted() {
        return rows("accepted").map(row -> Arguments.of(text(row, "name"), text(row, "payload")));
    }

    static Stream<Arguments> refused() {
        return rows("refused")
                .map(row -> Arguments.of(text(row, "name"), text(row, "payload"), text(row, "reason_contains")));
    }

    static Stream<Arguments> ignored() {
        return rows("ignored").map(row -> Arguments.of(text(row, "name"), text(row, "payload")));
    }

    private static String payloadOf(String name) {
        return rows("accepted")
                .filter(row -> text(row, "name").equals(name))
                .map(row -> text(row, "payload"))
                .findFirst()
                .orElseThrow();
    }

    private static Stream<JsonNode> rows(String kind) {
        return StreamSupport.stream(VECTORS.get(kind).spliterator(), false);
    }

    private static String text(JsonNode row, String field) {
        return row.get(field).asText();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static JsonNode read() {
        try (InputStream in = ShareMountVectorsTest.class.getResourceAsStream("/vectors/share-mounts.json")) {
            return new ObjectMapper().readTree(Objects.requireNonNull(in));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
