package io.heddle.soak;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/** What a browser with the page open asks for, and what a monitoring does. */
final class Visitors implements Load.Users {

    static final String READY = "/q/health/ready";
    private static final List<String> PLACES = List.of(
            "/",
            "/page/layout.css",
            "/page/main.js",
            "/page/icon.svg",
            "/api/v1/session",
            "/api/v1/holds?limit=100",
            "/api/v1/vms?limit=100",
            "/api/v1/vms?problem=true",
            "/api/v1/groups",
            "/api/v1/mounts",
            "/q/health/live",
            READY,
            "/q/metrics",
            "/q/openapi");

    @Override
    public Duration pause() {
        return Duration.ofMillis(300);
    }

    @Override
    public void act(Load load, Random random) throws IOException, InterruptedException {
        String place = PLACES.get(random.nextInt(PLACES.size()));
        if (place.equals(READY)) {
            load.ask("look at " + place, "GET", place, "", 200, 503); // how often is asked at the end
        } else {
            load.ask("look at " + place, "GET", place, "", 200);
        }
    }

    @Override
    public void leave(Load load) {}
}
