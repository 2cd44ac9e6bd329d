package io.heddle.fleet.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.fleet.CorruptGroupException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever may write the bucket can write anything. */
class GroupCodecTest {

    /** Each would turn out later to be none: when it is published, or written again. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "{\"shares\":[{\"order\":1,\"share\":{}}]}",
                "{\"shares\":[{\"order\":1,\"share\":null}]}",
                "{\"shares\":[{\"order\":1,\"share\":7}]}",
                "{\"shares\":[{\"order\":1,\"share\":{\"id\":\"../x\"}}]}",
                "{\"shares\":[{\"order\":1,\"share\":{\"id\":\"x\",\"mount_point\":\"relative\"}}]}",
                "{\"changes\":[{\"by\":\"r\",\"mount_points\":{}}]}",
                "{\"changes\":[{\"id\":\"c\",\"mount_points\":{}}]}",
                "{\"changes\":[{\"id\":\"c\",\"by\":\"r\"}]}",
                "{\"changes\":[{\"id\":\"c\",\"by\":\"r\",\"mount_points\":{\"../x\":\"\"}}]}",
                "{\"changes\":[{\"id\":\"c\",\"by\":\"r\",\"mount_points\":{\"x\":\"relative\"}}]}"
            })
    void whatCannotBeCarriedOutIsNoRecord(String json) {
        assertThatThrownBy(() -> decode(json)).isInstanceOf(CorruptGroupException.class);
    }

    /** Fault V1: one bad id never stops the others. */
    @Test
    void aMemberThatIsNoVmIdDoesNotStopTheOthers() {
        GroupRecord group = decode("{\"members\":[\"a\",\"a.b\",\">\",\"f\u00fcr\",\"b\"],\"changes\":[{\"id\":\"c\","
                + "\"by\":\"r\",\"vms\":[\"a\",\"a b\"],\"mount_points\":{}}]}");

        assertThat(group.members()).containsExactly("a", "b");
        assertThat(group.changes().get(0).vms()).containsExactly("a");
    }

    @Test
    void aFieldOfAShareThatNobodyKnowsIsKeptWhateverItsName() {
        GroupRecord group = decode("{\"shares\":[{\"order\":1,\"share\":{\"id\":\"x\",\"\ud83d\ude00\":1}}]}");

        assertThat(GroupCodec.decode("g", GroupCodec.encode(group))).isEqualTo(group);
    }

    private static GroupRecord decode(String json) {
        return GroupCodec.decode("g", json.getBytes(StandardCharsets.UTF_8));
    }
}
