package io.heddle.soak;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Who keeps groups of VMs: members, shares for all of them, and a look at how they stand. */
final class Operators implements Load.Users {

    static final String VMS = "sim-";
    private static final int MEMBERS = 40;
    private static final int GROUPS = 3;

    private final Path root;

    /** @param root where the VMs' shares are mounted */
    Operators(Path root) {
        this.root = root;
    }

    @Override
    public Duration pause() {
        return Duration.ofMillis(600);
    }

    @Override
    public void act(Load load, Random random) throws IOException, InterruptedException {
        String group = "/api/v1/groups/group-" + random.nextInt(GROUPS);
        String share = "given-" + random.nextInt(3);
        int drawn = random.nextInt(100);
        if (drawn < 20) {
            load.ask("group members", "PUT", group, "{\"vms\":[" + vms(random, 20) + "]}", 200);
        } else if (drawn < 35) {
            String change = "{\"add\":[" + vms(random, 5) + "],\"remove\":[" + vms(random, 3) + "]}";
            load.ask("group change", "PATCH", group, change, 200, 404);
        } else if (drawn < 55) {
            load.ask("group share", "PUT", group + "/shares/" + share, share(share, random), 200, 404);
        } else if (drawn < 65) {
            load.ask(
                    "group share, with progress",
                    "PUT",
                    group + "/shares/" + share,
                    share(share, random),
                    "application/json",
                    "application/x-ndjson",
                    200,
                    404);
        } else if (drawn < 75) {
            load.ask("group share taken", "DELETE", group + "/shares/" + share, "", 200, 404);
        } else if (drawn < 95) {
            load.ask("group status", "GET", group + "/status", "", 200, 404);
        } else {
            load.ask("group deleted", "DELETE", group, "", 200, 404);
        }
    }

    @Override
    public void leave(Load load) throws IOException, InterruptedException {
        for (int group = 0; group < GROUPS; group++) {
            load.ask("group deleted", "DELETE", "/api/v1/groups/group-" + group, "", 200, 404);
        }
    }

    private static String vms(Random random, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "\"" + VMS + random.nextInt(MEMBERS) + "\"")
                .distinct()
                .collect(Collectors.joining(","));
    }

    private String share(String id, Random random) {
        return """
                {"mount_point":"%s","readonly":%b,"cubefs":{"volume":"%s","masters":["10.9.0.1:17010"],"owner":"soak"}}""".formatted(root.resolve(id), random.nextBoolean(), id);
    }
}
