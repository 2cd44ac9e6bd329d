package io.heddle.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.nats.client.Connection;
import io.nats.client.Nats;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The README's first five minutes, in a terminal as a person has one: dev mode, the example as written there, edits, and the
 * tests at the press of a key. On a copy of the project.
 */
class DevModeIT {

    private static final Path TARGET = Path.of(System.getProperty("project.build.directory", "target"));
    private static final Path PROJECT = TARGET.resolve("dev-mode").toAbsolutePath();
    private static final Path LOG = TARGET.resolve("dev-mode.log").toAbsolutePath();
    private static final Pattern CONNECTED = Pattern.compile(".*HDL0001.*", Pattern.MULTILINE);
    private static final Pattern ESCAPE = Pattern.compile("\\x1b\\[[0-9;]*[A-Za-z]");
    private static final Pattern TESTS_DONE =
            Pattern.compile("(\\d+ tests? failed|All \\d+ tests are passing).* completed at");
    /** The tests that the copy has: one class without the application, and one with it. */
    private static final String TESTS = "(AllowedHosts|PageOverHttp)Test";

    /** How long a machine that does other work too may take for a start, or for one round of the tests. */
    private static final Duration PATIENCE = Duration.ofMinutes(8);

    private static final int RELOADS = 10;

    private final HttpClient http = HttpClient.newHttpClient();
    private int httpPort;
    private int natsPort;
    private Process dev;

    @BeforeEach
    void copyTheProjectAndStart() throws Exception {
        run(
                Path.of("."),
                "rm -rf '%1$s' && mkdir -p '%1$s' && cp -a pom.xml mvnw .mvn cli dev src '%1$s'".formatted(PROJECT));
        run(
                PROJECT,
                "find src/test -regextype egrep -regex '.*(Test|IT)[.]java' ! -regex '.*/%s[.]java' -delete"
                        .formatted(TESTS));
        try (ServerSocket one = new ServerSocket(0);
                ServerSocket two = new ServerSocket(0)) {
            httpPort = one.getLocalPort();
            natsPort = two.getLocalPort();
        }
        String command = "./mvnw --batch-mode quarkus:dev -Ddebug=false";
        ProcessBuilder builder = new ProcessBuilder("script", "--quiet", "--flush", "--command", command, "/dev/null")
                .directory(PROJECT.toFile())
                .redirectErrorStream(true)
                .redirectOutput(LOG.toFile());
        builder.environment().put("TERM", "xterm");
        builder.environment().put("QUARKUS_HTTP_PORT", Integer.toString(httpPort));
        builder.environment().put("HEDDLE_NATS_LOCAL_SERVER_PORT", Integer.toString(natsPort));
        dev = builder.start(); // its standard input stays open: dev mode ends with it
    }

    @AfterEach
    void end() throws Exception {
        dev.descendants().forEach(ProcessHandle::destroyForcibly);
        dev.destroyForcibly().waitFor();
    }

    @Test
    void theReadmesCommandsWorkAndSoDoLiveReloads() throws Exception {
        await().atMost(PATIENCE).until(() -> get("/q/health/ready").contains("\"UP\""));

        List<String> answers = new ArrayList<>();
        for (String command : readmeCommands()) {
            answers.add(run(PROJECT, command));
        }

        assertThat(String.join("\n", answers))
                .contains("agent-1", "\"stream_sequence\":", "team-data ->", "held-by-another", "event: synced")
                .contains("\"done\":2", "class-7c")
                .doesNotContain("\"status\":400", "\"status\":5");
        await().atMost(Duration.ofSeconds(30))
                .until(() -> get("/api/v1/mounts").contains("\"id\":\"library\",\"state\":\"MOUNTED\""));

        Path shares = Path.of("src/main/java/io/heddle/http/mount/MountsResource.java");
        int threads = 0;
        for (int edit = 1; edit <= RELOADS; edit++) {
            String expected = "Heddle's shares, edit " + edit;
            replace(shares, summaryIn(shares), expected);
            await().atMost(Duration.ofSeconds(60)).until(() -> get("/q/openapi").contains(expected));
            if (edit == 2) {
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> get("/api/v1/mounts").contains("MOUNTED"));
                threads = threads();
            }
        }
        await().atMost(Duration.ofSeconds(30)).until(() -> get("/api/v1/mounts").contains("MOUNTED"));
        assertThat(establishedConnections()).isOne();
        assertThat(consumers("weft-mounts")).as("the agent's and the fleet's").isEqualTo(2);
        assertThat(consumers("KV_bones-holds")).isOne();
        assertThat(consumers("KV_heddle-groups")).isOne();
        assertThat(CONNECTED.matcher(Files.readString(LOG)).results().count()).isEqualTo(RELOADS + 1);
        int before = threads;
        // Pools of the JDK and of Quarkus grow by a few with use; ten leaks of even one thread would show.
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(threads()).isLessThan(before + RELOADS - 2));

        Path tested = Path.of("src/main/java/io/heddle/http/security/AllowedHosts.java");
        replace(tested, "host.equals(\"localhost\")", "host.equals(\"elsewhere\")");
        press('r');
        await().atMost(PATIENCE).until(() -> testsDone().endsWith(" failed"));
        assertThat(Files.readString(LOG)).contains("AllowedHostsTest#whatNoSiteCanBeNamedIsTaken");
        replace(tested, "host.equals(\"elsewhere\")", "host.equals(\"localhost\")");
        await().atMost(PATIENCE).until(() -> testsDone().startsWith("All "));

        // However dev mode ends, its broker ends with it.
        dev.descendants()
                .filter(process -> process.info().command().orElse("").endsWith("java"))
                .forEach(ProcessHandle::destroyForcibly);
        await().atMost(Duration.ofSeconds(30)).until(() -> !listening());
    }

    /** The first text that {@code file} gives to OpenAPI. */
    private static String summaryIn(Path file) throws IOException {
        Matcher summary = Pattern.compile("summary = \"([^\"]*)\"").matcher(Files.readString(PROJECT.resolve(file)));
        assertThat(summary.find()).isTrue();
        return summary.group(1);
    }

    /** The commands of the README's first section, in their order, with the ports of this test. */
    private List<String> readmeCommands() throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        String section = readme.substring(readme.indexOf("## Try it"), readme.indexOf("## Test it"));
        List<String> commands = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL)
                .matcher(section)
                .results()
                .map(block -> block.group(1))
                .filter(command -> !command.contains("quarkus:dev"))
                .map(command -> command.replace("localhost:8080", "localhost:" + httpPort))
                .toList();
        assertThat(commands).hasSizeGreaterThan(8);
        return commands;
    }

    private long consumers(String stream) throws Exception {
        try (Connection connection = Nats.connect("nats://127.0.0.1:" + natsPort)) {
            return connection
                    .jetStreamManagement()
                    .getStreamInfo(stream)
                    .getStreamState()
                    .getConsumerCount();
        }
    }

    /** The threads of the service's process, from the kernel's own table. */
    private int threads() throws IOException {
        long service = dev.descendants()
                .filter(process -> process.info().command().orElse("").endsWith("java"))
                .mapToLong(ProcessHandle::pid)
                .max()
                .orElseThrow();
        return Integer.parseInt(Files.readAllLines(Path.of("/proc/" + service + "/status")).stream()
                .filter(line -> line.startsWith("Threads:"))
                .findFirst()
                .orElseThrow()
                .replaceAll("\\D", ""));
    }

    private void press(char key) throws IOException {
        OutputStream keys = dev.getOutputStream();
        keys.write(key);
        keys.flush();
    }

    /** What the last run of the tests came to; empty before the first has ended. */
    private static String testsDone() throws IOException {
        return TESTS_DONE
                .matcher(ESCAPE.matcher(Files.readString(LOG)).replaceAll(""))
                .results()
                .map(done -> done.group(1))
                .reduce("", (before, last) -> last);
    }

    private static void replace(Path file, String was, String now) throws IOException {
        Path source = PROJECT.resolve(file);
        String text = Files.readString(source);
        assertThat(text).contains(was);
        Files.writeString(source, text.replace(was, now));
    }

    private String get(String path) throws InterruptedException {
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + httpPort + path))
                    .timeout(Duration.ofSeconds(60))
                    .build();
            return http.send(request, BodyHandlers.ofString()).body();
        } catch (IOException notYet) {
            return "";
        }
    }

    /** The connections that the broker holds, from the kernel's own table. */
    private long establishedConnections() throws IOException {
        String local = String.format(":%04X ", natsPort);
        long count = 0;
        for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
            count += Files.readAllLines(Path.of(table)).stream()
                    .map(line -> line.trim().split("\\s+"))
                    .filter(fields -> (fields[1] + " ").endsWith(local) && fields[3].equals("01"))
                    .count();
        }
        return count;
    }

    private boolean listening() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), natsPort)) {
            return socket.isConnected();
        } catch (IOException closed) {
            return false;
        }
    }

    private String run(Path directory, String command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", command).directory(directory.toFile());
        builder.environment().put("HEDDLE_URL", "http://localhost:" + httpPort);
        Process process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        // 28: curl's --max-time, for a stream that has no end.
        assertThat(process.exitValue()).as(command + output).isIn(0, command.contains("--max-time") ? 28 : 0);
        return output;
    }
}
