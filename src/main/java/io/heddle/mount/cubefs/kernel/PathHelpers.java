package io.heddle.mount.cubefs.kernel;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Runs helpers that touch a path, one at a time for each path. A helper that hangs beyond SIGKILL stays until its file system
 * answers; without this, each retry of a share would leave one more of them.
 */
public final class PathHelpers {

    private final Map<String, HelperProcess> stuck = new ConcurrentHashMap<>();

    public HelperResult run(String path, Duration deadline, List<String> command) {
        HelperProcess earlier = stuck.get(path);
        if (earlier != null && earlier.isRunning()) {
            return new HelperResult(HelperResult.STILL_RUNNING, "an earlier check of " + path + " still hangs");
        }
        HelperProcess helper = HelperProcess.start(command);
        if (helper.await(deadline)) {
            stuck.remove(path);
            return helper.result();
        }
        helper.kill();
        stuck.put(path, helper);
        return new HelperResult(HelperResult.STILL_RUNNING, "no answer within " + deadline.toMillis() + " ms");
    }
}
