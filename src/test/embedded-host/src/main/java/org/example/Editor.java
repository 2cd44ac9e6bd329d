package org.example;

import io.heddle.hold.HoldRequest;
import io.heddle.hold.FilePath;
import io.heddle.hold.Holds;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import java.time.Duration;

/** The host's own endpoint: holds a file before it edits it. */
@Path("/edit")
public class Editor {

    private final Holds holds;

    Editor(Holds holds) {
        this.holds = holds;
    }

    @POST
    public Uni<String> edit(@QueryParam("file") String file) {
        return holds.announce(new HoldRequest(FilePath.of(file), "embedded-host", Duration.ofSeconds(30)))
                .map(grant -> "editing " + file);
    }
}
