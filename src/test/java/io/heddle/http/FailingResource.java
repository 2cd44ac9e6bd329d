package io.heddle.http;

import jakarta.annotation.security.PermitAll;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;

/** A mistake of ours, for the tests. */
@Path("/api/v1/failing")
@PermitAll
public class FailingResource {

    @GET
    public String fail() {
        throw new IllegalStateException("a secret of the inside");
    }
}
