package io.heddle.http.fleet;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The body that publishes a share, for the description of the API only: {@link io.heddle.mount.ShareMessages} reads it, with rules that a
 * record cannot express. Other backends than CubeFS have an object of their own.
 */
@JsonNaming(SnakeCaseStrategy.class)
@Schema(
        name = "ShareMount",
        description =
                "The desired state of a share. A mount needs mount_point and the object of its backend. Names match without regard "
                        + "to case, and unknown members are ignored.")
record ShareDescription(
        @Nullable @Schema(description = "the id in the path, if it is present", pattern = GroupSharesResource.SHARE_ID)
        String id,

        @Nullable
        @Schema(
                description = "unmount only for one VM; a group's share is removed with DELETE",
                enumeration = {"mount", "unmount"},
                defaultValue = "mount")
        String action,

        @Nullable
        @Schema(
                description = "cubefs, virtio9p, which the hypervisor serves, or another backend of this service",
                defaultValue = "cubefs")
        String backend,

        @Nullable
        @Schema(
                description = "absolute, in one of the allowed roots",
                pattern = "^/",
                examples = "/run/weft/shares/team-data")
        String mountPoint,

        @Nullable @Schema(defaultValue = "false") Boolean readonly,
        @Nullable CubeFs cubefs) {
    /** The source of a share of the backend {@code cubefs}. */
    @JsonNaming(SnakeCaseStrategy.class)
    @Schema(
            name = "CubeFs",
            requiredProperties = {"volume", "masters"})
    record CubeFs(
            @Nullable @Schema(pattern = GroupSharesResource.SHARE_ID, examples = "team-data")
            String volume,

            @Nullable @Schema(description = "host:port of each master", minItems = 1, examples = "[\"10.9.0.1:17010\"]")
            List<String> masters,

            @Nullable @Schema(description = "heddle.mounts.cubefs.default-owner unless given", examples = "team-alpha")
            String owner,

            @Nullable @Schema(maxLength = 256, writeOnly = true)
            String accessKey,

            @Nullable @Schema(maxLength = 256, writeOnly = true, format = "password")
            String secretKey,

            @Nullable
            @Schema(description = "a directory in the volume; all of it unless given", examples = "2026/spring")
            String subdir) {}
}
