package io.heddle.testsupport;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A reader of bytes that anybody may have written, and all that holds of it.
 *
 * @param name for reports
 * @param corpus inputs to begin with
 * @param words what else means something to it
 */
public record FuzzTarget(String name, List<byte[]> corpus, List<String> words, Judge judge) {

    /** The verdict on an input that was taken. */
    public static final String ACCEPTED = "accepted";

    /** Reads an input and checks every promise about what comes of it. */
    public interface Judge {

        /**
         * @return {@link #ACCEPTED}, or why the input was refused, in one of a few words
         * @throws Exception when a promise is broken, or what is thrown is not what is documented
         */
        String judge(byte[] input) throws Exception;
    }

    /** A target that begins with these texts. */
    public static FuzzTarget of(String name, List<String> corpus, List<String> words, Judge judge) {
        return new FuzzTarget(
                name,
                corpus.stream()
                        .map(text -> text.getBytes(StandardCharsets.UTF_8))
                        .toList(),
                words,
                judge);
    }

    /** @throws AssertionError when it does not hold */
    public static void require(boolean holds, String promise, Object seen) {
        if (!holds) {
            throw new AssertionError(promise + ": " + seen);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
