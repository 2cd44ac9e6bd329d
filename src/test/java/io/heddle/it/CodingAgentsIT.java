package io.heddle.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.testsupport.NatsServer;
import io.heddle.testsupport.PackagedService;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three simulated agents edit four files, as {@code dev/example-agents} does it for everyone. */
class CodingAgentsIT {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Pattern RESULT =
            Pattern.compile("(with|without) holds: +36 edits, (\\d+) lost(?:, longest wait ([\\d.]+) s)?");

    @TempDir
    Path directory;

    private final NatsServer server = NatsServer.started();
    private final List<PackagedService> services = new ArrayList<>();

    @AfterEach
    void stop() {
        services.forEach(PackagedService::close);
        server.close();
    }

    @Test
    void noEditIsLostWithHolds() throws Exception {
        PackagedService service = service("service");

        String out = ended(agents(service.url()));

        assertThat(lost(out, "without")).as(out).isPositive();
        assertThat(lost(out, "with")).as(out).isZero();
    }

    /** Each agent has a clone, as on a machine of its own; the replica that renews for them is killed in the middle. */
    @Test
    void noEditIsLostInClonesWhenAReplicaIsKilled() throws Exception {
        PackagedService dying = service("dying");
        PackagedService living = service("living");
        Process agents = agents(dying.url() + "," + living.url(), "--clones", "--only", "with", "--think", "0.3");
        await().atMost(SOON)
                .until(() -> living.get("/api/v1/holds?prefix=/example-agents")
                                .path("holds")
                                .size()
                        >= 2);

        dying.kill();

        String out = ended(agents);
        assertThat(lost(out, "with")).as(out).isZero();
        assertThat(longestWait(out)).as(out).isLessThan(120);
        assertThat(living.get("/api/v1/holds?prefix=/example-agents").path("holds"))
                .isEmpty();
    }

    private PackagedService service(String name) {
        PackagedService service = new PackagedService(directory.resolve(name + ".log"))
                .set("heddle.nats.servers", server.url())
                .start();
        services.add(service);
        await().atMost(SOON)
                .until(() -> service.get("/q/health/ready").path("status").asText(), "UP"::equals);
        return service;
    }

    private Process agents(String urls, String... more) throws Exception {
        List<String> command = new ArrayList<>(List.of("python3", "dev/example-agents", "--url", urls));
        command.addAll(List.of(more));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("agents.out").toFile())
                .start();
    }

    private String ended(Process agents) throws Exception {
        assertThat(agents.waitFor(5, TimeUnit.MINUTES)).isTrue();
        String out = Files.readString(directory.resolve("agents.out"));
        assertThat(agents.exitValue()).as(out).isZero();
        return out;
    }

    private static int lost(String out, String run) {
        return Integer.parseInt(result(out, run).group(2));
    }

    private static double longestWait(String out) {
        return Double.parseDouble(result(out, "with").group(3));
    }

    private static Matcher result(String out, String run) {
        Matcher result = RESULT.matcher(out);
        while (result.find()) {
            if (result.group(1).equals(run)) {
                return result;
            }
        }
        throw new AssertionError(out);
    }
}
