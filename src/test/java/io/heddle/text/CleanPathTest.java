package io.heddle.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CleanPathTest {

    private static final String ALPHABET = "//..ab";
    private static final int PATHS = 100_000;

    @Test
    void cleansAsTheFileSystemWould() {
        long seed = Long.getLong("heddle.test.seed", System.nanoTime());
        Random random = new Random(seed);
        for (int i = 0; i < PATHS; i++) {
            StringBuilder path = new StringBuilder("/");
            for (int length = random.nextInt(12); length > 0; length--) {
                path.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
            }
            // A path that climbs above the root stays at the root.
            String cleaned = Path.of(path.toString()).normalize().toString();

            assertThat(CleanPath.clean(path.toString()))
                    .as("-Dheddle.test.seed=" + seed + ": " + path)
                    .isEqualTo(cleaned);
        }
    }

    @Test
    void belowARootIsNotBesideIt() {
        assertThat(CleanPath.isWithin("/run/shares", "/run/shares")).isTrue();
        assertThat(CleanPath.isWithin("/run/shares/a", "/run/shares")).isTrue();
        assertThat(CleanPath.isWithin("/run/shares-too", "/run/shares")).isFalse();
        assertThat(CleanPath.isWithin("/run", "/run/shares")).isFalse();
        assertThat(CleanPath.isWithin("/a", "/")).isTrue();
    }
}
