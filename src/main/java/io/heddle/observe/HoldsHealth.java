package io.heddle.observe;

import io.heddle.hold.Holds;
import io.heddle.hold.HoldsStatus;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.health.api.AsyncHealthCheck;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/** Ready while the bucket of holds can be read from end to end and what is known of it is complete. */
@Readiness
@Singleton
@IfBuildProperty(name = "heddle.observe.enabled", stringValue = "true")
final class HoldsHealth implements AsyncHealthCheck {

    private static final Duration PROBE_LIMIT = Duration.ofSeconds(3);

    private final InUse inUse;
    private final Instance<Holds> holds;

    HoldsHealth(InUse inUse, Instance<Holds> holds) {
        this.inUse = inUse;
        this.holds = holds;
    }

    @Override
    public Uni<HealthCheckResponse> call() {
        HealthCheckResponseBuilder response = HealthCheckResponse.named("holds");
        Holds used = inUse.of(holds);
        if (used == null) {
            return Uni.createFrom()
                    .item(response.up()
                            .withData("bucket", "none: nothing here uses holds")
                            .build());
        }
        HoldsStatus status = used.status();
        response.withData("held", status.held())
                .withData("revision", status.revision())
                .withData("watch_lag_ms", status.lagAge().toMillis())
                .withData("max_ttl", status.maxTtl().toString());
        status.clockBound().ifPresent(bound -> response.withData("clock_bound_ms", bound.toMillis()));
        status.warning().ifPresent(warning -> response.withData("warning", warning));
        return used.probe()
                .ifNoItem()
                .after(PROBE_LIMIT)
                .failWith(() ->
                        new TimeoutException("the bucket did not answer within " + PROBE_LIMIT.toSeconds() + " s"))
                .map(took -> answered(response, used.status()).withData("probe_ms", took.toMillis()))
                .map(HealthCheckResponseBuilder::build)
                .onFailure()
                .recoverWithItem(failure -> response.down()
                        .withData("error", String.valueOf(failure.getMessage()))
                        .build());
    }

    private static HealthCheckResponseBuilder answered(HealthCheckResponseBuilder response, HoldsStatus status) {
        return status.ready()
                ? response.up()
                : response.down()
                        .withData("error", "the index of holds is not complete, or the broker's time is not known");
    }
}
