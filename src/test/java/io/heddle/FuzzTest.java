package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testsupport.FuzzResult;
import io.heddle.testsupport.FuzzTarget;
import io.heddle.testsupport.Fuzzing;
import io.heddle.testsupport.QuietLog;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Some thousand inputs for each reader of untrusted bytes, others in every run; {@code -Pfaults verify} takes a hundred thousand
 * ({@link io.heddle.it.FuzzIT}).
 */
class FuzzTest {

    private static final int INPUTS = Integer.getInteger("heddle.test.mutations", 2_000);
    private static final long SEED = Fuzzing.seed();

    private static QuietLog quiet;

    @BeforeAll
    static void start() {
        System.out.println("FuzzTest: -Dheddle.test.seed=" + SEED);
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
        FuzzResult result = Fuzzing.run(target, INPUTS, SEED);

        assertThat(result.accepted()).isBetween(1L, result.inputs());
    }
}
