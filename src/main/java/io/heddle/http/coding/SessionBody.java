package io.heddle.http.coding;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.heddle.coding.Contact;
import io.heddle.coding.HoldPaths;
import io.heddle.hold.FilePath;
import io.heddle.hold.HoldRequest;
import io.heddle.hold.InvalidFilePathException;
import io.heddle.http.BadFieldException;
import io.heddle.http.Durations;
import io.heddle.http.hold.HoldBody;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** The bodies of the calls of sessions. */
final class SessionBody {

    private static final Duration LONGEST_WAIT = Duration.ofHours(1);

    private SessionBody() {}

    /** Holds files and directories for a session. */
    @Schema(
            name = "SessionHoldRequest",
            requiredProperties = {"session", "paths"})
    record Hold(
            @Nullable @Schema(examples = "claude-code/8c1f", minLength = 1)
            String session,

            @Nullable @Schema(examples = "github.com/acme/shop")
            String project,

            @Nullable @Schema(examples = "[\"src/a.ts\", \"src/cart/\"]", minItems = 1, maxItems = HoldBody.MOST_PATHS)
            List<@Nullable String> paths,

            @Nullable
            @Schema(
                    description = "whether other sessions may have shared holds at the same time",
                    defaultValue = "false")
            Boolean shared,

            @Nullable @Schema(examples = "new checkout", maxLength = HoldRequest.LONGEST_REASON)
            String reason,

            @Nullable
            @JsonProperty("wait")
            @Schema(
                    name = "wait",
                    description = "from 0s, which is the default, to 1h",
                    examples = "30s",
                    minLength = 1)
            String longestWait,

            @Nullable String user,
            @Nullable String host,
            @Nullable @Schema(name = "checkout_path") String checkoutPath) {

        Contact contact() {
            return SessionBody.contact(session, project, user, host, checkoutPath);
        }

        List<FilePath> files(HoldPaths names) {
            return SessionBody.files(paths, names);
        }

        Duration patience() {
            Duration patience = longestWait == null ? Duration.ZERO : Durations.parse("wait", longestWait);
            if (patience.isNegative() || patience.compareTo(LONGEST_WAIT) > 0) {
                throw new BadFieldException("wait", "wait must be from 0s to 1h");
            }
            return patience;
        }
    }

    /** Releases files, or everything, and ends the session if asked to. */
    @Schema(
            name = "SessionReleaseRequest",
            requiredProperties = {"session"})
    record Release(
            @Nullable @Schema(examples = "claude-code/8c1f", minLength = 1)
            String session,

            @Nullable String project,

            @Nullable @Schema(minItems = 1, maxItems = HoldBody.MOST_PATHS)
            List<@Nullable String> paths,

            @Nullable @Schema(description = "whether the session ends", defaultValue = "false")
            Boolean end) {

        Contact contact() {
            return SessionBody.contact(session, project, null, null, null);
        }
    }

    static Contact contact(
            @Nullable String session,
            @Nullable String project,
            @Nullable String user,
            @Nullable String host,
            @Nullable String checkout) {
        if (session == null || session.isEmpty()) {
            throw new BadFieldException("session", "session is missing");
        }
        return new Contact(session, "", text(project), text(user), text(host), text(checkout));
    }

    static List<FilePath> files(@Nullable List<@Nullable String> paths, HoldPaths names) {
        if (paths == null || paths.isEmpty() || paths.size() > HoldBody.MOST_PATHS) {
            throw new BadFieldException("paths", "paths must be a list of 1 to " + HoldBody.MOST_PATHS + " paths");
        }
        List<FilePath> files = new ArrayList<>(paths.size());
        for (String path : paths) {
            if (path == null) {
                throw new BadFieldException("paths", "a path is null");
            }
            try {
                files.add(names.of(path));
            } catch (InvalidFilePathException e) {
                throw new BadFieldException("paths", String.valueOf(e.getMessage()));
            }
        }
        return files;
    }

    private static String text(@Nullable String text) {
        return Objects.requireNonNullElse(text, "");
    }
}
