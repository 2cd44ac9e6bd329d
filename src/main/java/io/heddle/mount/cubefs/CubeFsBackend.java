package io.heddle.mount.cubefs;

import io.heddle.mount.Secret;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareRules;
import io.heddle.mount.backend.Backend;
import io.heddle.mount.backend.JsonFields;
import io.heddle.mount.backend.ShareSource;

/** Reads the {@code cubefs} object of a share message: {@code volume, masters, owner, access_key, secret_key, subdir}. */
public final class CubeFsBackend implements Backend {

    /** The identifier of the engine that runs {@code cfs-client}. */
    static final String ENGINE = "cfs-client";

    @Override
    public String name() {
        return ShareMount.CUBEFS;
    }

    @Override
    public String engine() {
        return ENGINE;
    }

    @Override
    public ShareSource decode(JsonFields part, ShareRules rules) {
        String owner = part.text("owner");
        return new CubeFs(
                part.text("volume"),
                part.texts("masters"),
                owner.isEmpty() ? rules.defaultOwner() : owner,
                Secret.of(part.text("access_key")),
                Secret.of(part.text("secret_key")),
                part.text("subdir"));
    }

    @Override
    public String shown(JsonFields part) {
        return part.text("volume");
    }
}
