package io.heddle.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What docs/embedding.md shows is what the embedding host under test does: every code block stands in its sources. */
class EmbeddingPageTest {

    private static final Pattern BLOCK = Pattern.compile("```(?:java|properties)\n(.*?)```", Pattern.DOTALL);

    @Test
    void everyBlockStandsInTheHostThatIsTested() throws IOException {
        List<String> blocks = BLOCK.matcher(Files.readString(Path.of("docs/embedding.md")))
                .results()
                .map(match -> withoutIndent(match.group(1)))
                .toList();

        String host = sources();

        assertThat(blocks).hasSizeGreaterThan(3).allSatisfy(block -> assertThat(host)
                .contains(block));
    }

    private static String sources() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/test/embedded-host/src/main"))) {
            return files.filter(Files::isRegularFile)
                    .map(EmbeddingPageTest::read)
                    .map(EmbeddingPageTest::withoutIndent)
                    .collect(Collectors.joining("\n"));
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String withoutIndent(String text) {
        return text.lines().map(String::strip).collect(Collectors.joining("\n"));
    }
}
