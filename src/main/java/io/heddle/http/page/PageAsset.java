package io.heddle.http.page;

import jakarta.ws.rs.core.EntityTag;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** One file of the page. */
final class PageAsset {

    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html;charset=UTF-8",
            "css", "text/css;charset=UTF-8",
            "js", "text/javascript;charset=UTF-8",
            "svg", "image/svg+xml");

    private final String type;
    private final byte[] bytes;

    private PageAsset(String type, byte[] bytes) {
        this.type = type;
        this.bytes = bytes;
    }

    /**
     * Reads a file beside {@code io/heddle/page/index.html}.
     *
     * @param name without a directory
     * @return null if the file does not exist
     */
    static @Nullable PageAsset read(String name) throws IOException {
        URL url = PageAsset.class.getResource("/io/heddle/page/" + name);
        String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
        if (url == null || type == null) {
            return null;
        }
        URLConnection connection = url.openConnection();
        connection.setUseCaches(false); // dev mode must see edits
        try (InputStream in = connection.getInputStream()) {
            return new PageAsset(type, in.readAllBytes());
        }
    }

    String type() {
        return type;
    }

    /** Must not be changed. */
    byte[] bytes() {
        return bytes;
    }

    /** Weak: the compressed bytes have the same. */
    EntityTag tag() {
        CRC32 sum = new CRC32();
        sum.update(bytes);
        return new EntityTag(Long.toHexString(sum.getValue()) + "-" + bytes.length, true);
    }

    byte[] packed() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(bytes);
        }
        return packed.toByteArray();
    }
}
