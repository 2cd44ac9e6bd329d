package io.heddle.fleet;

import static io.heddle.fleet.FleetRig.done;
import static io.heddle.fleet.FleetRig.share;
import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.bench.InFlight;
import io.heddle.bench.Rounds;
import io.heddle.bench.Row;
import io.heddle.bench.Scorecard;
import io.heddle.fleet.FanOut.Progress;
import io.heddle.mount.ShareMessages;
import io.heddle.testsupport.Chart;
import io.heddle.testsupport.NatsServer;
import io.nats.client.JetStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A share to every VM of a group, beside nothing but publishing the same to the same subjects, on the same server. */
@Tag("bench")
class FanOutBenchIT {

    private static final int VMS = Scorecard.size(10_000, 2_000);
    private static final int ROUNDS = Scorecard.size(12, 4);
    private static final int IN_FLIGHT = 1_024;

    private final FleetRig rig = new FleetRig(NatsServer.started());
    private final Groups groups =
            rig.replica("heddle.fleet.resume-after", "10s").groups();
    private int versions;

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void fanOut() throws Exception {
        List<String> vms = group(VMS);
        // The compiler is done with both before anything is measured: ours is more code.
        for (int i = 0; i < Scorecard.size(15, 1); i++) {
            fanOut(vms);
            publish(vms);
        }

        Rounds rounds = Rounds.of(ROUNDS, () -> fanOut(vms), () -> publish(vms));

        Scorecard.add(Row.of("fan-out to %,d VMs".formatted(VMS), "`publishAsync` of the same", "/s", rounds)
                .atLeast(0.8, 0.5));
    }

    @Test
    void theCostOfManyVms() throws Exception {
        List<Integer> sizes = new ArrayList<>();
        List<Double> ours = new ArrayList<>();
        List<Double> raw = new ArrayList<>();
        for (int size = 100; size <= VMS; size *= 10) {
            List<String> vms = group(size);
            Rounds rounds = Rounds.of(3, () -> fanOut(vms), () -> publish(vms));
            sizes.add(size);
            ours.add(size / Collections.max(rounds.ours()) * 1e3);
            raw.add(size / Collections.max(rounds.floors()) * 1e3);
            Scorecard.note("fan-out to %,d VMs: %.1f ms; publishAsync %.1f ms"
                    .formatted(size, ours.get(ours.size() - 1), raw.get(raw.size() - 1)));
        }
        Chart.of("A share to every VM of a group", "VMs", "ms")
                .logarithmic()
                .line("fan-out, until all are acknowledged", sizes, ours)
                .line("publishAsync", sizes, raw)
                .write(Scorecard.DIRECTORY.resolve("vms.svg"));
    }

    private List<String> group(int size) {
        List<String> vms =
                IntStream.range(0, size).mapToObj(number -> "vm-" + number).toList();
        done(groups.put("of-" + size, vms));
        return vms;
    }

    private double fanOut(List<String> vms) {
        long began = System.nanoTime();
        Progress end = done(groups.putShare("of-" + vms.size(), share("data", "v" + ++versions)));
        double rate = vms.size() * 1e9 / (System.nanoTime() - began);
        assertThat(end.done()).isEqualTo(vms.size());
        return rate;
    }

    private double publish(List<String> vms) throws Exception {
        byte[] message = ShareMessages.toBytes(share("data", "v" + ++versions));
        JetStream stream = rig.client().jetStream();
        return InFlight.rate(vms.size(), IN_FLIGHT, i -> stream.publishAsync("weft.mounts." + vms.get(i), message));
    }
}
