package io.heddle.testsupport;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The packaged service as its users run it, {@code java -jar quarkus-run.jar} in a process of its own, in the prod profile. Its
 * output goes to a file, so that what it says can be read and searched.
 */
public final class PackagedService implements AutoCloseable {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Path TARGET = Path.of(System.getProperty("project.build.directory", "target"));
    private static final String JVM_OPTIONS = "JDK_JAVA_OPTIONS";

    private final Map<String, String> settings = new LinkedHashMap<>();
    private final Map<String, String> environment = new LinkedHashMap<>();
    private final List<String> launcher = new ArrayList<>();
    private final Path log;
    private final int port;
    private final HttpClient http = HttpClient.newHttpClient();
    private Process process;

    /** @param log where the output is appended, over all starts */
    public PackagedService(Path log) {
        this.log = log;
        try (ServerSocket socket = new ServerSocket(0)) {
            this.port = socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        set("quarkus.http.port", Integer.toString(port));
    }

    public PackagedService set(String property, String value) {
        settings.put(property, value);
        return this;
    }

    public PackagedService environment(String name, String value) {
        environment.put(name, value);
        return this;
    }

    /** The command that starts the JVM, given as its arguments; {@link #kill()} and {@link #stop()} then are for that command. */
    public PackagedService through(String... command) {
        launcher.addAll(List.of(command));
        return this;
    }

    /** Starts the process and returns at once. */
    public PackagedService start() {
        return start(ClassArchive.option(jar()));
    }

    /** Starts the process with one more option of the JVM. */
    PackagedService start(String option) {
        List<String> command = new ArrayList<>(launcher);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        // As arguments: the JVM says that it took them from the environment, and that would stand in the log.
        command.addAll(jvmOptions());
        settings.forEach((name, value) -> command.add("-D" + name + "=" + value));
        command.addAll(List.of(option, "-jar", jar().toString()));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().remove(JVM_OPTIONS);
        builder.environment().putAll(environment);
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Process started = process;
        Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly));
        return this;
    }

    private static Path jar() {
        Path jar = TARGET.resolve("quarkus-app/quarkus-run.jar");
        if (!Files.exists(jar)) {
            throw new IllegalStateException(jar + " is missing: run ./mvnw package first");
        }
        return jar;
    }

    private static List<String> jvmOptions() {
        String options = System.getenv().getOrDefault(JVM_OPTIONS, "").strip();
        return options.isEmpty() ? List.of() : List.of(options.split(" +"));
    }

    /** Where it answers, without a slash at the end. */
    public String url() {
        return "http://127.0.0.1:" + port;
    }

    /** Where it listens, on 127.0.0.1. */
    public int port() {
        return port;
    }

    /** The process's id; that of the launcher when there is one. */
    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public int exitCode() {
        return await();
    }

    /** SIGTERM, as an operator or Kubernetes does; returns when the process is gone. */
    public void stop() {
        process.destroy();
        await();
    }

    /** kill -9. */
    public void kill() {
        process.destroyForcibly();
        await();
    }

    /** The body of a GET, or an empty object while nothing answers. */
    public JsonNode get(String path) {
        try {
            return MAPPER.readTree(text(path));
        } catch (IOException e) {
            return MAPPER.createObjectNode();
        }
    }

    public String text(String path) throws IOException {
        HttpRequest request =
                HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(5)).build();
        return send(request).body();
    }

    public HttpResponse<String> put(String path, String json) throws IOException {
        return send("PUT", path, json);
    }

    /** Any request with a body of JSON, which may be empty. */
    public HttpResponse<String> send(String method, String path, String json) throws IOException {
        return send(HttpRequest.newBuilder(uri(path))
                .timeout(Duration.ofSeconds(20))
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(json))
                .build());
    }

    /** The state of one share, or an empty string when the agent does not know it or does not answer. */
    public String shareState(String id) {
        return share(id).path("state").asText();
    }

    /** What the agent says of one share. */
    public JsonNode share(String id) {
        for (JsonNode mount : get("/api/v1/mounts").path("mounts")) {
            if (mount.path("id").asText().equals(id)) {
                return mount;
            }
        }
        return MAPPER.createObjectNode();
    }

    public String output() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        if (process != null && process.isAlive()) {
            kill();
        }
    }

    private URI uri(String path) {
        return URI.create(url() + path);
    }

    private HttpResponse<String> send(HttpRequest request) throws IOException {
        try {
            return http.send(request, BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    private int await() {
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the service does not end; see " + log);
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
