package io.heddle.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.heddle.testsupport.CommandLine;
import io.heddle.testsupport.CommandLine.Ended;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which service a command uses, and which token that service gets: option, environment, project file, user file, default. */
class CommandLineServiceTest {

    /** A service that is not on this machine as far as the command line can tell. */
    private static final String ELSEWHERE = "127.0.0.2";

    @TempDir
    Path directory;

    private final List<String> requests = new CopyOnWriteArrayList<>();
    private HttpServer here;
    private HttpServer elsewhere;
    private Path project;
    private Path config;
    private CommandLine heddle;

    @BeforeEach
    void begin() throws Exception {
        here = serve("127.0.0.1");
        elsewhere = serve(ELSEWHERE);
        project = Files.createDirectories(directory.resolve("project"));
        Files.createDirectories(project.resolve(".git"));
        config = Files.createDirectories(directory.resolve("config/heddle")).resolve("config.json");
        Files.writeString(config.resolveSibling("token"), "of-user\n");
        heddle = new CommandLine()
                .with("XDG_CONFIG_HOME", directory.resolve("config").toString())
                .in(project);
    }

    @AfterEach
    void end() {
        here.stop(0);
        elsewhere.stop(0);
    }

    @Test
    void theOptionComesFirstThenTheEnvironmentTheProjectAndTheUser() throws Exception {
        user("{\"service\": \"" + url(here) + "\", \"token_file\": \"token\"}");
        assertUsed("here Bearer of-user", "holds", "ls");
        assertUsed("here Bearer of-user", "holds", "ls", "--url", url(here));

        project("{\"service\": \"" + url(elsewhere) + "\"}");
        assertUsed("elsewhere null", "holds", "ls");

        heddle.with("HEDDLE_URL", url(here));
        assertUsed("here Bearer of-user", "holds", "ls");
        assertUsed("elsewhere null", "holds", "--url", url(elsewhere), "ls");
        assertUsed("elsewhere null", "--url=" + url(elsewhere), "holds", "ls");
    }

    @Test
    void aProjectCannotSendATokenToAServiceThatTheUserDidNotChoose() throws Exception {
        project("{\"service\": \"" + url(elsewhere) + "\"}");
        Path token = Files.writeString(directory.resolve("token"), "of-option");
        heddle.with("HEDDLE_TOKEN", "of-environment");

        assertUsed("elsewhere null", "holds", "ls");
        Ended refused = heddle.run("holds", "ls", "--token-file", token.toString());
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("only .heddle.json names", "--url " + url(elsewhere));
        Ended verify = heddle.run("holds", "announce", "x");
        assertThat(verify.code()).isEqualTo(77);
        assertThat(verify.err())
                .as("holds announce gets 401")
                .contains("HEDDLE_TOKEN is not sent", "--url " + url(elsewhere))
                .hasLineCount(1);

        assertUsed("elsewhere Bearer of-environment", "holds", "ls", "--url", url(elsewhere));
        user("{\"service\": \"" + url(elsewhere) + "\"}");
        assertUsed("elsewhere Bearer of-environment", "holds", "ls");
        assertUsed("elsewhere Bearer of-option", "holds", "ls", "--token-file", token.toString());
    }

    @Test
    void aUserFileThatCannotBeReadIsReported() throws Exception {
        for (String content : List.of("[]", "{", "{\"token\": \"s3cr3t\"}", "{\"service\": 7}")) {
            user(content);
            Ended ended = heddle.run("holds", "ls");

            assertThat(ended.code()).as(content).isEqualTo(2);
            assertThat(ended.err())
                    .contains(config.toString())
                    .doesNotContain("s3cr3t")
                    .hasLineCount(1);
        }
        user("{\"service\": \"" + url(here) + "\", \"token_file\": \"missing\"}");
        assertThat(heddle.run("holds", "ls").err()).contains("token_file of " + config, "No such file");
        assertThat(requests).isEmpty();
    }

    private void assertUsed(String expected, String... arguments) throws Exception {
        requests.clear();
        Ended ended = heddle.run(arguments);
        assertThat(ended).isEqualTo(new Ended(0, "", "heddle: no holds\n"));
        assertThat(requests).containsExactly(expected);
    }

    private void user(String content) throws IOException {
        Files.writeString(config, content);
    }

    private void project(String content) throws IOException {
        Files.writeString(project.resolve(".heddle.json"), content);
    }

    private static String url(HttpServer server) {
        return "http://" + server.getAddress().getAddress().getHostAddress() + ":"
                + server.getAddress().getPort();
    }

    private HttpServer serve(String address) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getByName(address), 0), 0);
        server.createContext("/api/v1/holds", exchange -> respond(exchange, address));
        server.start();
        return server;
    }

    private void respond(HttpExchange exchange, String address) throws IOException {
        try (exchange) {
            String token = exchange.getRequestHeaders().getFirst("Authorization");
            requests.add((address.equals(ELSEWHERE) ? "elsewhere " : "here ") + token);
            boolean reads = exchange.getRequestMethod().equals("GET");
            byte[] body = (reads ? "{\"holds\": []}" : "{}").getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(reads ? 200 : 401, body.length);
            exchange.getResponseBody().write(body);
        }
    }
}
