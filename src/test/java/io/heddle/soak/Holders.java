package io.heddle.soak;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Agents that hold files: they announce, renew, are refused, release, pass on, look, and forget what they hold. */
final class Holders implements Load.Users {

    static final String HOLDS = "/api/v1/holds";
    private static final int AGENTS = 6;
    private static final int FILES = 80;
    private static final List<String> TTLS = List.of("1s", "3s", "10s", "30s");
    /** Some checkouts have long paths: their events fill the sockets of clients that do not read. */
    private static final String LONG = "x".repeat(4_000);

    private static final ObjectMapper MAPPER = new ObjectMapper();

    @Override
    public Duration pause() {
        return Duration.ofMillis(30);
    }

    @Override
    public int number() {
        return 2;
    }

    @Override
    public void act(Load load, Random random) throws IOException, InterruptedException {
        String path = file(random);
        String agent = agent(random);
        int drawn = random.nextInt(100);
        if (drawn < 55) {
            load.ask("announce", "PUT", HOLDS + "?path=" + path, body(agent, random), 200, 409);
        } else if (drawn < 72) {
            load.ask("release", "DELETE", HOLDS + "?path=" + path + "&agent=" + agent, "", 200);
        } else if (drawn < 80) {
            load.ask("who has", "GET", HOLDS + "?path=" + path, "", 200, 404);
        } else if (drawn < 84) {
            load.ask("check", "GET", HOLDS + "/check?path=" + path + "&token=" + (1 + random.nextInt(1_000)), "", 200);
        } else if (drawn < 88) {
            batch(load, random, agent);
        } else if (drawn < 91) {
            load.ask("release all", "DELETE", HOLDS + "?agent=" + agent, "", 200);
        } else if (drawn < 96) {
            pass(load, random, path, agent);
        } else {
            load.ask("list", "GET", HOLDS + "?prefix=/soak&limit=50&agent=" + agent, "", 200);
        }
    }

    @Override
    public void leave(Load load) throws IOException, InterruptedException {
        for (int agent = 0; agent < AGENTS; agent++) {
            load.ask("release all", "DELETE", HOLDS + "?agent=agent-" + agent, "", 200);
        }
    }

    static String file(Random random) {
        return "/soak/src/File-" + random.nextInt(FILES) + ".java";
    }

    static String agent(Random random) {
        return "agent-" + random.nextInt(AGENTS);
    }

    private static void batch(Load load, Random random, String agent) throws IOException, InterruptedException {
        String paths = IntStream.range(0, 3)
                .mapToObj(i -> "\"" + file(random) + "\"")
                .distinct()
                .collect(Collectors.joining(","));
        load.ask(
                "batch",
                "POST",
                HOLDS + "/batch",
                "{\"agent_id\":\"" + agent + "\",\"ttl\":\"2s\",\"paths\":[" + paths + "]}",
                200,
                409);
    }

    private static void pass(Load load, Random random, String path, String agent)
            throws IOException, InterruptedException {
        String held = load.ask("announce", "PUT", HOLDS + "?path=" + path, body(agent, random), 200, 409);
        long token = MAPPER.readTree(held).path("token").asLong();
        if (token > 0) {
            load.ask(
                    "transfer",
                    "POST",
                    HOLDS + "/transfer",
                    "{\"path\":\"%s\",\"token\":%d,\"to_agent\":\"%s\"}".formatted(path, token, agent(random)),
                    200,
                    409);
        }
    }

    private static String body(String agent, Random random) {
        return "{\"agent_id\":\"%s\",\"ttl\":\"%s\",\"checkout_path\":\"/%s\"}"
                .formatted(agent, TTLS.get(random.nextInt(TTLS.size())), random.nextBoolean() ? LONG : "home/" + agent);
    }
}
