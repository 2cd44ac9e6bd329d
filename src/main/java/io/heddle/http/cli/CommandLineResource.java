package io.heddle.http.cli;

import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.common.annotation.Blocking;
import jakarta.annotation.security.PermitAll;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Request;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.eclipse.microprofile.openapi.annotations.Operation;

/**
 * The command line of the service's own version: one file that Python runs, and its SHA-256. It contains no data and no secret, so it
 * requires no role: who installs it often has no token yet. It is read at each request, on a worker thread, because it is rarely
 * requested. See {@code docs/adr/0025-command-line-as-a-tool.md}.
 */
@Path("/cli")
@PermitAll
@Blocking
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
public class CommandLineResource {

    private static final String NAME = "heddle";

    /** A Python program: the build makes it from {@code cli/}. */
    @GET
    @Path(NAME)
    @Operation(hidden = true)
    public Response program(@Context Request request) throws IOException {
        byte[] program = read();
        EntityTag tag = new EntityTag(sha256(program));
        Response.ResponseBuilder response = request.evaluatePreconditions(tag);
        if (response == null) {
            response = Response.ok(program, MediaType.APPLICATION_OCTET_STREAM_TYPE)
                    .header(HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"" + NAME + "\"");
        }
        return validated(response).tag(tag).build();
    }

    /** A line as {@code sha256sum --check} reads it. */
    @GET
    @Path(NAME + ".sha256")
    @Operation(hidden = true)
    public Response checksum() throws IOException {
        return validated(Response.ok(sha256(read()) + "  " + NAME + "\n", "text/plain;charset=UTF-8"))
                .build();
    }

    /** Cached, but validated each time: after an update of the service its file is the new one. */
    private static Response.ResponseBuilder validated(Response.ResponseBuilder response) {
        return response.header(HttpHeaders.CACHE_CONTROL, "no-cache");
    }

    private static byte[] read() throws IOException {
        URL url = CommandLineResource.class.getResource("/io/heddle/cli/" + NAME);
        if (url == null) {
            throw new NotFoundException("this build has no command line");
        }
        URLConnection connection = url.openConnection();
        connection.setUseCaches(false); // dev mode must see a new build
        try (InputStream in = connection.getInputStream()) {
            return in.readAllBytes();
        }
    }

    private static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) { // every Java platform has it
            throw new IllegalStateException(e);
        }
    }
}
