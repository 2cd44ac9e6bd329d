package io.heddle.soak;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/** Who asks for what is not there or not allowed, and who sends what is no request at all. */
final class Strangers implements Load.Users {

    private record Bad(String method, String path, String type, String body, int status) {}

    private static final String JSON = "application/json";
    private static final String HOLDS = Holders.HOLDS;
    private static final List<Bad> ALL = List.of(
            new Bad("PUT", HOLDS + "?path=/a", JSON, "{", 400),
            new Bad("PUT", HOLDS + "?path=/a", JSON, "{\"agent_id\":7,\"ttl\":\"1s\"}", 400),
            new Bad("PUT", HOLDS + "?path=/a", JSON, "{\"agent_id\":\"a\",\"ttl\":\"soon\"}", 400),
            new Bad("PUT", HOLDS + "?path=/a", JSON, "{\"agent_id\":\"a\",\"ttl\":\"99h\"}", 400),
            new Bad("PUT", HOLDS, JSON, "{\"agent_id\":\"a\",\"ttl\":\"1s\"}", 400),
            new Bad("PUT", HOLDS + "?path=%FF", JSON, "{\"agent_id\":\"a\",\"ttl\":\"1s\"}", 400),
            new Bad("PUT", HOLDS + "?path=/a", "text/plain", "a", 415),
            new Bad("PUT", HOLDS + "?path=/a", JSON, "x".repeat(100_000), 400),
            new Bad("DELETE", HOLDS, JSON, "", 400),
            new Bad("GET", HOLDS + "?limit=0", JSON, "", 400),
            new Bad("POST", HOLDS + "/batch", JSON, "{\"agent_id\":\"a\",\"ttl\":\"1s\",\"paths\":[]}", 400),
            new Bad("POST", HOLDS + "/transfer", JSON, "{\"path\":\"/a\",\"token\":1,\"to_agent\":\"b\"}", 409),
            new Bad("POST", HOLDS, JSON, "{}", 405),
            new Bad("GET", "/api/v1/nothing", JSON, "", 404),
            new Bad("GET", "/page/nothing.js", JSON, "", 404),
            new Bad("GET", "/api/v1/vms/nobody", JSON, "", 404),
            new Bad("GET", "/api/v1/groups/nobody", JSON, "", 404),
            new Bad("PUT", "/api/v1/groups/bad.name", JSON, "{\"vms\":[]}", 400),
            new Bad("PUT", "/api/v1/vms/a.b/shares/x", JSON, "{}", 400),
            new Bad("PUT", "/api/v1/vms/nobody/shares/x", JSON, "{\"mount_point\":\"/etc\"}", 400));

    @Override
    public Duration pause() {
        return Duration.ofMillis(120);
    }

    @Override
    public void act(Load load, Random random) throws IOException, InterruptedException {
        int drawn = random.nextInt(ALL.size() + 3);
        if (drawn == ALL.size()) {
            int status = load.raw("GET /%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", true);
            load.tally().answered("bad: no URI", status, "", 400);
        } else if (drawn == ALL.size() + 1) {
            int status = load.raw("GET " + HOLDS + " HTTP/1.1\r\nConnection: close\r\n\r\n", true);
            load.tally().answered("bad: no Host", status, "", 400);
        } else if (drawn > ALL.size() + 1) {
            load.raw(
                    "PUT " + HOLDS + "?path=/half HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                            + "Content-Length: 100\r\n\r\n{\"agent",
                    false);
            load.tally().count("bad: half a request");
        } else {
            Bad bad = ALL.get(drawn);
            String operation = "bad: " + bad.method() + " " + bad.path();
            load.ask(operation, bad.method(), bad.path(), bad.body(), bad.type(), "*/*", bad.status());
        }
    }

    @Override
    public void leave(Load load) {}
}
