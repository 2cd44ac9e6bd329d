package io.heddle.mount.cubefs;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.heddle.mount.Secret;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareRefusedException;
import io.heddle.mount.ShareRefusedException.Reason;
import io.heddle.mount.ShareText;
import io.heddle.mount.backend.ShareSource;
import io.heddle.text.CleanPath;
import io.heddle.text.Text;
import java.util.List;

/**
 * Where a CubeFS share comes from. Valid by construction.
 *
 * @param volume the volume's name, of the same form as a share id
 * @param masters the master addresses, {@code host:port} each, at least one
 * @param owner the volume's owner, never empty
 * @param accessKey the access key, or {@link Secret#NONE}
 * @param secretKey the secret key, or {@link Secret#NONE}
 * @param subdir the directory inside the volume, relative, without {@code ..}; empty for the whole volume
 */
public record CubeFs(
        String volume, List<String> masters, String owner, Secret accessKey, Secret secretKey, String subdir)
        implements ShareSource {

    /** CubeFS generates 16 and 32 characters. The redaction searches all client output for them, so they are bounded. */
    private static final int LONGEST_KEY = 256;

    /**
     * Validates the fields.
     *
     * @throws ShareRefusedException when a part breaks a rule of the contract
     */
    public CubeFs {
        masters = List.copyOf(masters);
        if (volume.isEmpty()) {
            throw new ShareRefusedException(Reason.CUBEFS, "cubefs.volume is required");
        }
        if (!ShareText.isName(volume)) {
            throw new ShareRefusedException(Reason.CUBEFS, "cubefs.volume must match " + ShareText.NAME);
        }
        if (masters.isEmpty()) {
            throw new ShareRefusedException(Reason.CUBEFS, "cubefs.masters is required");
        }
        for (String master : masters) {
            if (!ShareText.isHostAndPort(master)) {
                throw new ShareRefusedException(Reason.CUBEFS, "cubefs.masters: each must be host:port");
            }
        }
        if (owner.isEmpty()) {
            throw new ShareRefusedException(Reason.CUBEFS, "cubefs.owner is required");
        }
        requireText("owner", owner);
        requireKey("access_key", accessKey);
        requireKey("secret_key", secretKey);
        requireText("subdir", subdir);
        subdir = relative(subdir);
    }

    /** Returns the source of a share of this backend. */
    static CubeFs of(ShareMount share) {
        if (share.source() instanceof CubeFs source) {
            return source;
        }
        throw new IllegalStateException("share " + share.id() + " has no cubefs block");
    }

    @Override
    public ObjectNode encode() {
        ObjectNode part = JsonNodeFactory.instance.objectNode().put("volume", volume);
        ArrayNode list = part.putArray("masters");
        masters.forEach(list::add);
        part.put("owner", owner);
        putUnlessEmpty(part, "access_key", accessKey.reveal());
        putUnlessEmpty(part, "secret_key", secretKey.reveal());
        putUnlessEmpty(part, "subdir", subdir);
        return part;
    }

    @Override
    public String path() {
        return subdir.isEmpty() ? volume : volume + "/" + subdir;
    }

    private static void putUnlessEmpty(ObjectNode part, String name, String value) {
        if (!value.isEmpty()) {
            part.put(name, value);
        }
    }

    private static void requireKey(String name, Secret key) {
        if (key.reveal().length() > LONGEST_KEY) {
            throw new ShareRefusedException(
                    Reason.CUBEFS, "cubefs." + name + " has more than " + LONGEST_KEY + " characters");
        }
        if (!Text.isUnicode(key.reveal())) {
            throw new ShareRefusedException(Reason.CUBEFS, "cubefs." + name + " is not valid Unicode");
        }
    }

    private static void requireText(String name, String text) {
        String flaw = Text.flaw(text);
        if (flaw != null) {
            throw new ShareRefusedException(Reason.CUBEFS, "cubefs." + name + " " + flaw);
        }
    }

    private static String relative(String subdir) {
        String absolute = "/" + subdir;
        if (absolute.contains("/../") || absolute.endsWith("/..")) {
            throw new ShareRefusedException(Reason.CUBEFS, "cubefs.subdir climbs out of the volume");
        }
        return CleanPath.clean(absolute).substring(1);
    }
}
