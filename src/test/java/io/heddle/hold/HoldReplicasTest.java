package io.heddle.hold;

import static io.heddle.hold.Rig.TTL;
import static io.heddle.hold.Rig.failure;
import static io.heddle.hold.Rig.file;
import static io.heddle.hold.Rig.get;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Replicas of the API: a hold lives in the bucket, and not in the process that it was asked of. */
class HoldReplicasTest {

    private final Rig rig = new Rig();

    @AfterEach
    void end() {
        rig.close();
    }

    @Test
    void aHoldOutlivesTheReplicaThatGrantedIt() {
        KvHolds leaving = rig.holds();
        KvHolds staying = rig.holds();
        Grant granted = get(leaving.announce(file("x"), "a", TTL, ""));

        leaving.close();

        assertThat(failure(staying.announce(file("x"), "b", TTL, ""))).isInstanceOf(HeldByAnotherException.class);
        KvHolds restarted = rig.holds();
        assertThat(get(restarted.list(null, null))).extracting(Hold::token).containsExactly(granted.token());
        assertThat(failure(restarted.announce(file("x"), "b", TTL, ""))).isInstanceOf(HeldByAnotherException.class);
        Grant renewed = get(restarted.announce(file("x"), "a", TTL, ""));
        assertThat(renewed.token()).isEqualTo(granted.token());
        assertThat(renewed.hold().endsAt()).isAfter(granted.hold().endsAt());
    }
}
