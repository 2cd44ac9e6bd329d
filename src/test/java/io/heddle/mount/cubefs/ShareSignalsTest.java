package io.heddle.mount.cubefs;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.mount.ShareSignal;
import io.heddle.mount.ShareSignal.Lost;
import io.heddle.mount.ShareSignal.Recovered;
import io.heddle.mount.ShareSignal.Stalled;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import org.junit.jupiter.api.Test;

class ShareSignalsTest {

    private final ShareSignals signals = new ShareSignals(Runnable::run);

    @Test
    void keepsWhatHappensBeforeThereIsAReader() {
        // Given
        signals.emit(new Stalled("a", "x"));
        signals.emit(new Recovered("a"));

        // When
        AssertSubscriber<ShareSignal> reader = signals.subscribe().withSubscriber(AssertSubscriber.create(10));

        // Then
        reader.assertItems(new Stalled("a", "x"), new Recovered("a"));
    }

    @Test
    void givesNoMoreThanIsAskedFor() {
        // Given
        AssertSubscriber<ShareSignal> reader = signals.subscribe().withSubscriber(AssertSubscriber.create(1));
        signals.emit(new Recovered("a"));
        signals.emit(new Recovered("b"));
        reader.assertItems(new Recovered("a"));

        // When
        reader.request(1);

        // Then
        reader.assertItems(new Recovered("a"), new Recovered("b"));
    }

    @Test
    void dropsOnlyWhatALaterSignalOfTheShareHasOvertaken() {
        // Given
        signals.emit(new Lost("rare", "gone"));
        for (int i = 0; i < 5_000; i++) {
            signals.emit(new Stalled("often", Integer.toString(i)));
        }

        // When
        AssertSubscriber<ShareSignal> reader = signals.subscribe().withSubscriber(AssertSubscriber.create(10_000));

        // Then
        assertThat(reader.getItems()).hasSizeLessThan(1_100).contains(new Lost("rare", "gone"));
        assertThat(reader.getLastItem()).isEqualTo(new Stalled("often", "4999"));
    }

    @Test
    void hasOneReaderAtATime() {
        // Given
        AssertSubscriber<ShareSignal> first = signals.subscribe().withSubscriber(AssertSubscriber.create(1));

        // When
        AssertSubscriber<ShareSignal> second = signals.subscribe().withSubscriber(AssertSubscriber.create(1));

        // Then
        second.assertFailedWith(IllegalStateException.class);
        first.cancel();
        signals.emit(new Recovered("a"));
        signals.subscribe().withSubscriber(AssertSubscriber.create(1)).assertItems(new Recovered("a"));
    }
}
