package io.heddle.mount.cubefs;

import io.heddle.mount.Secret;
import io.heddle.mount.ShareMount;
import io.heddle.mount.backend.SpecDigest;
import io.heddle.mount.cubefs.client.RunRecord;
import io.heddle.mount.cubefs.kernel.HelperProcess;
import io.heddle.mount.cubefs.kernel.MountPoint;
import io.heddle.mount.cubefs.kernel.MountTable;
import io.heddle.mount.cubefs.kernel.ProcessTable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Loads what the first mount needs (JSON, cryptography, processes: about a second on a cold JVM) before it is asked for. */
final class WarmUp {

    private WarmUp() {}

    static void run() {
        ShareMount share = new ShareMount(
                "warm-up",
                ShareMount.Action.MOUNT,
                ShareMount.CUBEFS,
                "/",
                false,
                new CubeFs("warm-up", List.of("localhost:1"), "nobody", Secret.NONE, Secret.NONE, ""));
        SpecDigest digest = SpecDigest.of(share);
        new RunRecord(digest, "warm-up", new MountPoint("/", false), ProcessTable.bootId(), 0, 0).toJson();
        ClientConfig.json(share, "/", Path.of("/"), "warn");
        MountTable.read().top("/");
        HelperProcess.run(Duration.ofSeconds(5), List.of("true"));
    }
}
