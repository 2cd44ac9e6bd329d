package io.heddle.mount;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.mount.ShareMessages.Outcome;
import io.heddle.mount.ShareRefusedException.Reason;
import io.heddle.mount.cubefs.CubeFs;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Reads what Go's {@code encoding/json} reads, and refuses what it refuses: the vectors are the output of a Go program. */
class ShareMessagesGoTest {

    private static final ShareRules RULES = new ShareRules(List.of("/workspace"), "", 65_536);

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void readsAsGoDoes(String name, JsonNode row) throws IOException {
        Outcome outcome = ShareMessages.handle(row.get("input_base64").binaryValue(), RULES, share -> {});

        if (row.get("refused").booleanValue()) {
            assertThat(outcome).isInstanceOfSatisfying(Outcome.Rejected.class, rejected -> assertThat(rejected.reason())
                    .isEqualTo(Reason.DECODE));
        } else {
            assertThat(outcome).isInstanceOfSatisfying(Outcome.Accepted.class, accepted -> assertThat(accepted.share())
                    .isEqualTo(share(row.get("share"))));
        }
    }

    static Stream<Arguments> readsAsGoDoes() throws IOException {
        try (InputStream in = ShareMessagesGoTest.class.getResourceAsStream("/vectors/share-messages-go.json")) {
            JsonNode rows = new ObjectMapper().readTree(Objects.requireNonNull(in));
            return StreamSupport.stream(rows.spliterator(), false)
                    .map(row -> Arguments.of(row.get("name").textValue(), row));
        }
    }

    private static ShareMount share(JsonNode go) {
        String id = go.get("id").textValue();
        String mountPoint = go.get("mount_point").textValue();
        if (go.get("action").textValue().equals("unmount")) {
            return ShareMount.unmount(id, mountPoint);
        }
        JsonNode part = go.get("cubefs");
        CubeFs source = new CubeFs(
                part.get("volume").textValue(),
                StreamSupport.stream(part.get("masters").spliterator(), false)
                        .map(JsonNode::textValue)
                        .toList(),
                part.get("owner").textValue(),
                Secret.of(part.get("access_key").textValue()),
                Secret.of(part.get("secret_key").textValue()),
                part.get("subdir").textValue());
        return new ShareMount(
                id,
                ShareMount.Action.MOUNT,
                ShareMount.CUBEFS,
                mountPoint,
                go.get("readonly").booleanValue(),
                source);
    }
}
