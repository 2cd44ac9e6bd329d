package io.heddle.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PullWindowTest {

    private final PullWindow window = new PullWindow();

    @Test
    void asksForWhatIsWantedAndNotTwice() {
        assertThat(window.refill(0)).isZero();
        assertThat(window.refill(3)).isEqualTo(3);
        assertThat(window.refill(3)).isZero();
    }

    @Test
    void asksAgainWhenHalfOfALargeDemandHasCome() {
        assertThat(window.refill(Long.MAX_VALUE)).isEqualTo(PullWindow.LARGEST);

        int half = PullWindow.LARGEST / 2;
        IntStream.range(0, half - 1).forEach(i -> window.received());
        assertThat(window.refill(Long.MAX_VALUE)).isZero();

        window.received();
        assertThat(window.refill(Long.MAX_VALUE)).isEqualTo(half);
    }

    @Test
    void makesFewPullsForASubscriberThatAsksOneByOne() {
        long pulls = IntStream.rangeClosed(1, 500)
                .filter(demand -> window.refill(demand) > 0)
                .count();

        assertThat(pulls).isLessThan(20);
        assertThat(window.outstanding()).isBetween(250L, 500L);
    }

    @Test
    void asksAnewForWhatAPullDidNotBring() {
        assertThat(window.refill(10)).isEqualTo(10);

        window.unfulfilled(10);

        assertThat(window.refill(10)).isEqualTo(10);
    }
}
