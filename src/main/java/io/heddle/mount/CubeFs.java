package io.heddle.mount;

import io.heddle.mount.ShareRefusedException.Reason;
import java.util.List;
import java.util.regex.Pattern;

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

    private static final Pattern MASTER =
            Pattern.compile("(?:[A-Za-z0-9][A-Za-z0-9._-]*|\\[[0-9A-Fa-f:.]+\\]):([0-9]{1,5})");

    /** Those that CubeFS makes have 16 and 32. They are looked for in all that a client writes, which takes its time. */
    private static final int LONGEST_KEY = 256;

    /** @throws ShareRefusedException when a part breaks a rule of the contract */
    public CubeFs {
        masters = List.copyOf(masters);
        if (volume.isEmpty()) {
            throw new ShareRefusedException(Reason.CUBEFS, "cubefs.volume is required");
        }
        if (!ShareMount.NAME.matcher(volume).matches()) {
            throw new ShareRefusedException(Reason.CUBEFS, "cubefs.volume must match " + ShareMount.NAME);
        }
        if (masters.isEmpty()) {
            throw new ShareRefusedException(Reason.CUBEFS, "cubefs.masters is required");
        }
        for (String master : masters) {
            var matcher = MASTER.matcher(master);
            if (!matcher.matches() || Integer.parseInt(matcher.group(1)) > 65_535) {
                throw new ShareRefusedException(Reason.CUBEFS, "cubefs.masters: each must be host:port");
            }
        }
        if (owner.isEmpty()) {
            throw new ShareRefusedException(Reason.CUBEFS, "cubefs.owner is required");
        }
        if (owner.chars().anyMatch(Character::isISOControl)) {
            throw new ShareRefusedException(Reason.CUBEFS, "cubefs.owner has a control character");
        }
        requireUnicode("owner", owner);
        requireKey("access_key", accessKey);
        requireKey("secret_key", secretKey);
        requireUnicode("subdir", subdir);
        subdir = relative(subdir);
    }

    private static void requireKey(String name, Secret key) {
        if (key.reveal().length() > LONGEST_KEY) {
            throw new ShareRefusedException(
                    Reason.CUBEFS, "cubefs." + name + " has more than " + LONGEST_KEY + " characters");
        }
        requireUnicode(name, key.reveal());
    }

    private static void requireUnicode(String name, String text) {
        if (!ShareMount.isUnicode(text)) {
            throw new ShareRefusedException(Reason.CUBEFS, "cubefs." + name + " is not valid Unicode");
        }
    }

    private static String relative(String subdir) {
        if (subdir.chars().anyMatch(Character::isISOControl)) {
            throw new ShareRefusedException(Reason.CUBEFS, "cubefs.subdir has a control character");
        }
        for (String part : subdir.split("/", -1)) {
            if (part.equals("..")) {
                throw new ShareRefusedException(Reason.CUBEFS, "cubefs.subdir climbs out of the volume");
            }
        }
        return CleanPath.clean("/" + subdir).substring(1);
    }
}
