package io.heddle.mount.cubefs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareSignal;
import io.heddle.mount.cubefs.kernel.ChildEnvironment;
import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The stand-in shows its credentials in its output, as the real client does; none of it may come out of ours. */
class CubeFsSecretsTest {

    private final CubeFsFixture fixture = new CubeFsFixture();
    private final List<String> emitted = new CopyOnWriteArrayList<>();
    private final Logger logger = Logger.getLogger("io.heddle.mount.cubefs");
    private final Handler listener = new Handler() {
        @Override
        public void publish(LogRecord entry) {
            emitted.add(entry.getMessage());
            for (Object parameter : entry.getParameters() == null ? new Object[0] : entry.getParameters()) {
                emitted.add(String.valueOf(parameter));
            }
            if (entry.getThrown() != null) {
                emitted.add(trace(entry.getThrown()));
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listen() {
        listener.setLevel(Level.ALL);
        logger.addHandler(listener);
    }

    @AfterEach
    void nothingIsLeft() {
        logger.removeHandler(listener);
        fixture.close();
    }

    @Test
    void noneIsInAnErrorASignalALogOrAProcess() throws IOException {
        // Given
        ShareMount fails = fixture.share("fails");
        ShareMount dies = fixture.share("dies");
        ShareMount lives = fixture.share("lives");
        fixture.stub.mode("vol-fails", "exit1 access denied");
        fixture.stub.mode("vol-dies", "die-after 100");
        fixture.set("cubefs.mount-deadline", "500ms");

        // When
        Throwable failure = catchThrowable(() -> fixture.mount(fails));
        fixture.mount(lives);
        fixture.mount(dies);
        await().atMost(CubeFsFixture.SOON).until(() -> !fixture.signals.isEmpty());

        // Then
        emitted.add(trace(failure));
        fixture.signals.forEach(signal -> emitted.add(signal.toString()));
        ProcessHandle.current().descendants().forEach(process -> addProcess(process.pid()));
        fixture.stub.liveClients().forEach(process -> addProcess(process.pid()));
        assertThat(failure).hasMessageContaining("***").hasMessageContaining("access denied");
        assertThat(((ShareSignal.Lost) fixture.signals.get(0)).reason()).contains("***", "giving up");
        assertThat(emitted).hasSizeGreaterThan(5).noneMatch(CubeFsSecretsTest::holdsSecret);
        assertThat(holdsSecret(Files.readString(output("lives"))))
                .as("the stand-in shows it")
                .isTrue();
    }

    @Test
    void theConfigurationIsPrivateAndDeletedOnceTheMountAnswers() throws IOException {
        // Given
        fixture.stub.mode("vol-slow", "never");
        ShareMount slow = fixture.share("slow");
        UniAssertSubscriber<Void> mounting =
                fixture.applier().mount(slow).subscribe().withSubscriber(UniAssertSubscriber.create());
        await().atMost(CubeFsFixture.SOON)
                .until(() -> !fixture.stub.starts("vol-slow").isEmpty());
        assertThat(configs("slow")).singleElement().satisfies(config -> {
            assertThat(mode(config)).isEqualTo("rw-------");
            assertThat(Files.readString(config))
                    .contains(
                            "\"mountPoint\":\"" + fixture.stub.stateDirectory().resolve("mounting/slow") + "\"")
                    .contains("\"volName\":\"vol-slow\"", "\"owner\":\"class-7\"")
                    .contains("\"masterAddr\":\"10.0.0.1:17010\"")
                    .contains("\"accessKey\":\"" + CubeFsFixture.ACCESS_KEY + "\"")
                    .contains("\"logLevel\":\"warn\"", "\"subdir\":\"\"", "\"rdonly\":false")
                    .contains("\"enableAudit\":false", "\"locallyProf\":true", "\"exporterEnable\":false");
        });

        // When
        mounting.cancel();
        fixture.mount(fixture.share("fast"));

        // Then
        await().atMost(CubeFsFixture.SOON).until(() -> configs("slow").isEmpty());
        assertThat(configs("fast")).isEmpty();
        assertThat(fixture.stub.liveClients()).hasSize(1);
    }

    @Test
    void whatStaysOnTheDiskIsPrivateAndTheRecordHoldsNone() throws IOException {
        // Given
        ShareMount share = fixture.share("disk");

        // When
        fixture.mount(share);

        // Then
        Path directory = fixture.stub.stateDirectory().resolve("cubefs/disk");
        assertThat(mode(fixture.stub.stateDirectory())).isEqualTo("rwx------");
        assertThat(mode(directory.getParent())).isEqualTo("rwx------");
        assertThat(mode(directory)).isEqualTo("rwx------");
        assertThat(mode(directory.resolve("log"))).isEqualTo("rwx------");
        assertThat(mode(output("disk"))).isEqualTo("rw-------");
        assertThat(mode(directory.resolve("record.json"))).isEqualTo("rw-------");
        String record = Files.readString(directory.resolve("record.json"));
        assertThat(holdsSecret(record)).isFalse();
        assertThat(record).contains("\"pid\":" + fixture.stub.starts("vol-disk").get(0));
    }

    @Test
    void theServicesOwnEnvironmentIsNotInherited() {
        // Given
        ProcessBuilder builder = new ProcessBuilder("true");
        builder.environment().put("HEDDLE_NATS_PASSWORD", "p");
        builder.environment().put("QUARKUS_SOMETHING", "q");

        // When
        ChildEnvironment.prepare(builder);

        // Then
        assertThat(builder.environment())
                .containsKey("PATH")
                .doesNotContainKeys("HEDDLE_NATS_PASSWORD", "QUARKUS_SOMETHING");
    }

    private Path output(String id) {
        return fixture.stub.stateDirectory().resolve("cubefs").resolve(id).resolve("client.log");
    }

    private List<Path> configs(String id) throws IOException {
        Path directory = fixture.stub.stateDirectory().resolve("cubefs").resolve(id);
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().startsWith("config"))
                    .toList();
        }
    }

    private void addProcess(long pid) {
        for (String file : List.of("cmdline", "environ")) {
            try {
                emitted.add(Files.readString(Path.of("/proc", Long.toString(pid), file), StandardCharsets.ISO_8859_1));
            } catch (IOException e) {
                // It ended.
            }
        }
    }

    private static boolean holdsSecret(String text) {
        return text.contains(CubeFsFixture.ACCESS_KEY)
                || text.contains(CubeFsFixture.SECRET_KEY)
                || text.contains("et/with")
                || text.contains("slash'");
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private static String trace(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString();
    }
}
