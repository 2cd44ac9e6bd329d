package io.heddle.http.hold;

import io.heddle.hold.FilePath;
import io.heddle.hold.HoldRequest;
import io.heddle.http.BadFieldException;
import io.heddle.http.Durations;
import io.heddle.http.Query;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** The bodies of the calls on holds. A missing member is refused with its name. */
public final class HoldBody {

    private static final int LONGEST_HOLDER = 512;
    private static final int LONGEST_CHECKOUT = 4096;
    private static final String DURATION = "30s, 5m, 1h30m or PT30S";
    private static final String DIRECTORY = "whether the path names the directory with everything below it";
    private static final String SHARED = "whether other holders may have shared holds of it at the same time";

    public static final int MOST_PATHS = 1000;
    public static final int MOST_ASKED = 10_000;

    private static final Duration SHORTEST_TTL = Duration.ofMillis(1);

    private HoldBody() {}

    /** Holds a file, or renews a hold. */
    @Schema(
            name = "Announce",
            requiredProperties = {"agent_id", "ttl"})
    public record Announce(
            @Nullable
            @Schema(
                    name = "agent_id",
                    description = "the holder",
                    examples = "agent-7",
                    minLength = 1,
                    maxLength = LONGEST_HOLDER)
            String agentId,

            @Nullable @Schema(description = DURATION, examples = "30s", minLength = 1)
            String ttl,

            @Nullable @Schema(name = "checkout_path", examples = "/home/agent-7/checkout", maxLength = LONGEST_CHECKOUT)
            String checkoutPath,

            @Nullable @Schema(description = DIRECTORY, defaultValue = "false")
            Boolean directory,

            @Nullable @Schema(description = SHARED, defaultValue = "false")
            Boolean shared,

            @Nullable @Schema(examples = "rename of Cart", maxLength = HoldRequest.LONGEST_REASON)
            String reason) {

        public boolean isDirectory() {
            return Boolean.TRUE.equals(directory);
        }

        public String agent() {
            return required("agent_id", agentId);
        }

        public Duration life() {
            Duration life = Durations.parse("ttl", required("ttl", ttl));
            if (life.compareTo(SHORTEST_TTL) < 0) {
                throw new BadFieldException("ttl", "ttl must be at least 1ms");
            }
            return life;
        }

        public HoldRequest of(FilePath file) {
            return new HoldRequest(
                    file,
                    agent(),
                    life(),
                    Objects.requireNonNullElse(checkoutPath, ""),
                    Boolean.TRUE.equals(shared),
                    Objects.requireNonNullElse(reason, ""));
        }
    }

    /** Holds several files or none. */
    @Schema(
            name = "AnnounceAll",
            requiredProperties = {"agent_id", "ttl", "paths"})
    public record Batch(
            @Nullable
            @Schema(
                    name = "agent_id",
                    description = "the holder",
                    examples = "agent-7",
                    minLength = 1,
                    maxLength = LONGEST_HOLDER)
            String agentId,

            @Nullable @Schema(description = DURATION, examples = "30s", minLength = 1)
            String ttl,

            @Nullable @Schema(name = "checkout_path", maxLength = LONGEST_CHECKOUT)
            String checkoutPath,

            @Nullable @Schema(description = "whether all paths name directories", defaultValue = "false")
            Boolean directory,

            @Nullable @Schema(description = SHARED, defaultValue = "false")
            Boolean shared,

            @Nullable @Schema(maxLength = HoldRequest.LONGEST_REASON)
            String reason,

            @Nullable @Schema(examples = "[\"/work/a\", \"/work/b\"]", minItems = 1, maxItems = MOST_PATHS)
            List<@Nullable String> paths) {

        public Announce announce() {
            return new Announce(agentId, ttl, checkoutPath, directory, shared, reason);
        }

        public List<FilePath> files() {
            if (paths == null || paths.isEmpty() || paths.size() > MOST_PATHS) {
                throw new BadFieldException("paths", "paths must be a list of 1 to " + MOST_PATHS + " paths");
            }
            List<FilePath> files = new ArrayList<>(paths.size());
            for (String path : paths) {
                files.add(Query.path("paths", required("paths", path), Boolean.TRUE.equals(directory)));
            }
            return files;
        }
    }

    /** Passes a hold on. */
    @Schema(
            name = "Transfer",
            requiredProperties = {"path", "token", "to_agent"})
    public record Transfer(
            @Nullable @Schema(examples = "/work/a", minLength = 1)
            String path,

            @Nullable @Schema(description = "the fencing token of the hold", examples = "1776592800000000")
            Long token,

            @Nullable
            @Schema(
                    name = "to_agent",
                    description = "the new holder",
                    examples = "agent-8",
                    minLength = 1,
                    maxLength = LONGEST_HOLDER)
            String toAgent,

            @Nullable @Schema(description = DIRECTORY, defaultValue = "false")
            Boolean directory) {

        public FilePath file() {
            return Query.path("path", required("path", path), Boolean.TRUE.equals(directory));
        }

        public long fencingToken() {
            return required("token", token);
        }

        public String agent() {
            return required("to_agent", toAgent);
        }
    }

    /** Waits for a file and holds it. */
    @Schema(
            name = "Wait",
            requiredProperties = {"path", "agent_id", "ttl", "timeout"})
    public record Wait(
            @Nullable @Schema(examples = "/work/a", minLength = 1)
            String path,

            @Nullable
            @Schema(
                    name = "agent_id",
                    description = "the holder",
                    examples = "agent-7",
                    minLength = 1,
                    maxLength = LONGEST_HOLDER)
            String agentId,

            @Nullable @Schema(description = DURATION, examples = "30s", minLength = 1)
            String ttl,

            @Nullable @Schema(name = "checkout_path", maxLength = LONGEST_CHECKOUT)
            String checkoutPath,

            @Nullable @Schema(description = DIRECTORY, defaultValue = "false")
            Boolean directory,

            @Nullable @Schema(description = SHARED, defaultValue = "false")
            Boolean shared,

            @Nullable @Schema(maxLength = HoldRequest.LONGEST_REASON)
            String reason,

            @Nullable @Schema(description = DURATION, examples = "1m", minLength = 1)
            String timeout) {

        public Announce announce() {
            return new Announce(agentId, ttl, checkoutPath, directory, shared, reason);
        }

        public FilePath file() {
            return Query.path("path", required("path", path), Boolean.TRUE.equals(directory));
        }

        public Duration patience() {
            Duration patience = Durations.parse("timeout", required("timeout", timeout));
            if (patience.isNegative() || patience.isZero()) {
                throw new BadFieldException("timeout", "timeout must be more than 0");
            }
            return patience;
        }
    }

    /** Asks who holds paths. */
    @Schema(
            name = "HoldQuery",
            requiredProperties = {"paths"})
    public record Lookup(
            @Nullable @Schema(examples = "[\"/work/a\", \"/work/src/\"]", minItems = 1, maxItems = MOST_ASKED)
            List<@Nullable String> paths,

            @Nullable @Schema(description = "holds of this holder are left out", examples = "agent-7")
            String agent) {

        /** Returns the paths; those that end with a slash are directories. */
        public List<FilePath> files() {
            if (paths == null || paths.isEmpty() || paths.size() > MOST_ASKED) {
                throw new BadFieldException("paths", "paths must be a list of 1 to " + MOST_ASKED + " paths");
            }
            List<FilePath> files = new ArrayList<>(paths.size());
            for (String path : paths) {
                files.add(Query.path("paths", required("paths", path)));
            }
            return files;
        }
    }

    private static <T> T required(String field, @Nullable T value) {
        if (value == null) {
            throw new BadFieldException(field, field + " is missing");
        }
        return value;
    }
}
