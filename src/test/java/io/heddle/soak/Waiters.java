package io.heddle.soak;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;

/** Agents that wait for a file; some go away before they get it. */
final class Waiters implements Load.Users {

    @Override
    public Duration pause() {
        return Duration.ofMillis(100);
    }

    @Override
    public int number() {
        return 3;
    }

    @Override
    public void act(Load load, Random random) throws IOException, InterruptedException {
        String body = "{\"path\":\"%s\",\"agent_id\":\"waiter-%d\",\"ttl\":\"500ms\",\"timeout\":\"%dms\"}"
                .formatted(Holders.file(random), random.nextInt(4), 100 + random.nextInt(1_200));
        if (random.nextInt(4) > 0) {
            load.ask("wait", "POST", Holders.HOLDS + "/wait", body, 200, 408);
        } else {
            load.raw(
                    "POST " + Holders.HOLDS + "/wait HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                            + "Content-Length: " + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body,
                    false);
            load.tally().count("wait, and go away");
        }
    }

    @Override
    public void leave(Load load) throws IOException, InterruptedException {
        for (int waiter = 0; waiter < 4; waiter++) {
            load.ask("release all", "DELETE", Holders.HOLDS + "?agent=waiter-" + waiter, "", 200);
        }
    }
}
