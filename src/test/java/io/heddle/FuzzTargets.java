package io.heddle;

import io.heddle.fleet.FleetTargets;
import io.heddle.hold.HoldTargets;
import io.heddle.http.HttpTargets;
import io.heddle.mount.MountTargets;
import io.heddle.mount.cubefs.CubeFsTargets;
import io.heddle.testsupport.FuzzTarget;
import java.util.List;
import java.util.stream.Stream;

/** Every reader of bytes that somebody else may have written. */
public final class FuzzTargets {

    private FuzzTargets() {}

    /** In no order that matters. */
    public static List<FuzzTarget> all() {
        return Stream.of(
                        MountTargets.all(),
                        CubeFsTargets.all(),
                        HoldTargets.all(),
                        FleetTargets.all(),
                        HttpTargets.all())
                .flatMap(List::stream)
                .toList();
    }
}
