package io.heddle.mount.cubefs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.heddle.mount.ShareMount;
import io.heddle.mount.cubefs.client.Masters;
import java.nio.file.Path;

/** The configuration of the CubeFS client, with the keys of its user manual ("mount the volume"). Holds the credentials. */
final class ClientConfig {

    private static final ObjectMapper JSON = new ObjectMapper();

    private ClientConfig() {}

    static byte[] json(ShareMount share, String mountPoint, Path logDirectory, String logLevel) {
        CubeFs source = CubeFs.of(share);
        ObjectNode config = JSON.createObjectNode()
                .put("mountPoint", mountPoint)
                .put("volName", source.volume())
                .put("owner", source.owner())
                .put("masterAddr", String.join(",", Masters.answeringFirst(source.masters())))
                .put("logDir", logDirectory.toString())
                .put("logLevel", logLevel)
                .put("accessKey", source.accessKey().reveal())
                .put("secretKey", source.secretKey().reveal())
                .put("subdir", source.subdir())
                .put("rdonly", share.readonly())
                // On by default, with audit logs of up to 1 GiB for each share.
                .put("enableAudit", false)
                // Else every client opens a profiling port to the network, and an exporter that collides with the next
                // one's.
                .put("locallyProf", true)
                .put("exporterEnable", false);
        try {
            return JSON.writeValueAsBytes(config);
        } catch (JsonProcessingException e) {
            // Without the cause: its message may quote what it could not write.
            throw new IllegalStateException("the configuration of share " + share.id() + " cannot be written");
        }
    }
}
