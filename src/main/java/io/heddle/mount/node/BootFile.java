package io.heddle.mount.node;

import static io.heddle.mount.node.MountLog.LOG;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The shares that a machine begins with: a JSON array of ShareMounts, each read as a message would be. */
public final class BootFile {

    private static final JsonFactory JSON = new JsonFactory();

    private BootFile() {}

    /**
     * The entries, as messages; empty when the file cannot be read as an array, which is reported and stops nothing.
     *
     * <p>Blocking; call from a worker thread.
     */
    public static Optional<List<byte[]>> read(Path file) {
        try {
            List<byte[]> entries = entries(Files.readAllBytes(file));
            if (entries == null) {
                LOG.bootFileUnreadable(file.toString(), "it is not a JSON array in UTF-8");
            }
            return Optional.ofNullable(entries);
        } catch (IOException e) {
            // Jackson's message may repeat a credential; the kind of problem is enough to find the place.
            LOG.bootFileUnreadable(file.toString(), e.getClass().getSimpleName());
            return Optional.empty();
        }
    }

    /** Returns the unchanged bytes of each entry; null when the file is not a JSON array. */
    private static @Nullable List<byte[]> entries(byte[] json) throws IOException {
        try (JsonParser parser = JSON.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_ARRAY
                    || parser.currentTokenLocation().getByteOffset() < 0) {
                return null;
            }
            List<byte[]> entries = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                int from = (int) parser.currentTokenLocation().getByteOffset();
                parser.skipChildren();
                parser.finishToken();
                entries.add(Arrays.copyOfRange(
                        json, from, (int) parser.currentLocation().getByteOffset()));
            }
            return parser.nextToken() == null ? entries : null;
        }
    }
}
