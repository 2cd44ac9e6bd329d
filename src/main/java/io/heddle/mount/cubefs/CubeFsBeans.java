package io.heddle.mount.cubefs;

import io.heddle.mount.MountsConfig;
import io.heddle.mount.ShareApplier;
import io.smallrye.common.annotation.Identifier;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.concurrent.ScheduledExecutorService;

/** Makes the CubeFS engine for those who configure it. */
@Singleton
final class CubeFsBeans {

    @Produces
    @Singleton
    @Identifier(CubeFsBackend.ENGINE)
    ShareApplier engine(MountsConfig config) {
        ScheduledExecutorService worker = Infrastructure.getDefaultWorkerPool();
        return new CubeFsApplier(config, worker, worker);
    }

    void close(@Disposes @Identifier(CubeFsBackend.ENGINE) ShareApplier engine) {
        ((CubeFsApplier) engine).close();
    }
}
