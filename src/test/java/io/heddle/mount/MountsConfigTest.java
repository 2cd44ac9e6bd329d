package io.heddle.mount;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testsupport.Configs;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What follows from the configuration by itself. */
class MountsConfigTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "vm-1,alias | | vm-1,alias",
                "| node-17 | node-17",
                "| ip-10-0-3-7.eu-west-1.compute.internal | ip-10-0-3-7-eu-west-1-compute-internal",
                "alias | node.17 | alias,node-17"
            })
    void theNodesNameIsOneMoreId(String vmIds, String nodeName, String expected) {
        MountsConfig config = config("vm-ids", vmIds, "node-name", nodeName);

        List<String> ids = config.vmIds().orElseThrow();

        assertThat(ids).containsExactly(expected.split(",")).allSatisfy(ShareSubjects::requireVmId);
    }

    @Test
    void noNameAndNoIdIsNoAgent() {
        assertThat(config("vm-ids", "", "node-name", "").vmIds()).isEmpty();
    }

    @Test
    void aStreamThatWeMakeHasTheConfiguredCopies() {
        MountsConfig config = config("stream", "shares", "stream-replicas", "3");

        var stream = ShareStream.of(config).configuration();

        assertThat(stream.getName()).isEqualTo("shares");
        assertThat(stream.getReplicas()).isEqualTo(3);
        assertThat(stream.getMaxMsgsPerSubject()).isEqualTo(64);
    }

    private static MountsConfig config(String name, String value, String other, String otherValue) {
        return Configs.of(
                MountsConfig.class,
                Map.of(
                        "heddle.mounts." + name,
                        value == null ? "" : value,
                        "heddle.mounts." + other,
                        otherValue == null ? "" : otherValue));
    }
}
