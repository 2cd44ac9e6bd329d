package io.heddle.mount.cubefs;

import io.heddle.mount.cubefs.kernel.HelperProcess;
import io.heddle.mount.cubefs.kernel.HelperResult;
import io.heddle.mount.cubefs.kernel.MountProbe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;

/**
 * Asks all mounts at once whether they answer. One helper asks all of them as long as all are healthy; one helper each if the
 * common one fails. A helper that gets no answer is left running: it ends when the mount answers, and until then no second
 * one is started for the mount.
 */
final class ProbeRound {

    /** Receives the results. Called on worker threads. */
    interface Listener {

        void answered(MountedShare share);

        /** The mount answered with an error. */
        void failed(MountedShare share, String error);

        /**
         * A check got no answer in time.
         *
         * @param sinceNanos when the check began, on the clock of {@link System#nanoTime()}
         */
        void silent(MountedShare share, long sinceNanos);

        void dead(MountedShare share);
    }

    private final MountProbe probe;
    private final Duration timeout;
    private final Executor worker;
    private final Listener listener;

    ProbeRound(MountProbe probe, Duration timeout, Executor worker, Listener listener) {
        this.probe = probe;
        this.timeout = timeout;
        this.worker = worker;
        this.listener = listener;
    }

    /** Takes at most twice the timeout. */
    void run(Collection<MountedShare> shares) {
        List<MountedShare> open =
                shares.stream().filter(share -> share.beginProbe(probe)).toList();
        // Unhealthy ones are asked one by one, so that they do not delay the answers of the others.
        List<MountedShare> healthy =
                open.stream().filter(share -> share.isHealthy(probe)).toList();
        List<MountedShare> suspects = new ArrayList<>(open);
        if (allAnswer(healthy)) {
            healthy.forEach(share -> share.endProbe(probe, null));
            suspects.removeAll(healthy);
        }
        probeEach(suspects);
    }

    private boolean allAnswer(List<MountedShare> shares) {
        if (shares.isEmpty()) {
            return true;
        }
        HelperProcess helper =
                probe.start(shares.stream().map(MountedShare::mountPoint).toList());
        if (helper.await(timeout)) {
            MountProbe.Answer answer = probe.answer(helper.result());
            // The client that answers statfs with an error lives: only a dead mount has to be found among the others.
            return answer == MountProbe.Answer.OK || (answer == MountProbe.Answer.ERROR && probe == MountProbe.STATFS);
        }
        helper.kill();
        return false;
    }

    private void probeEach(List<MountedShare> shares) {
        long began = System.nanoTime();
        Map<MountedShare, HelperProcess> helpers = new LinkedHashMap<>();
        for (MountedShare share : shares) {
            helpers.put(share, probe.start(share.mountPoint()));
        }
        helpers.forEach((share, helper) -> {
            long left = timeout.toNanos() - (System.nanoTime() - began);
            if (helper.await(Duration.ofNanos(Math.max(0, left)))) {
                share.endProbe(probe, null);
                report(share, helper);
            } else {
                share.endProbe(probe, helper);
                listener.silent(share, began);
                helper.onExit().thenRunAsync(() -> report(share, helper), worker);
            }
        });
    }

    private void report(MountedShare share, HelperProcess helper) {
        HelperResult result = helper.result();
        switch (probe.answer(result)) {
            case OK -> listener.answered(share);
            case ERROR -> listener.failed(share, result.output().strip());
            case DEAD -> listener.dead(share);
            case NONE -> {
                // We killed the helper ourselves; the next round asks again.
            }
        }
    }
}
