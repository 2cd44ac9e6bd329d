package io.heddle.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.fleet.FleetTargets;
import io.heddle.hold.HoldTargets;
import io.heddle.mount.MountTargets;
import io.heddle.testsupport.FuzzResult;
import io.heddle.testsupport.FuzzTarget;
import io.heddle.testsupport.Fuzzing;
import io.heddle.testsupport.Mutator;
import io.heddle.testsupport.NatsServer;
import io.heddle.testsupport.PackagedService;
import io.heddle.testsupport.RawHttp;
import io.heddle.testsupport.RawHttp.Answer;
import io.heddle.testsupport.RawHttp.Kind;
import io.heddle.testsupport.TokenIssuer;
import io.nats.client.Connection;
import io.nats.client.Nats;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The packaged service under requests and messages that nobody should send: it answers each, goes on doing what it is asked for
 * properly, and needs no more afterwards than before.
 */
@Tag("faults")
class FuzzServiceIT {

    private static final boolean SHORT = Boolean.getBoolean("heddle.faults.short");
    private static final int REQUESTS = Integer.getInteger("heddle.test.requests", SHORT ? 3_000 : 100_000);
    private static final int MESSAGES = Integer.getInteger("heddle.test.messages", SHORT ? 1_000 : 10_000);
    private static final int CLIENTS = 8;
    private static final long SEED = Fuzzing.seed();
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** How long an answer may take while the machine is busy with all the others. */
    private static final Duration ANSWER = Duration.ofSeconds(10);

    private static final Duration WAIT = Duration.ofMillis(300);
    /** Of docs/http.md: what is worth trying again. */
    private static final Set<String> UNAVAILABLE = Set.of(
            "urn:heddle:problem/not-ready",
            "urn:heddle:problem/contention",
            "urn:heddle:problem/outcome-unknown",
            "urn:heddle:problem/broker-unreachable");

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path directory;

    private static NatsServer broker;
    private static PackagedService service;
    private static Path shares;
    /** A root of its own: a garbled message may rightly claim the whole of the other root. */
    private static Path proper;

    private static String token;

    private final HttpClient http = HttpClient.newHttpClient();

    @BeforeAll
    static void start() throws IOException {
        System.out.println("FuzzServiceIT: -Dheddle.test.seed=" + SEED);
        broker = NatsServer.started();
        TokenIssuer issuer = new TokenIssuer();
        token = issuer.token(TokenIssuer.ISSUER, "root", Instant.now().plusSeconds(3600), "admin");
        shares = Files.createDirectories(directory.resolve("shares"));
        proper = Files.createDirectories(directory.resolve("proper"));
        service = new PackagedService(directory.resolve("service.log"))
                .environment("JAVA_TOOL_OPTIONS", "-Xmx256m")
                .set("heddle.nats.servers", broker.url())
                .set("heddle.mounts.vm-ids", "vm-1")
                .set("heddle.mounts.engine", "directory")
                .set("heddle.mounts.state-dir", directory.resolve("state").toString())
                .set("heddle.mounts.allowed-roots", shares + "," + proper)
                .set("heddle.security.mode", "jwt")
                .set(
                        "mp.jwt.verify.publickey.location",
                        Files.writeString(directory.resolve("issuer.pem"), issuer.pem())
                                .toString())
                .set("mp.jwt.verify.issuer", TokenIssuer.ISSUER)
                .set("mp.jwt.verify.audiences", TokenIssuer.AUDIENCE)
                .start();
        awaitReady();
    }

    @AfterAll
    static void stop() {
        service.close();
        broker.close();
    }

    @Test
    void everyRequestIsAnsweredAndNothingIsLeftBehind() throws Exception {
        long sentinel = announce("/sentinel", "sentinel").path("token").asLong();
        bombard(REQUESTS / 10, SEED - 1);
        clearHolds();
        ServiceVitals before = ServiceVitals.of(service);

        FuzzResult result = bombard(REQUESTS, SEED);

        result.report();
        clearHolds();
        awaitReady();
        assertThat(announce("/sentinel", "sentinel").path("token").asLong()).isEqualTo(sentinel);
        assertThat(heldPaths()).containsExactly("/sentinel");
        await().atMost(PATIENCE).untilAsserted(() -> {
            ServiceVitals after = ServiceVitals.of(service);
            assertThat(after.threads()).as("threads").isLessThanOrEqualTo(before.threads() + 8);
            assertThat(after.files()).as("open files").isLessThanOrEqualTo(before.files() + 8);
            assertThat(after.heap()).as("heap").isLessThan(before.heap() + (32L << 20));
        });
        assertThat(troubles("HDL0572", token)).isEmpty();
    }

    @Test
    void whatIsPublishedGarbledStopsNothing() throws Exception {
        Random random = new Random(SEED);
        Map<String, Mutator> subjects = Map.of(
                "weft.mounts.vm-1", texts(MountTargets.sharesBelow(shares.toString())),
                "weft.mounts.vm-%d", texts(MountTargets.sharesBelow(shares.toString())),
                "weft.mounts.vm.status", texts(FleetTargets.STATUSES),
                "weft.mounts.vm-%d.status", texts(FleetTargets.STATUSES),
                "$KV.bones-holds.=2Ffuzz=2F%d", texts(HoldTargets.values()),
                "$KV.bones-holds.%s", texts(HoldTargets.values()),
                "$KV.heddle-groups.g%d", new Mutator(FleetTargets.groups(), List.of("members", "shares")));
        Mutator keys = texts(HoldTargets.keys());
        send("PUT", "/api/v1/groups/first", "{\"vms\":[\"vm-f1\"]}");

        try (Connection connection = Nats.connect(broker.url())) {
            for (int i = 0; i < MESSAGES; i++) {
                for (Map.Entry<String, Mutator> each : subjects.entrySet()) {
                    String key = new String(keys.next(random), StandardCharsets.ISO_8859_1);
                    String subject = each.getKey()
                            .replace("%d", Integer.toString(random.nextInt(50)))
                            .replace(
                                    "%s",
                                    key.matches("[-_=.A-Za-z0-9]{1,500}") && !key.matches("\\..*|.*\\.|.*\\.\\..*")
                                            ? key
                                            : "=2F");
                    byte[] message = each.getValue().next(random);
                    connection.publish(subject, message.length > 500_000 ? new byte[0] : message);
                }
                if (i % 500 == 0) {
                    connection.flush(PATIENCE);
                    properMessagesAreHandled(connection, i);
                }
            }
            connection.flush(PATIENCE);
            properMessagesAreHandled(connection, MESSAGES);
        }

        awaitReady();
        assertThat(troubles("HDL0218")).isEmpty();
        new FuzzResult(
                        "messages over the broker",
                        (long) MESSAGES * subjects.size(),
                        Map.of(FuzzTarget.ACCEPTED, MESSAGES / 500 + 1L, "garbled", (long) MESSAGES * subjects.size()),
                        0,
                        0,
                        0,
                        SEED)
                .report();
    }

    /** A share is mounted, a status shown, a hold seen and a group changed, each as it was published last. */
    private void properMessagesAreHandled(Connection connection, int round) throws Exception {
        String share =
                "{\"id\":\"proper\",\"mount_point\":\"%s\",\"cubefs\":{\"volume\":\"v\",\"masters\":[\"h:1\"],\"owner\":\"o\"}}";
        Path link = proper.resolve("share-" + round);
        connection.publish("weft.mounts.vm-1", utf8(share.formatted(link)));
        connection.publish(
                "weft.mounts.proper.status",
                utf8(
                        "{\"vm\":\"proper\",\"version\":\"%d\",\"time\":\"%s\",\"shares\":[{\"id\":\"s\",\"state\":\"MOUNTED\",\"since\":\"%s\"}]}"
                                .formatted(round, Instant.now(), Instant.now())));
        connection.publish(
                "$KV.bones-holds.=2Fproper",
                utf8(
                        "{\"agent_id\":\"a%d\",\"claimed_at\":\"%s\",\"expires_at\":\"%s\",\"checkout_path\":\"\",\"ttl\":60000000000}"
                                .formatted(round, Instant.now(), Instant.now().plusSeconds(60))));
        connection.flush(PATIENCE);
        await().atMost(PATIENCE).until(() -> Files.isSymbolicLink(link));
        await().atMost(PATIENCE)
                .until(() -> get("/api/v1/vms/proper").path("version").asText().equals(Integer.toString(round)));
        await().atMost(PATIENCE).until(() -> get("/api/v1/holds?prefix=/proper")
                .path("holds")
                .path(0)
                .path("agent_id")
                .asText()
                .equals("a" + round));
        String member = "vm-f" + round;
        send("PATCH", "/api/v1/groups/first", "{\"add\":[\"" + member + "\"]}");
        assertThat(get("/api/v1/groups/first").path("vms").toString()).contains(member);
        assertThat(announce("/proper-too", "agent-7").path("token").asLong()).isPositive();
    }

    private FuzzResult bombard(int requests, long seed) throws Exception {
        HttpMutants mutants = new HttpMutants(token, shares.toString());
        AtomicInteger next = new AtomicInteger();
        Map<String, Long> verdicts = new ConcurrentHashMap<>();
        Map<String, String> failures = new ConcurrentHashMap<>();
        AtomicLong slowest = new AtomicLong();
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        List<Future<?>> all = new ArrayList<>();
        for (int client = 0; client < CLIENTS; client++) {
            all.add(clients.submit(() -> {
                try (RawHttp patient = new RawHttp(service.port(), ANSWER);
                        RawHttp brief = new RawHttp(service.port(), WAIT)) {
                    for (int i = next.getAndIncrement();
                            i < requests && failures.size() < 12;
                            i = next.getAndIncrement()) {
                        HttpMutants.Request request = mutants.next(new Random(seed * 1_000_003 + i));
                        long started = System.nanoTime();
                        String verdict;
                        try {
                            verdict = judge(request, request.mayWait() ? brief : patient);
                        } catch (RawHttp.MalformedAnswerException | AssertionError e) {
                            failures.putIfAbsent(
                                    kind(e),
                                    "request " + i + ": " + e.getMessage() + "\n    " + shown(request.bytes()));
                            continue;
                        }
                        long micros = (System.nanoTime() - started) / 1_000;
                        slowest.accumulateAndGet(request.mayWait() ? 0 : micros, Math::max);
                        verdicts.merge(verdict, 1L, Long::sum);
                    }
                }
                return null;
            }));
        }
        clients.shutdown();
        for (Future<?> each : all) {
            each.get();
        }
        assertThat(failures.values()).as("-Dheddle.test.seed=" + seed).isEmpty();
        return new FuzzResult("HTTP request", requests, new TreeMap<>(verdicts), slowest.get(), 0, 0, seed);
    }

    private static String judge(HttpMutants.Request request, RawHttp client) throws IOException {
        Answer answer = client.exchange(request.bytes(), request.isHead(), !request.whole());
        if (answer.kind() == Kind.CLOSED && request.whole() && !answer.fresh()) {
            // The server closes an idle connection, or one that it would not go on with: the next one is another.
            answer = client.exchange(request.bytes(), request.isHead(), false);
        }
        FuzzTarget.require(answer.kind() != Kind.SILENT || request.mayWait(), "is answered", answer);
        FuzzTarget.require(answer.kind() != Kind.CLOSED || !request.whole(), "is answered before the end", answer);
        // A secret that its caller wrote in the place of the action comes back to that caller, as any other word would.
        String told = answer.body().replace("unknown action 'SK-very-secret", "");
        FuzzTarget.require(
                !told.contains("SK-very-secret") && !told.contains("\tat ") && !told.contains("Exception"),
                "tells nothing of the inside",
                answer);
        if (answer.kind() != Kind.WHOLE) {
            return answer.kind() == Kind.STREAM
                    ? FuzzTarget.ACCEPTED
                    : answer.kind().name().toLowerCase(Locale.ROOT);
        }
        int status = answer.status();
        FuzzTarget.require(status < 500 || status == 503 || (status == 501 && !request.whole()), "is no fault", answer);
        boolean known = answer.header("content-type").startsWith("application/problem+json");
        if (status >= 400 && known && !answer.body().isEmpty()) {
            JsonNode problem = JSON.readTree(answer.body());
            FuzzTarget.require(problem.path("status").asInt() == status, "says its status", answer);
            FuzzTarget.require(problem.path("type").asText().startsWith("urn:heddle:problem/"), "has a type", answer);
            FuzzTarget.require(!problem.path("title").asText().isBlank(), "has a title", answer);
            FuzzTarget.require(
                    answer.body().length() < 20_000, "is short", answer.body().length());
            boolean available =
                    status != 503 || UNAVAILABLE.contains(problem.path("type").asText());
            FuzzTarget.require(available, "is a known reason", answer);
        }
        FuzzTarget.require(
                status < 400
                        || known
                        || status == 431 // its head is too long to be looked at
                        || request.isHead()
                        || !request.whole()
                        || !request.isOfTheApi(),
                "is a problem",
                answer);
        return status < 400 ? FuzzTarget.ACCEPTED : Integer.toString(status);
    }

    /** The promise that was broken, and the status: one example of each is enough. */
    private static String kind(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        return message.replaceAll("(?s):.*status=(\\d+).*", " $1");
    }

    private static String shown(byte[] request) {
        String text = new String(request, StandardCharsets.ISO_8859_1)
                .replace(token, "TOKEN")
                .replaceAll("[^ -~\n]", "?");
        return text.length() > 700 ? text.substring(0, 700) + "…" : text;
    }

    /** Lines of the log that should not be there. */
    /**
     * Vert.x trips over itself when a connection ends while a pipelined request waits for its turn (its issue 4188): Netty logs
     * that, and nothing comes of it.
     */
    private static boolean isPipelinedEnd(String line) {
        return line.contains("AbstractChannelHandlerContext") && line.contains("Http1xServerResponse.ended()");
    }

    private static List<String> troubles(String... signs) {
        List<String> all =
                new ArrayList<>(List.of("OutOfMemoryError", "blocked", "StackOverflowError", "NullPointerException"));
        all.addAll(List.of(signs));
        return service.output()
                .lines()
                .filter(line -> all.stream().anyMatch(line::contains))
                .filter(line -> !isPipelinedEnd(line))
                .limit(10)
                .toList();
    }

    private void clearHolds() throws Exception {
        List<String> paths = heldPaths();
        while (paths.size() > 1) {
            for (String path : paths) {
                if (!path.equals("/sentinel")) {
                    String query = URLEncoder.encode(path, StandardCharsets.UTF_8);
                    send("DELETE", "/api/v1/holds?force=true&path=" + query, "");
                }
            }
            paths = heldPaths();
        }
    }

    private List<String> heldPaths() throws Exception {
        List<String> paths = new ArrayList<>();
        get("/api/v1/holds")
                .path("holds")
                .forEach(hold -> paths.add(hold.path("path").asText()));
        return paths;
    }

    private JsonNode announce(String path, String agent) throws Exception {
        HttpResponse<String> answer =
                send("PUT", "/api/v1/holds?path=" + path, "{\"agent_id\":\"" + agent + "\",\"ttl\":\"5m\"}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private JsonNode get(String path) throws Exception {
        return JSON.readTree(send("GET", path, "").body());
    }

    private HttpResponse<String> send(String method, String path, String body) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create(service.url() + path))
                        .timeout(PATIENCE)
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", "application/json")
                        .method(method, BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private static Mutator texts(List<String> corpus) {
        return new Mutator(corpus.stream().map(FuzzServiceIT::utf8).toList(), List.of("id", "mount_point", "/../"));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void awaitReady() {
        await().atMost(PATIENCE)
                .until(() ->
                        service.get("/q/health/ready").path("status").asText().equals("UP"));
    }
}
