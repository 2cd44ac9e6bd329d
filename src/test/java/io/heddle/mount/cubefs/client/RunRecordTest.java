package io.heddle.mount.cubefs.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.mount.backend.SpecDigest;
import io.heddle.mount.cubefs.kernel.MountPoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunRecordTest {

    private static final RunRecord RECORD = new RunRecord(
            new SpecDigest("00ff", "ab"), "team-data", new MountPoint("/workspace/a b", true), "boot", 4711, 99);

    @Test
    void isReadAsItWasWritten() throws Exception {
        assertThat(RunRecord.fromJson(RECORD.toJson())).isEqualTo(RECORD);
    }

    /** It says what to unmount and what to kill. */
    @ParameterizedTest
    @CsvSource({
        "/workspace/a b, workspace",
        "/workspace/a b, /workspace/../etc",
        "/workspace/a b, /workspace/",
        "/workspace/a b, /workspace/\\u0000",
        "4711, 9223372036854775808",
        "99, -1",
        "00ff, 0",
        "team-data, ''",
        "}, }}",
    })
    void whatCannotBeIsNoRecord(String written, String instead) {
        String json = new String(RECORD.toJson(), StandardCharsets.UTF_8).replace(written, instead);

        assertThatThrownBy(() -> RunRecord.fromJson(json.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(IOException.class);
    }
}
