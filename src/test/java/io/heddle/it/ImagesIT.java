package io.heddle.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.testsupport.PackagedService;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the Dockerfiles promise, as far as it can be seen where no image can be built. */
class ImagesIT {

    private static final Path DOCKER = Path.of("src/main/docker");

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"Dockerfile.jvm", "Dockerfile.native", "Dockerfile.native-micro"})
    void everyImageIsPinnedLabelledCheckedAndRunsAsItsRoleAllows(String name) throws IOException {
        String file = Files.readString(DOCKER.resolve(name));

        assertThat(all(file, "^(?:ARG \\w+=|FROM )([^\\s$]+[:@]\\S+)"))
                .hasSizeGreaterThan(0)
                .allSatisfy(image -> assertThat(image)
                        .matches("[^\\s:]+:v?[0-9]+\\.[0-9]+\\S*")
                        .doesNotContain("latest"));
        assertThat(file).contains("org.opencontainers.image.title=", "EXPOSE 8080", "HEALTHCHECK ", "ENTRYPOINT [");
        assertThat(file).containsIgnoringCase("architecture");
        // The last stage is what is built when nobody says --target: the one without rights.
        assertThat(all(file, "^FROM \\S+ AS (\\w+)")).last().isEqualTo("api");
        assertThat(all(file, "^USER (\\S+)")).last().isEqualTo("10001:10001");
        if (!name.endsWith("micro")) {
            String agent = file.substring(file.indexOf(" AS agent"), file.indexOf(" AS api"));
            assertThat(agent).contains("fuse3", "cfs-client", "USER 0", "/var/lib/heddle");
        }
    }

    @Test
    void theJvmImagesFilesAreThereAndReachTheBuild() throws IOException {
        String file = Files.readString(DOCKER.resolve("Dockerfile.jvm"));
        List<String> allowed = Files.readAllLines(Path.of(".dockerignore")).stream()
                .filter(line -> line.startsWith("!"))
                .map(line -> line.substring(1))
                .toList();

        List<String> sources = all(file, "^COPY (?:--chmod=\\d+ )?((?:(?!--)\\S+ )+)\\S+$").stream()
                .flatMap(list -> Stream.of(list.trim().split(" ")))
                .toList();

        assertThat(sources).hasSizeGreaterThan(5).allSatisfy(source -> {
            assertThat(Path.of(source)).exists();
            assertThat(allowed)
                    .anyMatch(pattern -> Path.of(source).startsWith(pattern)
                            || FileSystems.getDefault()
                                    .getPathMatcher("glob:" + pattern)
                                    .matches(Path.of(source)));
        });
    }

    @Test
    void theHealthCheckTellsALivingServiceFromNone() throws Exception {
        try (PackagedService service = new PackagedService(directory.resolve("service.log"))) {
            service.set("heddle.nats.servers", "nats://127.0.0.1:1"); // life does not depend on the broker
            assertThat(healthCheck(service.port())).isNotZero();

            service.start();

            await().atMost(Duration.ofSeconds(60)).until(() -> healthCheck(service.port()) == 0);
            service.kill();
            assertThat(healthCheck(service.port())).isNotZero();
        }
    }

    private int healthCheck(int port) throws IOException, InterruptedException {
        ProcessBuilder check = new ProcessBuilder(DOCKER.resolve("healthcheck").toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("healthcheck.log").toFile());
        check.environment().put("QUARKUS_HTTP_PORT", Integer.toString(port));
        return check.start().waitFor();
    }

    private static List<String> all(String text, String pattern) {
        return Pattern.compile(pattern, Pattern.MULTILINE)
                .matcher(text)
                .results()
                .map((MatchResult match) -> match.group(1))
                .toList();
    }
}
