package io.heddle.fleet;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareState;
import io.heddle.mount.ShareStatus;
import io.quarkus.runtime.annotations.RegisterForReflection;
import org.jspecify.annotations.Nullable;

/** The desired state of a share on a VM, without source and credentials. */
@RegisterForReflection
@JsonNaming(SnakeCaseStrategy.class)
public record DesiredShare(String id, String mountPoint, String backend, boolean readonly) {

    public static DesiredShare of(ShareMount share) {
        return new DesiredShare(share.id(), share.mountPoint(), share.backend(), share.readonly());
    }

    /** Whether the reported state is the desired one. Shares that the hypervisor serves are not reported and always match. */
    boolean isMetBy(@Nullable ShareStatus reported) {
        if (backend.equals(ShareMount.VIRTIO_9P)) {
            return true;
        }
        return reported != null
                && reported.state() == ShareState.MOUNTED
                && reported.mountPoint().equals(mountPoint)
                && reported.backend().equals(backend)
                && reported.readonly() == readonly;
    }
}
