package io.heddle.mount.cubefs;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * One queue for each share id: its tasks run one after another on the worker, those of different ids side by side. Mounting,
 * unmounting and clearing away a lost mount of one id therefore never meet.
 */
final class ShareLanes {

    private final Executor worker;
    private final Map<String, Deque<Runnable>> lanes = new HashMap<>();

    ShareLanes(Executor worker) {
        this.worker = worker;
    }

    /** @throws RejectedExecutionException when the worker is shut down */
    void execute(String id, Runnable task) {
        synchronized (lanes) {
            Deque<Runnable> lane = lanes.get(id);
            if (lane != null) {
                lane.add(task);
                return;
            }
            lanes.put(id, new ArrayDeque<>());
        }
        try {
            worker.execute(() -> drain(id, task));
        } catch (RejectedExecutionException e) {
            synchronized (lanes) {
                lanes.remove(id);
            }
            throw e;
        }
    }

    private void drain(String id, Runnable first) {
        for (Runnable task = first; task != null; task = next(id)) {
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                CubeFsLog.LOG.taskFailed(id, e);
            }
        }
    }

    private @Nullable Runnable next(String id) {
        synchronized (lanes) {
            Deque<Runnable> lane = lanes.get(id);
            Runnable task = lane == null ? null : lane.poll();
            if (task == null) {
                lanes.remove(id);
            }
            return task;
        }
    }
}
