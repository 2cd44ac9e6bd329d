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
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Request;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.util.Map;
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
        PageAsset asset = PageAsset.read(name);
        if (asset == null) {
            throw new NotFoundException("the page has no " + name);
        }
        Response.ResponseBuilder response = request.evaluatePreconditions(asset.tag());
        if (response == null) {
            boolean packed = encodings != null && encodings.contains("gzip");
            response = Response.ok(packed ? asset.packed() : asset.bytes()).type(asset.type());
            if (packed) {
                response.header(HttpHeaders.CONTENT_ENCODING, "gzip");
            }
        }
        HEADERS.forEach(response::header);
        return response.tag(asset.tag()).build();
    }
}
