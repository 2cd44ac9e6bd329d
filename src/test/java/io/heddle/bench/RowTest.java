package io.heddle.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class RowTest {

    private static final Row.Pending TWICE =
            Row.of("ours", "floor", "µs", new Rounds(List.of(20.0, 40.0, 300.0), List.of(10.0, 20.0, 30.0)));

    @Test
    void theMedianOfTheRoundsIsJudged() {
        assertThat(TWICE.atMost(1).result()).isEqualTo(2);
        assertThat(TWICE.fasterAtLeast(1, 1).result()).isEqualTo(0.5);
        assertThat(TWICE.moreAtMost(1).result()).isEqualTo(20);
    }

    @Test
    void whatIsAskedAndWhatFailsAreTwoThings() {
        Row near = TWICE.atMost(1.8, 2.1);
        Row far = TWICE.atMost(1.2, 1.9);
        Row slow = TWICE.fasterAtLeast(1.6, 0.6);

        assertThat(near.reaches()).isFalse();
        assertThat(near.passes(false)).isTrue();
        assertThat(far.passes(false)).isFalse();
        assertThat(far.passes(true)).as("a short run may be further off").isTrue();
        assertThat(slow.passes(false)).isFalse();
        assertThat(TWICE.atLeast(2).reaches()).isTrue();
    }
}
