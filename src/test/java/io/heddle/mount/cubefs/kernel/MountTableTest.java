package io.heddle.mount.cubefs.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class MountTableTest {

    private static final String ROOT = "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard";

    @Test
    void decodesOctalEscapesAndUtf8() {
        // Given
        String line =
                "42 27 0:39 / /s/a\\040b\\134c\\012d/\u00e9t\u00e9 rw,nosuid shared:1 master:2 - fuse.cubefs cubefs-v\\0401 rw";
        String asRead = new String(line.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);

        // When
        MountInfo mount = MountInfo.parse(asRead);

        // Then
        assertThat(mount)
                .isEqualTo(new MountInfo(42, 27, 39, "/s/a b\\c\nd/\u00e9t\u00e9", "fuse.cubefs", "cubefs-v 1"));
    }

    @Test
    void leavesABackslashWithoutThreeDigitsAlone() {
        assertThat(MountInfo.decode("a\\04")).isEqualTo("a\\04");
        assertThat(MountInfo.decode("a\\089")).isEqualTo("a\\089");
    }

    /** Another one's, perhaps: the kernel does not escape it, and no other mount may get lost by it. */
    @Test
    void aCarriageReturnInAPathIsNoEndOfALine() {
        MountTable table = MountTable.parse(ROOT + "\n50 27 0:40 / /s/a\rb rw - fuse.cubefs cubefs-v rw\n");

        assertThat(table.top("/s/a\rb")).map(MountInfo::source).hasValue("cubefs-v");
    }

    @Test
    void findsTheUppermostOfStackedMounts() {
        // Given
        MountTable table = MountTable.parse(ROOT
                + "\n60 50 0:41 / /s/a rw - tmpfs upper rw"
                + "\n50 27 0:40 / /s/a rw - fuse.cubefs cubefs-v rw\n");

        // When
        var top = table.top("/s/a");

        // Then
        assertThat(top).map(MountInfo::source).hasValue("upper");
        assertThat(table.top("/s")).isEmpty();
    }

    @Test
    void tellsCubeFsOfAVolumeFromOthers() {
        MountInfo mount = MountInfo.parse("50 27 0:40 / /s/a rw - fuse.cubefs cubefs-v rw");

        assertThat(mount.isCubeFs("v")).isTrue();
        assertThat(mount.isCubeFs("v2")).isFalse();
        assertThat(MountInfo.parse(ROOT).isCubeFs("v")).isFalse();
    }

    @Test
    void refusesWhatIsNotALine() {
        assertThatThrownBy(() -> MountInfo.parse("27 1 254:0 / / rw")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void readsTheKernels() {
        assertThat(MountTable.read().top("/")).isPresent();
    }
}
