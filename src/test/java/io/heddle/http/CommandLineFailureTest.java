package io.heddle.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.heddle.testsupport.CommandLine;
import io.heddle.testsupport.CommandLine.Ended;
import io.heddle.testsupport.CommandLine.Running;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The command line with what no real service, file or terminal should give it: one line on standard error, a documented exit code, no
 * traceback, no secret, no control character.
 */
class CommandLineFailureTest {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String SECRET = "s3cr3t-value";
    /** Escape codes, a C1 control, a bidi override, a line break, a zero-width space and a wide space, as JSON. */
    private static final String HOSTILE = "\\u001b[2J\\u009b31m\\u202egnp.exe\\nforged\\r\\u200b\\u2003\\u007f";

    private static final String HANGS = "hangs";

    @TempDir
    Path directory;

    private final Map<String, String> responses = new ConcurrentHashMap<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<String> authorizations = new CopyOnWriteArrayList<>();
    private ExecutorService threads;
    private HttpServer service;
    private CommandLine heddle;

    @BeforeEach
    void begin() throws IOException {
        threads = Executors.newCachedThreadPool();
        service = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        service.setExecutor(threads);
        service.createContext("/api/v1", this::respond);
        service.start();
        heddle = new CommandLine("http://127.0.0.1:" + service.getAddress().getPort());
    }

    @AfterEach
    void end() {
        service.stop(0);
        threads.shutdownNow();
    }

    static List<byte[]> badTokens() {
        return List.of(
                (SECRET + "\nsecond-line\n").getBytes(StandardCharsets.UTF_8),
                (SECRET + " " + SECRET).getBytes(StandardCharsets.UTF_8),
                ("\u00e4" + SECRET).getBytes(StandardCharsets.ISO_8859_1),
                SECRET.getBytes(StandardCharsets.UTF_16),
                (SECRET + "\0").getBytes(StandardCharsets.UTF_8),
                " \n".getBytes(StandardCharsets.UTF_8),
                SECRET.repeat(10_000).getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @MethodSource("badTokens")
    void aFileWithMoreThanATokenIsRejectedWithoutShowingIt(byte[] content) throws Exception {
        Path file = Files.write(directory.resolve("token"), content);

        Ended ended = heddle.run("--token-file", file.toString(), "holds", "ls");

        assertFailure(ended, 2);
        assertThat(ended.err()).contains("--token-file", "one token").doesNotContain("second-line");
        assertThat(requests).isEmpty();
    }

    @Test
    void aTokenIsSentWithoutByteOrderMarkAndLineBreak() throws Exception {
        responses.put("GET /api/v1/holds", "{\"holds\": []}");
        Path file = Files.writeString(directory.resolve("token"), "\ufeff" + SECRET + "\r\n");

        Ended ofFile = heddle.run("--token-file", file.toString(), "holds", "ls");
        Ended ofEnvironment = heddle.with("HEDDLE_TOKEN", SECRET + "\n").run("holds", "ls");
        Ended bad = heddle.with("HEDDLE_TOKEN", SECRET + "\nX-Forged: yes").run("holds", "ls");

        assertThat(ofFile.code()).isZero();
        assertThat(ofEnvironment.code()).isZero();
        assertThat(authorizations).containsExactly("Bearer " + SECRET, "Bearer " + SECRET);
        assertFailure(bad, 2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--token s3cr3t-value holds ls",
                "--token=s3cr3t-value holds ls",
                "--tokn s3cr3t-value holds ls",
                "holds ls --token s3cr3t-value",
                "holds ls --tokn=s3cr3t-value",
                "holds ls --json=s3cr3t-value",
                "holds ls s3cr3t-value",
                "s3cr3t-value",
                "share put vm id --secret-key s3cr3t-value",
                "share put vm id --access-key=s3cr3t-value",
                "--url http://user:s3cr3t-value@127.0.0.1 holds ls",
                "--url http://user:s3cr3t-value@127.0.0.1:1 holds ls",
                "--url http://127.0.0.1:s3cr3t-value holds ls",
                "--url http://[s3cr3t-value holds ls",
                "--url http://127.0.0.1:1?token=s3cr3t-value holds ls",
                "--url ftp://s3cr3t-value holds ls",
                "--token-file /missing/file holds ls",
                "--token-file /proc/self/mem holds ls",
                "--token-file / holds ls",
                "holds",
                "holds ls --prefix",
                "holds run /x",
                "holds release",
                "holds wait /x --timeout 99999999999999999999h",
                "holds run /x --ttl 1e9 -- true",
                "share put vm id --file /",
                "share put .. id"
            })
    void badArgumentsAreReportedInOneLineWithoutTheirValues(String arguments) throws Exception {
        assertFailure(heddle.run(arguments.split(" ")), 2);
        assertThat(requests).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"access_key\": s3cr3t-value}", "\"s3cr3t-value\"", "", "[", "\u00ff"})
    void aFileOfKeysThatIsNotAJsonObjectIsReportedWithoutItsContent(String content) throws Exception {
        Path keys = Files.write(directory.resolve("keys"), content.getBytes(StandardCharsets.ISO_8859_1));
        Path nested = Files.writeString(directory.resolve("nested"), "[".repeat(200_000));

        assertFailure(heddle.run("share", "put", "vm", "id", "--keys", keys.toString()), 2);
        assertFailure(heddle.run("share", "put", "vm", "id", "--keys", nested.toString()), 2);
        assertFailure(heddle.runBy("exec \"$@\" <&-", "share", "put", "vm", "id", "--keys", "-"), 2);
        assertThat(requests).isEmpty();
    }

    @Test
    void aFileOfKeysMayHaveAByteOrderMark() throws Exception {
        responses.put("PUT /api/v1/vms/vm/shares/id", "{\"stream_sequence\": 1}");
        Path keys = Files.writeString(directory.resolve("keys"), "\ufeff{\"access_key\": \"a\"}");

        assertThat(heddle.run("share", "put", "vm", "id", "--keys", keys.toString()))
                .isEqualTo(new Ended(0, "published as message 1 of the stream\n", ""));
    }

    @Test
    void pathsThatCannotBeSentAreReported() throws Exception {
        responses.put("PUT /api/v1/holds", "{\"path\": \"/x\", \"agent_id\": \"a\"}");
        String invalid = "exec \"$@\" \"$(printf '/tmp/\\377')\"";
        String inInvalidDirectory = "cd %s && mkdir -p \"$(printf '\\377')\" && cd \"$(printf '\\377')\" && exec \"$@\""
                .formatted(directory);
        List<String> inRemovedDirectory = List.of(CommandLine.PYTHON, "-c", """
                import os, sys
                os.mkdir('%1$s/gone')
                os.chdir('%1$s/gone')
                os.rmdir('%1$s/gone')
                os.execv(sys.executable, [sys.executable] + sys.argv[2:])""".formatted(directory));

        assertFailure(heddle.runBy(invalid, "holds", "announce"), 2);
        assertFailure(heddle.runBy(invalid, "holds", "ls", "--prefix"), 2);
        assertFailure(heddle.runBy(invalid, "holds", "ls", "--agent"), 2);
        assertFailure(heddle.runBy(invalid, "holds", "announce", "/x", "--agent"), 2);
        assertFailure(heddle.runBy(invalid, "group", "show"), 2);
        assertFailure(heddle.runBy(inInvalidDirectory, "holds", "announce", "relative"), 2);
        try (Running running = heddle.startBy(inRemovedDirectory, "holds", "announce", "relative")) {
            assertFailure(running.end(), 2);
        }
        assertThat(requests).isEmpty();
        assertThat(heddle.runBy(inInvalidDirectory, "holds", "announce", "/x").code())
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "not JSON",
                "[]",
                "null",
                "\"text\"",
                "{\"holds\": 7}",
                "{\"holds\": [7]}",
                "{}",
                "\u0000",
                "<html>"
            })
    void aServiceThatIsNotHeddleIsReported(String response) throws Exception {
        List.of(
                        "GET /api/v1/holds",
                        "GET /api/v1/groups",
                        "GET /api/v1/groups/g/status",
                        "GET /api/v1/vms/vm",
                        "PUT /api/v1/groups/g",
                        "PUT /api/v1/groups/g/shares/id")
                .forEach(request -> responses.put(request, response));

        assertFailure(heddle.run("holds", "ls"), 1);
        assertFailure(heddle.run("group", "ls"), 1);
        assertFailure(heddle.run("group", "status", "g"), 1);
        assertFailure(heddle.run("group", "put", "g"), 1);
        assertFailure(heddle.run("group", "share", "put", "g", "id"), 1);
    }

    @Test
    void aResponseThatIsNestedTooDeeplyIsReported() throws Exception {
        responses.put("GET /api/v1/holds", "[".repeat(200_000));

        assertFailure(heddle.run("holds", "ls"), 1);
        assertFailure(heddle.run("holds", "ls", "--json"), 1);
    }

    @Test
    void outputThatCannotBeWrittenIsReported() throws Exception {
        responses.put(
                "GET /api/v1/holds",
                "{\"holds\": [" + "%1$s,".formatted(holdOf("x")).repeat(20_000) + holdOf("x") + "]}");

        for (String option : List.of("--prefix=/", "--json")) {
            assertFailure(heddle.runBy("exec \"$@\" >/dev/full", "holds", "ls", option), 74);
            assertFailure(heddle.runBy("exec \"$@\" >&-", "holds", "ls", option), 74);
            Ended noReader =
                    heddle.runBy("\"$@\" | head -c 1 >/dev/null; exit ${PIPESTATUS[0]}", "holds", "ls", option);
            assertThat(noReader).isEqualTo(new Ended(141, "", ""));
            assertThat(heddle.runBy("exec \"$@\" 2>&-", "holds", "ls", option).code())
                    .isZero();
        }
        assertThat(heddle.runBy("exec \"$@\" 2>&-", "group", "show", "none").code())
                .isEqualTo(66);
        assertThat(heddle.runBy("exec \"$@\" 2>/dev/full", "group", "show", "none")
                        .code())
                .isEqualTo(66);
        assertFailure(heddle.runBy("exec \"$@\" >/dev/full", "-h"), 74);
    }

    @Test
    void textOfOthersIsEscaped() throws Exception {
        responses.put("GET /api/v1/holds", "{\"holds\": [" + holdOf(HOSTILE) + "]}");
        responses.put("PUT /api/v1/holds", holdOf(HOSTILE));
        responses.put("DELETE /api/v1/holds", "{\"released\": \"" + HOSTILE + "\"}");
        responses.put(
                "POST /api/v1/holds/wait",
                "408 {\"type\": \"urn:heddle:problem/wait-timed-out\", \"detail\": \"" + HOSTILE + "\", \"holder\": "
                        + holdOf(HOSTILE) + "}");
        responses.put(
                "GET /api/v1/holds/events",
                "event: announced\ndata: " + holdOf(HOSTILE) + "\n\nevent: \u001b[2J\ndata: {}\n\n"
                        + "event: \u009b\ndata: {\n\n");
        responses.put("GET /api/v1/vms", """
                {"vms": [{"vm": "%1$s", "agent": "%1$s", "shares": [{"id": "%1$s", "reported": {"state": "%1$s", "error": "%1$s"}}]}]}""".formatted(HOSTILE));
        responses.put("GET /api/v1/groups", """
                {"groups": [{"name": "%s", "vms": [], "shares": []}]}""".formatted(HOSTILE));
        responses.put("GET /api/v1/groups/g", """
                {"name": "g", "vms": ["%1$s"], "leaving": ["%1$s"], "shares": [{"id": "%1$s", "mount_point": "%1$s"}]}""".formatted(HOSTILE));
        responses.put("GET /api/v1/groups/g/status", """
                {"shares": [{"id": "%1$s", "total": "%1$s", "mounted": [], "pending": [], "silent": [],
                 "failed": [{"vm": "%1$s", "state": "%1$s", "error": "%1$s"}]}]}""".formatted(HOSTILE));
        responses.put("PUT /api/v1/vms/vm/shares/id", "{\"stream_sequence\": \"" + HOSTILE + "\"}");
        responses.put("PUT /api/v1/groups/g", """
                {"group": {"vms": []}, "total": 1, "done": "%1$s", "failed": [{"vm": "%1$s", "reason": "%1$s"}]}""".formatted(HOSTILE));

        for (String arguments : List.of(
                "holds ls",
                "holds announce /x",
                "holds wait /x",
                "holds release /x",
                "holds release --all",
                "share status",
                "share put vm id",
                "group ls",
                "group show g",
                "group status g",
                "group put g")) {
            Ended text = heddle.run(arguments.split(" "));
            assertThat(text.out() + text.err())
                    .as(arguments)
                    .isNotEmpty()
                    .doesNotContainPattern("[\\p{Cc}\\p{Cf}\\u2003&&[^\n]]")
                    .doesNotContain("Traceback", "\nforged");
            Ended json = heddle.run((arguments + " --json").split(" "));
            assertThat(json.out() + json.err()).as(arguments).matches("[ -~\n]*");
            if (!json.out().isEmpty()) {
                assertThat(new ObjectMapper().readTree(json.out()).toString()).contains("\u202egnp.exe");
            }
        }
        try (Running watching = heddle.startInTerminal("holds", "watch")) {
            await().atMost(SOON).until(() -> watching.out().contains("invalid event"));
            assertThat(watching.out().replaceAll("\u001b\\[(32|0)m", ""))
                    .contains("announced", "\\u202egnp.exe", "\\x1b[2J", "\\x9b")
                    .doesNotContainPattern("[\\p{Cc}\\p{Cf}&&[^\r\n]]");
        }
    }

    @Test
    void emptyListsSayThatTheyAreEmpty() throws Exception {
        responses.put("GET /api/v1/holds", "{\"holds\": []}");
        responses.put("GET /api/v1/groups", "{\"groups\": []}");
        responses.put("GET /api/v1/vms", "{\"vms\": []}");
        responses.put("GET /api/v1/groups/g", "{\"name\": \"g\", \"vms\": [], \"shares\": []}");
        responses.put("DELETE /api/v1/holds", "{\"released\": 1}");

        assertThat(heddle.run("holds", "ls")).isEqualTo(new Ended(0, "", "heddle: no holds\n"));
        assertThat(heddle.run("holds", "ls", "--prefix", "/a", "--agent", "b"))
                .isEqualTo(new Ended(0, "", "heddle: no holds of b below /a\n"));
        assertThat(heddle.run("holds", "ls", "--json")).isEqualTo(new Ended(0, "[]\n", ""));
        assertThat(heddle.run("group", "ls")).isEqualTo(new Ended(0, "", "heddle: no groups\n"));
        assertThat(heddle.run("share", "status")).isEqualTo(new Ended(0, "", "heddle: no VMs\n"));
        assertThat(heddle.run("group", "show", "g"))
                .isEqualTo(new Ended(0, "", "heddle: g has no members and no shares\n"));
        assertThat(heddle.run("holds", "release", "--all")).isEqualTo(new Ended(0, "released 1 hold\n", ""));
    }

    @ParameterizedTest
    @CsvSource({"HUP, 129", "INT, 130", "TERM, 143"})
    void aSignalEndsACommandThatWaitsForTheService(String signal, int code) throws Exception {
        responses.put("GET /api/v1/holds", HANGS);
        responses.put("POST /api/v1/holds/wait", HANGS);
        responses.put("DELETE /api/v1/holds", "{\"released\": true}");
        Path started = directory.resolve("started");
        try (Running lists = heddle.start("holds", "ls");
                Running runs =
                        heddle.start("holds", "run", "/x", "--timeout", "1m", "--", "touch", started.toString())) {
            await().atMost(SOON)
                    .until(() ->
                            requests.contains("GET /api/v1/holds") && requests.contains("POST /api/v1/holds/wait"));

            lists.signal(signal);
            runs.signal(signal);

            assertThat(lists.end()).isEqualTo(new Ended(code, "", ""));
            assertThat(runs.end()).isEqualTo(new Ended(code, "", ""));
            assertThat(requests).as("the file may have been granted meanwhile").contains("DELETE /api/v1/holds");
            assertThat(started).doesNotExist();
        }
    }

    @Test
    void aHoldWhoseRenewalHangsIsLostBeforeItEnds() throws Exception {
        responses.put("PUT /api/v1/holds", holdOf("x"));
        responses.put("GET /api/v1/holds", HANGS);
        responses.put("DELETE /api/v1/holds", "{\"released\": true}");

        Ended ended = heddle.run("holds", "run", "/x", "--ttl", "2s", "--", "sleep", "600");

        assertFailure(ended, 75, "was lost", "was not released");
        assertThat(requests).filteredOn(request -> request.startsWith("PUT")).hasSize(1);
    }

    /** A renewal that the service grants as a new hold: it had ended after the check. */
    @Test
    void aHoldThatARenewalAcquiresAgainIsReleased() throws Exception {
        responses.put("PUT /api/v1/holds", holdOf("x"));
        responses.put("GET /api/v1/holds", "403 {}"); // a token with the role holds:write only
        responses.put("DELETE /api/v1/holds", "{\"released\": true}");
        Path started = directory.resolve("started");
        try (Running running = heddle.with("HEDDLE_AGENT", "shared")
                .start(
                        "holds",
                        "run",
                        "/x",
                        "--ttl",
                        "9s",
                        "--",
                        "sh",
                        "-c",
                        "touch " + started + "; exec sleep 600")) {
            await().atMost(SOON).until(() -> Files.exists(started));
            responses.put("PUT /api/v1/holds", holdOf("x").replace("41", "42"));

            assertFailure(running.end(), 75, "was lost");
            assertThat(requests).contains("DELETE /api/v1/holds");
        }
    }

    private static String holdOf(String text) {
        return """
                {"path": "%1$s", "agent_id": "%1$s", "expires_at": "%1$s", "token": 41, "reason": "%1$s"}""".formatted(text);
    }

    private static void assertFailure(Ended ended, int code, String... reasons) {
        assertThat(ended.err()).startsWith("heddle: ").doesNotContain("Traceback", SECRET);
        assertThat(List.of(reasons))
                .allSatisfy(reason -> assertThat(ended.err()).contains(reason));
        assertThat(ended.err().lines()).hasSize(Math.max(1, reasons.length));
        assertThat(ended.out()).doesNotContain(SECRET);
        assertThat(ended.code()).as(ended.err()).isEqualTo(code);
    }

    private void respond(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            String request =
                    exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
            String authorization = exchange.getRequestHeaders().getFirst("Authorization");
            if (authorization != null) {
                authorizations.add(authorization);
            }
            requests.add(request);
            String response = responses.getOrDefault(request, "404 {}");
            if (response.equals(HANGS)) {
                awaitInterrupt();
                return;
            }
            int status = response.matches("(?s)[1-5]\\d\\d .*") ? Integer.parseInt(response.substring(0, 3)) : 200;
            byte[] body = (status == 200 ? response : response.substring(4)).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private static void awaitInterrupt() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
