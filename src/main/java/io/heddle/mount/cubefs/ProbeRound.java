package io.heddle.mount.cubefs;

import io.heddle.mount.cubefs.kernel.HelperProcess;
import io.heddle.mount.cubefs.kernel.MountProbe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;

/**
 * Asks all mounts at once whether they answer. One helper for all of them as long as all is well; one for each when the
 * common one says anything but yes in time. A helper that gets no answer is left where it is: when the mount answers it ends,
 * which is how we learn of it, and until then no second one is sent after it.
 */
final class ProbeRound {

    /** Receives the results. Called on worker threads. */
    interface Listener {

        void answered(MountedShare share);

        /**
         * A check got no answer in time.
         *
         * @param sinceNanos when the check began, on the clock of {@link System#nanoTime()}
         */
        void silent(MountedShare share, long sinceNanos);

        void dead(MountedShare share);
    }

    private final Duration timeout;
    private final Executor worker;
    private final Listener listener;

    ProbeRound(Duration timeout, Executor worker, Listener listener) {
        this.timeout = timeout;
        this.worker = worker;
        this.listener = listener;
    }

    /** Takes at most twice the timeout. */
    void run(Collection<MountedShare> shares) {
        List<MountedShare> open =
                shares.stream().filter(MountedShare::beginProbe).toList();
        // One that was silent is asked by itself, lest it silence the others.
        List<MountedShare> healthy =
                open.stream().filter(share -> !share.isStalled()).toList();
        List<MountedShare> suspects =
                new ArrayList<>(open.stream().filter(MountedShare::isStalled).toList());
        if (allAnswer(healthy)) {
            healthy.forEach(share -> share.endProbe(null));
        } else {
            suspects.addAll(healthy);
        }
        probeEach(suspects);
    }

    private boolean allAnswer(List<MountedShare> shares) {
        if (shares.isEmpty()) {
            return true;
        }
        HelperProcess helper =
                MountProbe.start(shares.stream().map(MountedShare::mountPoint).toList());
        if (helper.await(timeout)) {
            // An error is an answer too; only a dead mount has to be found among the others.
            MountProbe.Answer answer = MountProbe.answer(helper.result());
            return answer == MountProbe.Answer.OK || answer == MountProbe.Answer.ERROR;
        }
        helper.kill();
        return false;
    }

    private void probeEach(List<MountedShare> shares) {
        long began = System.nanoTime();
        Map<MountedShare, HelperProcess> helpers = new LinkedHashMap<>();
        for (MountedShare share : shares) {
            helpers.put(share, MountProbe.start(share.mountPoint()));
        }
        helpers.forEach((share, helper) -> {
            long left = timeout.toNanos() - (System.nanoTime() - began);
            if (helper.await(Duration.ofNanos(Math.max(0, left)))) {
                share.endProbe(null);
                report(share, helper);
            } else {
                share.endProbe(helper);
                listener.silent(share, began);
                helper.onExit().thenRunAsync(() -> report(share, helper), worker);
            }
        });
    }

    private void report(MountedShare share, HelperProcess helper) {
        switch (MountProbe.answer(helper.result())) {
            // An error is an answer: the client lives, and what it can't do is between it and its users.
            case OK, ERROR -> listener.answered(share);
            case DEAD -> listener.dead(share);
            case NONE -> {
                // We killed the helper ourselves; the next round asks again.
            }
        }
    }
}
