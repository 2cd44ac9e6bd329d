package io.heddle.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.FuzzTargets;
import io.heddle.testsupport.FuzzResult;
import io.heddle.testsupport.FuzzTarget;
import io.heddle.testsupport.Fuzzing;
import io.heddle.testsupport.QuietLog;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A hundred thousand inputs for each reader of untrusted bytes, and what they leave behind. */
@Tag("faults")
class FuzzIT {

    private static final boolean SHORT = Boolean.getBoolean("heddle.faults.short");
    private static final int INPUTS = Integer.getInteger("heddle.test.mutations", SHORT ? 3_000 : 100_000);
    private static final long SEED = Fuzzing.seed();
    /** What the JVM itself, and the counts of verdicts, may have come to need. */
    private static final long MOST_LEFT = 16L << 20;

    private static QuietLog quiet;

    @BeforeAll
    static void start() {
        System.out.println("FuzzIT: -Dheddle.test.seed=" + SEED);
        quiet = QuietLog.of("io.heddle");
    }

    @AfterAll
    static void end() {
        quiet.close();
    }

    static List<FuzzTarget> targets() {
        return FuzzTargets.all();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("targets")
    void everythingIsAcceptedOrRefusedAsPromised(FuzzTarget target) {
        Fuzzing.run(target, INPUTS / 10, SEED - 1);
        long before = used();

        FuzzResult result = Fuzzing.run(target, INPUTS, SEED);

        result.report();
        assertThat(result.accepted()).isBetween(1L, result.inputs());
        assertThat(used() - before).as("bytes left in use").isLessThan(MOST_LEFT);
    }

    private static long used() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
