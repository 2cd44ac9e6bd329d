package io.heddle.fleet;

import static io.heddle.fleet.FleetRig.done;
import static io.heddle.fleet.FleetRig.share;
import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.fleet.FanOut.Progress;
import io.heddle.mount.ShareMessages;
import io.heddle.testsupport.NatsServer;
import io.nats.client.JetStream;
import io.nats.client.api.PublishAck;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A fan-out against nothing but publishing the same to the same subjects, on the same server. */
class FanOutSpeedTest {

    private static final int VMS = Integer.getInteger("heddle.fleet.speed.vms", 2_000);
    private static final int ROUNDS = 4;

    private final FleetRig rig = new FleetRig(NatsServer.started());

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void isNotMuchSlowerThanPublishing() throws Exception {
        List<String> vms =
                IntStream.range(0, VMS).mapToObj(number -> "vm-" + number).toList();
        Groups groups = rig.replica("heddle.fleet.resume-after", "10s").groups();
        done(groups.put("class", vms));
        done(groups.putShare("class", share("data", "warm-up")));
        raw(vms);

        double best = 0;
        for (int round = 0; round < ROUNDS; round++) {
            long begin = System.nanoTime();
            Progress end = done(groups.putShare("class", share("data", "v" + round)));
            long ours = System.nanoTime() - begin;
            assertThat(end.done()).isEqualTo(VMS);
            long raw = raw(vms);
            double ratio = (double) raw / ours;
            best = Math.max(best, ratio);
            System.out.printf(
                    "fan-out to %d VMs: %.0f/s, publishAsync %.0f/s, ratio %.2f%n",
                    VMS, VMS * 1e9 / ours, VMS * 1e9 / raw, ratio);
        }

        // The bench says how fast it is; this says that nobody made it slow.
        assertThat(best).isGreaterThan(0.4);
    }

    private long raw(List<String> vms) throws Exception {
        byte[] message = ShareMessages.toBytes(share("data", "v"));
        JetStream stream = rig.client().jetStream();
        Semaphore room = new Semaphore(1024);
        List<CompletableFuture<PublishAck>> acknowledgements = new ArrayList<>();
        long begin = System.nanoTime();
        for (String vm : vms) {
            room.acquire();
            CompletableFuture<PublishAck> one = stream.publishAsync("weft.mounts." + vm, message);
            acknowledgements.add(one);
            var unused = one.whenComplete((acknowledgement, failure) -> room.release());
        }
        for (CompletableFuture<PublishAck> one : acknowledgements) {
            assertThat(one.get().getSeqno()).isPositive();
        }
        return System.nanoTime() - begin;
    }
}
