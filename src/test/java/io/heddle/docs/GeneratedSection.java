package io.heddle.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A page's section that a test generates. With {@code -Dheddle.docs.update=true} the test writes it. */
public final class GeneratedSection {

    private static final String BEGIN = "<!-- generated from here";
    private static final String END = "<!-- to here -->";

    private GeneratedSection() {}

    /** Asserts that the page has this text between the two comments. */
    public static void assertUpToDate(Path page, String text, Class<?> test) throws IOException {
        String current = Files.readString(page);
        String expected = current.substring(0, current.indexOf('\n', current.indexOf(BEGIN)) + 1)
                + text
                + current.substring(current.indexOf(END));
        if (Boolean.getBoolean("heddle.docs.update")) {
            Files.writeString(page, expected);
        }
        assertThat(Files.readString(page))
                .as("./mvnw test -Dtest=%s -Dheddle.docs.update=true updates it", test.getSimpleName())
                .isEqualTo(expected);
    }
}
