package io.heddle.mount.cubefs;

import io.heddle.mount.CubeFs;
import io.heddle.mount.ShareMount;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A fingerprint of a whole share, credentials included, from which none of them can be read: HMAC-SHA-256 under a random
 * salt. Shows after a restart whether a running client serves the desired state.
 *
 * @param salt hexadecimal
 * @param value hexadecimal
 */
public record SpecDigest(String salt, String value) {

    public static SpecDigest of(ShareMount share) {
        byte[] salt = new byte[16];
        new SecureRandom().nextBytes(salt); // not a constant: a native image would keep its seed
        return of(share, HexFormat.of().formatHex(salt));
    }

    public boolean matches(ShareMount share) {
        byte[] other = of(share, salt).value().getBytes(StandardCharsets.US_ASCII);
        return MessageDigest.isEqual(other, value.getBytes(StandardCharsets.US_ASCII));
    }

    private static SpecDigest of(ShareMount share, String salt) {
        CubeFs source = share.requireCubefs();
        List<String> parts = new ArrayList<>(List.of(
                share.id(),
                share.mountPoint(),
                Boolean.toString(share.readonly()),
                source.volume(),
                source.owner(),
                source.subdir(),
                source.accessKey().reveal(),
                source.secretKey().reveal()));
        parts.addAll(source.masters());
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(HexFormat.of().parseHex(salt), "HmacSHA256"));
            for (String part : parts) {
                byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
                // With its length, so that no two lists of parts run together to the same bytes.
                mac.update(ByteBuffer.allocate(4).putInt(bytes.length).array());
                mac.update(bytes);
            }
            return new SpecDigest(salt, HexFormat.of().formatHex(mac.doFinal()));
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("every Java has HmacSHA256", e);
        }
    }
}
