package io.heddle.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.nats.client.Connection;
import io.nats.client.Nats;
import java.io.IOException;
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
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The README's first five minutes: dev mode, the example as written there, an edit. On a copy of the project. */
class DevModeIT {

    private static final Path TARGET = Path.of(System.getProperty("project.build.directory", "target"));
    private static final Path PROJECT = TARGET.resolve("dev-mode").toAbsolutePath();
    private static final Path LOG = TARGET.resolve("dev-mode.log").toAbsolutePath();
    private static final Pattern CONNECTED = Pattern.compile(".*HDL0001.*", Pattern.MULTILINE);

    private final HttpClient http = HttpClient.newHttpClient();
    private int httpPort;
    private int natsPort;
    private Process dev;

    @BeforeEach
    void copyTheProjectAndStart() throws Exception {
        run(
                Path.of("."),
                "rm -rf '%1$s' && mkdir -p '%1$s' && cp -a pom.xml mvnw .mvn dev src '%1$s'".formatted(PROJECT));
        try (ServerSocket one = new ServerSocket(0);
                ServerSocket two = new ServerSocket(0)) {
            httpPort = one.getLocalPort();
            natsPort = two.getLocalPort();
        }
        ProcessBuilder builder = new ProcessBuilder("./mvnw", "--batch-mode", "quarkus:dev", "-Ddebug=false")
                .directory(PROJECT.toFile())
                .redirectErrorStream(true)
                .redirectOutput(LOG.toFile());
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
    void theReadmesExampleWorksAndSoDoesALiveReload() throws Exception {
        await().atMost(Duration.ofMinutes(3)).until(() -> get("/q/health/ready").contains("\"UP\""));

        String answer = run(PROJECT, readmeCommand("curl -X PUT"));
        assertThat(answer).contains("\"stream_sequence\":1");
        await().atMost(Duration.ofSeconds(1))
                .until(() -> run(PROJECT, readmeCommand("curl localhost")).contains("\"state\":\"MOUNTED\""));
        assertThat(run(PROJECT, readmeCommand("ls -l"))).contains("team-data ->");

        for (int edit = 1; edit <= 3; edit++) {
            replace("Heddle's shares, edit " + (edit - 1), "Heddle's shares, edit " + edit);
            String expected = "Heddle's shares, edit " + edit;
            await().atMost(Duration.ofSeconds(60)).until(() -> get("/q/openapi").contains(expected));
        }
        await().atMost(Duration.ofSeconds(10)).until(() -> get("/api/v1/mounts").contains("MOUNTED"));
        assertThat(establishedConnections()).isOne();
        try (Connection connection = Nats.connect("nats://127.0.0.1:" + natsPort)) {
            assertThat(connection
                            .jetStreamManagement()
                            .getStreamInfo("weft-mounts")
                            .getStreamState()
                            .getConsumerCount())
                    .isOne();
        }
        assertThat(CONNECTED.matcher(Files.readString(LOG)).results().count()).isEqualTo(4);

        // However dev mode ends, its broker ends with it.
        dev.descendants()
                .filter(process -> process.info().command().orElse("").endsWith("java"))
                .forEach(ProcessHandle::destroyForcibly);
        await().atMost(Duration.ofSeconds(10)).until(() -> !listening());
    }

    /** A command of the README's, with the ports of this test. */
    private String readmeCommand(String beginning) throws IOException {
        Matcher block = Pattern.compile("```sh\n(" + Pattern.quote(beginning) + ".*?)```", Pattern.DOTALL)
                .matcher(Files.readString(Path.of("README.md")));
        assertThat(block.find())
                .as("the README has a command that begins with " + beginning)
                .isTrue();
        return block.group(1).replace("localhost:8080", "localhost:" + httpPort);
    }

    private void replace(String was, String now) throws IOException {
        Path source = PROJECT.resolve("src/main/java/io/heddle/http/MountsResource.java");
        String text = Files.readString(source);
        String marked = text.contains(was) ? text : text.replace("This agent's shares, and how they reach it", was);
        Files.writeString(source, marked.replace(was, now));
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

    private static String run(Path directory, String command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("sh", "-c", command)
                .directory(directory.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(command).isZero();
        return output;
    }
}
