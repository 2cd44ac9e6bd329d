package io.heddle.mount.cubefs.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SharedMountTableTest {

    private final AtomicInteger reads = new AtomicInteger();
    private final SharedMountTable tables = new SharedMountTable(() -> {
        reads.incrementAndGet();
        return MountTable.read();
    });

    @Test
    void allWhoWaitShareOneReadAsLongAsItIsYoungEnough() {
        for (int i = 0; i < 100; i++) {
            tables.within(Duration.ofMinutes(10));
        }

        assertThat(reads).hasValue(1);
    }

    @Test
    void anOlderTableIsReadAgain() {
        tables.within(Duration.ZERO);
        tables.within(Duration.ZERO.minusNanos(1));

        assertThat(reads).hasValue(2);
    }
}
