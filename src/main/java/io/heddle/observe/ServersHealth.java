package io.heddle.observe;

import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.Application;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/**
 * Ready once every configured port answers: HTTP, HTTPS and management. The first of them already answers this check while the others
 * are not open yet; Quarkus has started only when all are.
 */
@Readiness
@Singleton
@IfBuildProperty(name = "heddle.observe.enabled", stringValue = "true")
final class ServersHealth implements HealthCheck {

    @Override
    public HealthCheckResponse call() {
        Application application = Application.currentApplication();
        return HealthCheckResponse.named("servers")
                .status(application != null && application.isStarted())
                .build();
    }
}
