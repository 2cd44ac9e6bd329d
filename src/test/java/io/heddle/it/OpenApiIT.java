package io.heddle.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.it.DescribedRequests.Request;
import io.heddle.testsupport.ApiDocument;
import io.heddle.testsupport.ApiDocument.Operation;
import io.heddle.testsupport.Fuzzing;
import io.heddle.testsupport.NatsServer;
import io.heddle.testsupport.PackagedService;
import io.heddle.testsupport.RawHttp;
import io.heddle.testsupport.RawHttp.Answer;
import io.heddle.testsupport.RawHttp.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The description of the packaged service: a validator accepts it, generated clients work with the service, and the service answers as it
 * describes. {@code -Dheddle.test.requests=20000} is the long form of the last one.
 */
class OpenApiIT {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int REQUESTS = Integer.getInteger("heddle.test.requests", 2_000);
    private static final long SEED = Fuzzing.seed();
    private static final String GENERATOR = "7.14.0";
    /** Of the generator itself: what it says of every description in this version, and about examples, which it does not generate. */
    private static final List<String> NOTES = List.of(
            "OpenAPI 3.1 support is still in beta",
            "Response examples can currently only be generated for application/json",
            "Ignoring complex example on request body");

    private static final Path SOURCES = Path.of("src/test/openapi").toAbsolutePath();
    private static final Path TOOLS = Path.of(System.getProperty("project.build.directory", "target"))
            .toAbsolutePath()
            .resolve("openapi-clients");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path directory;

    private static NatsServer server;
    private static PackagedService service;
    private static Path shares;
    private static Path description;

    @BeforeAll
    static void start() throws IOException {
        server = NatsServer.started();
        shares = Files.createDirectories(directory.resolve("shares"));
        service = new PackagedService(directory.resolve("service.log"))
                .set("heddle.nats.servers", server.url())
                .set("heddle.mounts.vm-ids", "vm-1")
                .set("heddle.mounts.engine", "directory")
                .set("heddle.mounts.state-dir", directory.resolve("state").toString())
                .set("heddle.mounts.allowed-roots", shares.toString())
                .start();
        await().atMost(SOON)
                .until(() -> service.get("/q/health/ready").path("status").asText(), "UP"::equals);
        description = Files.writeString(directory.resolve("heddle.json"), service.text("/q/openapi?format=json"));
    }

    @AfterAll
    static void stop() {
        service.close();
        server.close();
    }

    @Test
    void validatorAcceptsTheDescription() throws Exception {
        assertThat(run(python("-m", "openapi_spec_validator", description.toString())))
                .endsWith(": OK\n");
    }

    @Test
    void pythonClient() throws Exception {
        Path client = directory.resolve("python");
        String output = run(python(
                "-m",
                "openapi_python_client",
                "generate",
                "--path",
                description.toString(),
                "--meta",
                "none",
                "--output-path",
                client.resolve("heddle_client").toString(),
                "--fail-on-warning"));
        assertThat(output).doesNotContainIgnoringCase("warning");

        assertThat(run(python(
                        SOURCES.resolve("client.py").toString(), client.toString(), service.url(), shares.toString())))
                .contains("every call answered");
    }

    @Test
    void javaClient() throws Exception {
        Path client = directory.resolve("java");
        String output = run(List.of(
                java("java"),
                "-jar",
                generator().toString(),
                "generate",
                "--input-spec",
                description.toString(),
                "--generator-name",
                "java",
                "--library",
                "native",
                "--output",
                client.toString(),
                "--additional-properties",
                "openApiNullable=false,useJakartaEe=true,hideGenerationTimestamp=true,invokerPackage=io.heddle.client,"
                        + "apiPackage=io.heddle.client.api,modelPackage=io.heddle.client.model"));
        assertThat(output.lines().filter(line -> line.matches(".*(WARN|ERROR) .*")))
                .filteredOn(line -> NOTES.stream().noneMatch(line::contains))
                .isEmpty();

        Path classes = directory.resolve("java-classes");
        List<String> compile = new ArrayList<>(List.of(
                java("javac"), "-nowarn", "-cp", System.getProperty("java.class.path"), "-d", classes.toString()));
        try (Stream<Path> files = Files.walk(client.resolve("src/main/java"))) {
            files.map(Path::toString).filter(file -> file.endsWith(".java")).forEach(compile::add);
        }
        compile.add(SOURCES.resolve("Client.java").toString());
        run(compile);
        assertThat(run(List.of(
                        java("java"),
                        "-cp",
                        classes + ":" + System.getProperty("java.class.path"),
                        "Client",
                        service.url(),
                        shares.toString())))
                .contains("every call answered");
    }

    @Test
    void everyRequestIsAnsweredAsDescribed() throws Exception {
        System.out.println("OpenApiIT: -Dheddle.test.seed=" + SEED);
        ApiDocument api = ApiDocument.parse(Files.readAllBytes(description));
        DescribedRequests requests = new DescribedRequests(api, shares.toString());
        Random random = new Random(SEED);
        Map<String, Integer> statuses = new TreeMap<>();
        Set<String> succeeded = new TreeSet<>();
        List<String> failures = new ArrayList<>();

        try (RawHttp client = new RawHttp(service.port(), PATIENCE)) {
            for (int i = 0; i < REQUESTS && failures.size() < 10; i++) {
                Request request = requests.next(random);
                Answer answer = exchange(client, request);
                String flaw = flaw(api, request.operation(), answer);
                if (flaw != null) {
                    failures.add("request " + i + ": " + flaw + "\n" + request + "\n" + answer);
                } else if (answer.status() < 300) {
                    succeeded.add(request.operation().id());
                    if (answer.body().startsWith("{")) {
                        requests.learn(JSON.readTree(answer.body()));
                    }
                }
                statuses.merge(answer.status() + " " + request.operation().id(), 1, Integer::sum);
            }
        }

        System.out.println("OpenApiIT: " + statuses);
        assertThat(failures).as("-Dheddle.test.seed=" + SEED).isEmpty();
        // There is no sign-in here, and a VM is forgotten only if it reported and has no share.
        assertThat(requests.operations())
                .extracting(Operation::id)
                .filteredOn(id -> !Set.of("signInCaller", "forgetVm").contains(id))
                .allMatch(succeeded::contains);
    }

    private static Answer exchange(RawHttp client, Request request) throws IOException {
        Answer answer = client.exchange(request.bytes(), false, false);
        // The server closes an idle connection, or one whose request it did not read to the end.
        return answer.kind() == Kind.CLOSED && !answer.fresh()
                ? client.exchange(request.bytes(), false, false)
                : answer;
    }

    /** Returns how an answer differs from the description; null when it does not. */
    private static String flaw(ApiDocument api, Operation operation, Answer answer) throws IOException {
        if (answer.kind() != Kind.WHOLE && answer.kind() != Kind.STREAM) {
            return "no answer";
        }
        JsonNode described = operation.node().path("responses").path(Integer.toString(answer.status()));
        if (described.isMissingNode() || answer.status() == 500) {
            return "the status " + answer.status() + " is not described";
        }
        JsonNode content = api.resolve(described).path("content");
        if (content.isEmpty()) {
            return answer.body().isEmpty() ? null : "the answer has a body";
        }
        String type = answer.header("content-type").replaceAll(";.*", "");
        JsonNode schema = content.path(type).path("schema");
        if (schema.isMissingNode()) {
            return "the media type '" + type + "' is not described";
        }
        if (!type.endsWith("json") || type.endsWith("ndjson")) {
            return null;
        }
        List<String> errors = api.errors(schema, JSON.readTree(answer.body()));
        return errors.isEmpty() ? null : errors.toString();
    }

    private static List<String> python(String... arguments) throws Exception {
        Path environment = TOOLS.resolve("python");
        Path python = environment.resolve("bin/python");
        if (!Files.exists(environment.resolve("ready"))) {
            requireInstalled(List.of("python3", "-m", "venv", environment.toString()));
            requireInstalled(List.of(
                    python.toString(),
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "-r",
                    SOURCES.resolve("requirements.txt").toString()));
            Files.createFile(environment.resolve("ready"));
        }
        List<String> command = new ArrayList<>(List.of(python.toString()));
        command.addAll(List.of(arguments));
        return command;
    }

    private static Path generator() throws Exception {
        Path jar = TOOLS.resolve("openapi-generator-cli-" + GENERATOR + ".jar");
        if (!Files.exists(jar)) {
            requireInstalled(List.of(
                    Path.of("mvnw").toAbsolutePath().toString(),
                    "--batch-mode",
                    "--quiet",
                    "org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy",
                    "-Dartifact=org.openapitools:openapi-generator-cli:" + GENERATOR,
                    "-DoutputDirectory=" + TOOLS));
        }
        return jar;
    }

    private static String java(String program) {
        return Path.of(System.getProperty("java.home"), "bin", program).toString();
    }

    /** Where the tools cannot be installed, there is nothing to test with; CI must be able to. */
    private static void requireInstalled(List<String> command) throws Exception {
        try {
            run(command);
        } catch (IOException | AssertionError e) {
            if (System.getenv("CI") != null) {
                throw e;
            }
            assumeThat(e).as("%s", command).isNull();
        }
    }

    private static String run(List<String> command) throws Exception {
        Path out = Files.createTempFile(directory, "out", ".txt");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile());
        // The generator of the Python client runs a formatter that is installed beside it.
        builder.environment().merge("PATH", TOOLS.resolve("python/bin").toString(), (path, own) -> own + ":" + path);
        Process process = builder.start();
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).as("%s", command).isTrue();
        String output = Files.readString(out, StandardCharsets.UTF_8);
        assertThat(process.exitValue()).as("%s: %s", command, output).isZero();
        return output;
    }
}
