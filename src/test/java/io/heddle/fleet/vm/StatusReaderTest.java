package io.heddle.fleet.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.fleet.vm.StatusReader.BadStatusException;
import io.heddle.mount.NodeAgentStatus;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Anybody who may publish to a status subject can publish anything. */
public class StatusReaderTest {

    private static final String GOOD = """
            {"vm": "vm", "vm_ids": ["vm", "alias"], "version": "1", "time": "2026-01-01T00:00:00Z", "mode": "jetstream",
             "future": 1, "shares": [{"id": "data", "state": "RETRYING", "since": "2026-01-01T00:00:00Z", "attempts": 2,
             "error": "%s", "mount_point": "/workspace/data", "backend": "cubefs", "readonly": false}]}""";

    public static final byte[] GOOD_OF_B =
            "{\"vm\":\"b\",\"time\":\"2026-01-01T00:00:00Z\",\"shares\":[]}".getBytes(StandardCharsets.UTF_8);

    private final StatusReader reader = new StatusReader(4096);

    @Test
    void aStatusIsReadAndItsTextsAreCut() {
        NodeAgentStatus status = read(GOOD.formatted("x".repeat(2000)));

        assertThat(status.vmIds()).containsExactly("vm", "alias");
        assertThat(status.shares().get(0).error()).hasSize(513);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "{\"vm\": \"vm\"}",
                "{\"vm\": \"vm\", \"time\": \"2026-01-01T00:00:00Z\", \"shares\": null}",
                "{\"vm\": \"other\", \"time\": \"2026-01-01T00:00:00Z\", \"shares\": []}",
                "{\"vm\": \"vm\", \"time\": \"yesterday\", \"shares\": []}",
                "{\"vm\": \"vm\", \"time\": \"2026-01-01T00:00:00Z\", \"shares\": [null]}",
                "{\"vm\": \"vm\", \"time\": \"2026-01-01T00:00:00Z\", \"shares\": [{\"id\": \"../x\"}]}",
                "{\"vm\": \"vm\", \"time\": \"2026-01-01T00:00:00Z\", \"shares\": [{\"id\": \"x\"}]}",
                "{\"vm\": \"vm\", \"time\": \"2026-01-01T00:00:00Z\", \"shares\": [{\"id\": \"x\", \"state\": \"WELL\"}]}",
                "{\"vm\": \"vm\", \"vm_ids\": [\"a.b\"], \"time\": \"2026-01-01T00:00:00Z\", \"shares\": []}",
                "{\"vm\": \"vm\", \"vm_ids\": [null], \"time\": \"2026-01-01T00:00:00Z\", \"shares\": []}"
            })
    void whatIsNoStatusOfThisVmIsRefused(String text) {
        assertThatThrownBy(() -> read(text)).isInstanceOf(BadStatusException.class);
    }

    @Test
    void tooLargeIsRefusedUnread() {
        assertThatThrownBy(() -> read(" ".repeat(4097))).hasMessageContaining("4097 bytes");
    }

    @Test
    void mutatedBytesAreReadOrRefused() {
        Random random = new Random(42);
        byte[] good = GOOD.formatted("no").getBytes(StandardCharsets.UTF_8);
        int refused = 0;
        for (int round = 0; round < 20_000; round++) {
            byte[] mutant = good.clone();
            for (int flips = random.nextInt(4) + 1; flips > 0; flips--) {
                mutant[random.nextInt(mutant.length)] = (byte) random.nextInt(256);
            }
            try {
                assertThat(reader.read("vm", mutant).vm()).isEqualTo("vm");
            } catch (BadStatusException e) {
                refused++;
            }
        }
        assertThat(refused).isBetween(1_000, 20_000);
    }

    private NodeAgentStatus read(String text) {
        return reader.read("vm", text.getBytes(StandardCharsets.UTF_8));
    }
}
