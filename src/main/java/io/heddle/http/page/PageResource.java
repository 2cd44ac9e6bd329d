package io.heddle.http.page;

import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.common.annotation.Blocking;
import jakarta.annotation.security.PermitAll;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Request;
import jakarta.ws.rs.core.Response;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.jspecify.annotations.Nullable;

/**
 * The operator's page. Its files are read at each request, on a worker thread: they are small and rarely requested, and in dev mode an
 * edit shows at the next reload. They are not under {@code META-INF/resources}, where every host with this jar would serve them. The
 * page contains no data: it reads the API, which authenticates the caller.
 */
@Path("/")
@PermitAll
@Blocking
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
@IfBuildProperty(name = "heddle.http.page.enabled", stringValue = "true")
public class PageResource {

    /**
     * Only our own files, no inline script or style, no frames, no requests to other sites: text in a path, a name or an error cannot
     * become code.
     */
    private static final String CONTENT_SECURITY_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; "
            + "connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html;charset=UTF-8",
            "css", "text/css;charset=UTF-8",
            "js", "text/javascript;charset=UTF-8",
            "svg", "image/svg+xml");

    private static final Map<String, String> HEADERS = Map.of(
            "Content-Security-Policy",
            CONTENT_SECURITY_POLICY,
            "X-Content-Type-Options",
            "nosniff",
            "X-Frame-Options",
            "DENY",
            "Referrer-Policy",
            "no-referrer",
            "Cross-Origin-Opener-Policy",
            "same-origin",
            "Cross-Origin-Resource-Policy",
            "same-origin",
            // Cached, but validated each time: page and service always match.
            HttpHeaders.CACHE_CONTROL,
            "no-cache",
            HttpHeaders.VARY,
            HttpHeaders.ACCEPT_ENCODING);

    @GET
    @Operation(hidden = true)
    public Response page(@Context Request request, @Nullable @HeaderParam(HttpHeaders.ACCEPT_ENCODING) String encodings)
            throws IOException {
        return answer("index.html", request, encodings);
    }

    /** A name has neither a slash nor a second dot, so it cannot leave the directory. */
    @GET
    @Path("page/{asset:[a-z-]+\\.(?:css|js|svg)}")
    @Operation(hidden = true)
    public Response asset(
            @PathParam("asset") String asset,
            @Context Request request,
            @Nullable @HeaderParam(HttpHeaders.ACCEPT_ENCODING) String encodings)
            throws IOException {
        return answer(asset, request, encodings);
    }

    private static Response answer(String name, Request request, @Nullable String encodings) throws IOException {
        byte[] bytes = read(name);
        CRC32 sum = new CRC32();
        sum.update(bytes);
        // Weak: the compressed bytes have the same.
        EntityTag tag = new EntityTag(Long.toHexString(sum.getValue()) + "-" + bytes.length, true);
        Response.ResponseBuilder response = request.evaluatePreconditions(tag);
        if (response == null) {
            boolean packed = encodings != null && encodings.contains("gzip");
            response = Response.ok(packed ? packed(bytes) : bytes)
                    .type(TYPES.get(name.substring(name.lastIndexOf('.') + 1)));
            if (packed) {
                response.header(HttpHeaders.CONTENT_ENCODING, "gzip");
            }
        }
        HEADERS.forEach(response::header);
        return response.tag(tag).build();
    }

    private static byte[] read(String name) throws IOException {
        URL url = PageResource.class.getResource("/io/heddle/page/" + name);
        if (url == null) {
            throw new NotFoundException("the page has no " + name);
        }
        URLConnection connection = url.openConnection();
        connection.setUseCaches(false); // dev mode must see edits
        try (InputStream in = connection.getInputStream()) {
            return in.readAllBytes();
        }
    }

    private static byte[] packed(byte[] bytes) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(bytes);
        }
        return packed.toByteArray();
    }
}
