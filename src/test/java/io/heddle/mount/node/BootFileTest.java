package io.heddle.mount.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BootFileTest {

    @TempDir
    Path directory;

    @Test
    void everyEntryIsTheBytesThatStandThere() throws Exception {
        String one = "{\"id\" : \"a\", \"id\":\"b\", \"x\":1e999, \"mount_point\":\"/workspace/\\ud800\"}";
        Path file = write("\ufeff [" + one + " , [1], \"ä\",7 ]\n");

        var entries = BootFile.read(file).orElseThrow();

        assertThat(entries)
                .extracting(entry -> new String(entry, StandardCharsets.UTF_8))
                .containsExactly(one, "[1]", "\"ä\"", "7");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "{}", "[", "[{\"id\":\"a\"}", "[1,]", "[] []", "[]x"})
    void whatIsNoArrayIsNotRead(String content) throws Exception {
        assertThat(BootFile.read(write(content))).isEmpty();
    }

    private Path write(String content) throws Exception {
        return Files.writeString(directory.resolve("boot.json"), content);
    }
}
