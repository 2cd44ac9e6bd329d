package io.heddle.mount.backend;

import io.heddle.mount.ShareMessages;
import io.heddle.mount.ShareMount;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A fingerprint of a whole share, from which no credential can be read: HMAC-SHA-256 of its message under a random salt. An engine
 * records it to find out after a restart whether a mount still serves the desired share.
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
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(HexFormat.of().parseHex(salt), "HmacSHA256"));
            return new SpecDigest(salt, HexFormat.of().formatHex(mac.doFinal(ShareMessages.toBytes(share))));
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("every Java has HmacSHA256", e);
        }
    }
}
