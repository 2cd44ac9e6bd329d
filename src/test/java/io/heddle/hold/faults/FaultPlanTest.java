package io.heddle.hold.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.hold.faults.FaultPlan.Fault;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FaultPlanTest {

    private static final Duration LENGTH = Duration.ofSeconds(30);

    @Test
    void aSeedIsAPlan() {
        List<Fault> plan = FaultPlan.of(7, LENGTH, 4, FaultKind.OF_WORKERS, FaultKind.OF_ONE_SERVER);

        assertThat(FaultPlan.of(7, LENGTH, 4, FaultKind.OF_WORKERS, FaultKind.OF_ONE_SERVER))
                .isEqualTo(plan);
        assertThat(FaultPlan.of(8, LENGTH, 4, FaultKind.OF_WORKERS, FaultKind.OF_ONE_SERVER))
                .isNotEqualTo(plan);
    }

    @Test
    void everyKindHappensAndNoProcessHasTwoFaultsAtOnce() {
        List<Fault> plan = FaultPlan.of(7, LENGTH, 4, FaultKind.OF_WORKERS, FaultKind.OF_ONE_SERVER);

        assertThat(plan)
                .extracting(Fault::kind)
                .containsAll(FaultKind.OF_WORKERS)
                .containsAll(FaultKind.OF_ONE_SERVER);
        assertThat(plan).isSortedAccordingTo(Comparator.comparingLong(Fault::atMillis));
        Map<String, Long> busyUntil = new HashMap<>();
        for (Fault fault : plan) {
            String victim = FaultKind.OF_WORKERS.contains(fault.kind()) ? "worker " + fault.target() : "broker";
            Long until = busyUntil.put(victim, fault.atMillis() + fault.lastsMillis());
            assertThat(fault.atMillis()).as(victim).isGreaterThan(until == null ? 0 : until);
        }
    }
}
