package io.heddle.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.testsupport.CommandLine;
import io.heddle.testsupport.CommandLine.Ended;
import io.heddle.testsupport.NatsServer;
import io.heddle.testsupport.PackagedService;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line that the packaged service serves, in an empty directory without the repository. */
class CommandLineIT {

    @TempDir
    Path directory;

    @Test
    void theServiceServesItsCommandLine() throws Exception {
        try (NatsServer server = NatsServer.create();
                PackagedService service = new PackagedService(directory.resolve("service.log"))) {
            server.start();
            service.set("heddle.nats.servers", server.url()).start();
            await().atMost(Duration.ofSeconds(60)).until(() -> service.get("/q/health/ready")
                    .path("status")
                    .asText()
                    .equals("UP"));
            Path empty = Files.createDirectories(directory.resolve("empty"));
            Path program = empty.resolve("heddle");
            URI uri = URI.create(service.url() + "/cli/heddle");
            HttpClient client = HttpClient.newHttpClient();

            HttpResponse<byte[]> response =
                    client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofByteArray());
            Files.write(program, response.body());
            String tag = response.headers().firstValue("ETag").orElseThrow();
            HttpResponse<byte[]> cached = client.send(
                    HttpRequest.newBuilder(uri).header("If-None-Match", tag).build(), BodyHandlers.ofByteArray());
            String sum = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(response.body()));
            CommandLine heddle = new CommandLine(service.url()).program(program).in(empty);
            Ended announced = heddle.run("holds", "announce", "a", "b", "--agent", "one", "--reason", "rename");
            Ended refused = heddle.run("holds", "announce", "b", "c", "--agent", "two");
            Ended who = heddle.run("who", "a", "c");
            JsonNode json = new ObjectMapper()
                    .readTree(heddle.run("--json", "who", "a", "c").out());
            Ended listed = heddle.run("holds", "ls");
            Ended released = heddle.run("holds", "release", "a", "b", "--agent", "one");

            assertThat(response.headers().firstValue("Cache-Control")).contains("no-cache");
            assertThat(cached.statusCode()).isEqualTo(304);
            assertThat(service.text("/cli/heddle.sha256")).isEqualTo(sum + "  heddle\n");
            assertThat(announced.err()).isEmpty();
            assertThat(announced.out()).contains(empty + "/a", empty + "/b", "rename");
            assertThat(refused.code()).isEqualTo(75);
            assertThat(refused.err())
                    .contains(empty + "/b is held by one", "rename", service.url(), "heddle holds wait")
                    .hasLineCount(1);
            assertThat(who.out())
                    .contains("HOLDER", "SINCE", "a", "one", "rename")
                    .contains("c: free\n");
            assertThat(json.at("/0/holds/0/agent_id").asText()).isEqualTo("one");
            assertThat(json.at("/1/held").asBoolean()).isFalse();
            assertThat(listed.out().lines()).hasSize(3);
            assertThat(released).isEqualTo(new Ended(0, "released 2 of 2 paths\n", ""));
            assertThat(heddle.run("holds", "ls").err()).isEqualTo("heddle: no holds\n");
        }
    }
}
