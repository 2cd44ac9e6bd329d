package io.heddle.mount.cubefs;

import io.heddle.mount.MountsConfig;
import io.heddle.mount.ShareMount;
import io.heddle.testsupport.Configs;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A process that mounts, replaces and unmounts shares without end, to be killed at a moment that it does not choose. */
final class KilledAgent {

    static final int SHARES = 4;

    private KilledAgent() {}

    /** Arguments: the directory of shares, then the settings as name and value. Says "ready" before it begins. */
    public static void main(String[] arguments) {
        Map<String, String> settings = new HashMap<>();
        for (int i = 1; i < arguments.length; i += 2) {
            settings.put(arguments[i], arguments[i + 1]);
        }
        ExecutorService worker = Executors.newCachedThreadPool();
        CubeFsApplier applier = new CubeFsApplier(
                Configs.of(MountsConfig.class, settings), worker, Executors.newSingleThreadScheduledExecutor());
        System.out.println("ready");
        for (int i = 0; i < SHARES; i++) {
            int number = i;
            worker.execute(() -> churn(applier, Path.of(arguments[0]), number));
        }
    }

    /** One of the two shares that a number may be. */
    static ShareMount share(Path shares, int number, boolean readonly) {
        String id = "churn-" + number;
        return CubeFsFixture.share(id, shares.resolve(id).toString(), "vol-" + id, "", readonly);
    }

    private static void churn(CubeFsApplier applier, Path shares, int number) {
        Random random = new Random();
        while (true) {
            ShareMount share = share(shares, number, random.nextBoolean());
            var work = random.nextInt(3) == 0 ? applier.unmount(share.asUnmount()) : applier.mount(share);
            work.onFailure()
                    .invoke(failure -> System.out.println("failed: " + failure))
                    .onFailure()
                    .recoverWithNull()
                    .await()
                    .atMost(Duration.ofSeconds(30));
        }
    }
}
