package io.heddle.soak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The rule by which a soak passes: what grows must make it fail. */
class FlatnessTest {

    private static final int SAMPLES = 120;

    @Test
    void whatStaysIsFlat() {
        Random noise = new Random(1);

        assertThat(isFlat(i -> 100)).isTrue();
        assertThat(isFlat(i -> 100 + noise.nextGaussian() * 10)).as("noise").isTrue();
        assertThat(isFlat(i -> 90 + i % 12)).as("a saw that comes back").isTrue();
        assertThat(isFlat(i -> i == 110 ? 1_000 : 100)).as("one peak").isTrue();
        assertThat(isFlat(i -> 200 - i)).as("what gets less").isTrue();
    }

    @Test
    void whatGrowsIsNot() {
        Random noise = new Random(2);

        assertThat(isFlat(i -> 100 + i * 0.25)).as("a slow leak").isFalse();
        assertThat(isFlat(i -> 100 + i * 0.25 + noise.nextGaussian() * 10))
                .as("a slow leak in noise")
                .isFalse();
        assertThat(isFlat(i -> i < 80 ? 100 : 130)).as("a step").isFalse();
        assertThat(isFlat(i -> 90 + i % 12 + i * 0.25))
                .as("a saw whose teeth grow")
                .isFalse();
    }

    @Test
    void theToleranceIsWhatItSays() {
        List<Double> series =
                IntStream.range(0, 8).mapToObj(i -> i < 4 ? 100.0 : 115.0).toList();

        assertThat(Flatness.of(series, 0.10, 5).isFlat()).isTrue();
        assertThat(Flatness.of(series, 0.10, 4).isFlat()).isFalse();
    }

    @Test
    void tooFewSamplesAreNoAnswer() {
        assertThatThrownBy(() -> Flatness.of(List.of(1.0, 1.0, 1.0), 0.1, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("3 samples");
    }

    private static boolean isFlat(IntToDoubleFunction series) {
        return Flatness.of(
                        IntStream.range(0, SAMPLES).mapToDouble(series).boxed().toList(), 0.10, 5)
                .isFlat();
    }
}
