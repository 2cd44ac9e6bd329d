package io.heddle.mount;

import io.heddle.mount.ShareRefusedException.Reason;
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
        String volume, List<String> masters, String owner, Secret accessKey, Secret secretKey, String subdir) {

    /** Those that CubeFS makes have 16 and 32. They are looked for in all that a client writes, which takes its time. */
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
            throw new ShareRefusedException(Reason.CUBEFS, "cubefs.volume must match " + ShareMount.NAME);
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
