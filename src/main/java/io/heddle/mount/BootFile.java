package io.heddle.mount;

import static io.heddle.mount.MountLog.LOG;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The shares that a machine begins with: a JSON array of ShareMounts, each read as a message would be. */
final class BootFile {

    private static final JsonMapper MAPPER = new JsonMapper();

    private BootFile() {}

    /**
     * The entries, as messages; empty when the file cannot be read as an array, which is reported and stops nothing.
     *
     * <p>Blocking; call from a worker thread.
     */
    static Optional<List<byte[]>> read(Path file) {
        try {
            JsonNode root = MAPPER.readTree(Files.readAllBytes(file));
            if (!root.isArray()) {
                LOG.bootFileUnreadable(file.toString(), "it is not a JSON array");
                return Optional.empty();
            }
            List<byte[]> entries = new ArrayList<>();
            root.forEach(entry -> entries.add(entry.toString().getBytes(StandardCharsets.UTF_8)));
            return Optional.of(entries);
        } catch (IOException e) {
            // Jackson's message may repeat a credential; the kind of problem is enough to find the place.
            LOG.bootFileUnreadable(file.toString(), e.getClass().getSimpleName());
            return Optional.empty();
        }
    }
}
