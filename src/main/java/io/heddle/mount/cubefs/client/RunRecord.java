package io.heddle.mount.cubefs.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.mount.backend.SpecDigest;
import io.heddle.mount.cubefs.kernel.MountPoint;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * What the next run has to know about a client: written before the client is started (without a pid), and
 * again once it has one. Holds no credential.
 *
 * @param digest the share that is served
 * @param volume its volume
 * @param place the real path of the mount point
 * @param bootId the boot of the machine in which pid and start time mean something
 * @param pid the client's process id, or 0 when it was not started yet
 * @param startTicks the client's start time as {@code /proc/<pid>/stat} has it, so that a reused pid is not mistaken for it
 */
public record RunRecord(SpecDigest digest, String volume, MountPoint place, String bootId, long pid, long startTicks) {

    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    public RunRecord withClient(ClientProcess client) {
        return new RunRecord(digest, volume, place, bootId, client.pid(), client.startTicks());
    }

    public byte[] toJson() {
        try {
            return JSON.writeValueAsBytes(JSON.createObjectNode()
                    .put("salt", digest.salt())
                    .put("digest", digest.value())
                    .put("volume", volume)
                    .put("mountPoint", place.path())
                    .put("madeMountPoint", place.made())
                    .put("bootId", bootId)
                    .put("pid", pid)
                    .put("startTicks", startTicks));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Decodes a record.
     *
     * @throws IOException when it is not a record
     */
    public static RunRecord fromJson(byte[] json) throws IOException {
        JsonNode node = JSON.readTree(json);
        RunRecord read = new RunRecord(
                new SpecDigest(node.path("salt").asText(), node.path("digest").asText()),
                node.path("volume").asText(),
                new MountPoint(
                        node.path("mountPoint").asText(),
                        node.path("madeMountPoint").asBoolean()),
                node.path("bootId").asText(),
                node.path("pid").asLong(),
                node.path("startTicks").asLong());
        if (!isCleanPath(read.place().path())
                || read.volume().isEmpty()
                || read.pid() < 0
                || read.startTicks() < 0
                || !read.digest().salt().matches("(?:[0-9a-f]{2})+")) {
            throw new IOException("a field is missing, or cannot be");
        }
        return read;
    }

    /** A real path, as it was written. */
    private static boolean isCleanPath(String path) {
        try {
            return path.startsWith("/") && Path.of(path).normalize().toString().equals(path);
        } catch (InvalidPathException e) {
            return false;
        }
    }
}
