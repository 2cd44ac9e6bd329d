package io.heddle.hold;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * The bucket's key of a hold. Of an exclusive hold it is the path (of a directory with {@code /} at the end), of a shared hold the
 * path, a NUL and the holder; no Go program takes the last two for a file. Of this text the key has the UTF-8 bytes, where {@code A-Z a-z 0-9 _ -} are unchanged, {@code .} is
 * unless it is last or another one follows, {@code =} is unless two hex digits follow, and every other byte is {@code =XX}.
 *
 * <p>The Go programs' key is the same wherever theirs is valid and unambiguous. This one also works for {@code @types/x.d.ts},
 * {@code a..b} or {@code x~}, and is one-to-one. (A Go program's key of a path with {@code =} and two hex digits in it is the key
 * of another path.)
 *
 * @param text valid as the last tokens of a NATS subject, at most {@value #MAX_BYTES} bytes, ASCII
 */
public record HoldKey(String text) {

    /** The maximum length: the broker's control line of 4 KiB contains it twice, with an inbox. */
    public static final int MAX_BYTES = 3072;

    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    /** Returns the key of the exclusive hold of a file or directory. */
    public static HoldKey of(FilePath file) {
        return new HoldKey(encode(file.value()));
    }

    /** Returns the key of a holder's shared hold. */
    public static HoldKey ofShared(FilePath file, String holder) {
        return new HoldKey(encode(file.value() + '\0' + holder));
    }

    /**
     * Returns the file or directory of this key.
     *
     * @throws CorruptHoldException when no hold has this key: not UTF-8, not absolute, not clean, or not the canonical key
     *     of its path (lower-case hex for example)
     */
    public FilePath path() {
        return name().file();
    }

    /** As {@link #path}, with the holder of a shared hold. */
    public HoldName name() {
        HoldName name;
        try {
            name = HoldName.ofText(decode(text));
        } catch (InvalidFilePathException e) {
            throw new CorruptHoldException("key " + text + ": " + e.getMessage(), e);
        }
        if ("".equals(name.holder()) || !name.key().equals(this)) {
            throw new CorruptHoldException("key " + text + " is not the canonical key of " + name.file());
        }
        return name;
    }

    public static int encodedLength(String path) {
        if (path.length() * 9L <= MAX_BYTES) {
            return path.length();
        }
        return encode(path).length();
    }

    static String encode(String path) {
        byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
        StringBuilder key = new StringBuilder(bytes.length + 32);
        for (int i = 0; i < bytes.length; i++) {
            byte b = bytes[i];
            if (isPlain(b)
                    || (b == '.' && i + 1 < bytes.length && bytes[i + 1] != '.')
                    || (b == '=' && !isHexPair(bytes, i + 1))) {
                key.append((char) b);
            } else {
                HEX.toHexDigits(key.append('='), b);
            }
        }
        return key.toString();
    }

    /**
     * Returns the decoded text of a key, not cleaned: {@code =} and two hex digits of either case are one byte, any other {@code =}
     * is itself.
     *
     * @throws CorruptHoldException when the bytes are not UTF-8
     */
    static String decode(String key) {
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        ByteBuffer path = ByteBuffer.allocate(bytes.length);
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '=' && isHexPair(bytes, i + 1)) {
                path.put((byte) (HexFormat.fromHexDigit(bytes[i + 1]) << 4 | HexFormat.fromHexDigit(bytes[i + 2])));
                i += 2;
            } else {
                path.put(bytes[i]);
            }
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(path.flip()).toString();
        } catch (CharacterCodingException e) {
            throw new CorruptHoldException("key " + key + " is not UTF-8", e);
        }
    }

    private static boolean isPlain(byte b) {
        return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') || b == '_' || b == '-';
    }

    private static boolean isHexPair(byte[] bytes, int at) {
        return at + 1 < bytes.length && HexFormat.isHexDigit(bytes[at]) && HexFormat.isHexDigit(bytes[at + 1]);
    }

    /** The key itself. */
    @Override
    public String toString() {
        return text;
    }
}
