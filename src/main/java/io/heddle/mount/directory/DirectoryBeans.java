package io.heddle.mount.directory;

import io.heddle.mount.MountsConfig;
import io.heddle.mount.ShareApplier;
import io.heddle.mount.ShareRules;
import io.smallrye.common.annotation.Identifier;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Creates the engine for development when the configuration selects it. */
@Singleton
final class DirectoryBeans {

    @Produces
    @Singleton
    @Identifier("directory")
    ShareApplier engine(MountsConfig config) {
        DirectoryLog.LOG.developmentEngine(config.stateDir().resolve("volumes").toString());
        return new DirectoryApplier(config.stateDir(), ShareRules.of(config), Infrastructure.getDefaultWorkerPool());
    }
}
