package io.heddle.testsupport;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/**
 * The classes of the packaged service as the JVM stores them at the end of a run. A start with them takes half of the processor's time;
 * the images have an AOT cache for the same purpose. The first test process that starts the service makes it.
 */
final class ClassArchive {

    private static final Path TARGET = Path.of(System.getProperty("project.build.directory", "target"));
    private static final Path ARCHIVE = TARGET.resolve("heddle.jsa").toAbsolutePath();

    private ClassArchive() {}

    /** Returns the option with which a JVM uses the archive for {@code jar}; another JVM ignores it. */
    static synchronized String option(Path jar) {
        try (FileChannel lockFile = FileChannel.open(
                        TARGET.resolve("heddle.jsa.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = lockFile.lock()) {
            if (lock.isValid() && !isNewerThan(jar)) {
                make();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return "-XX:SharedArchiveFile=" + ARCHIVE;
    }

    private static boolean isNewerThan(Path jar) throws IOException {
        return Files.exists(ARCHIVE)
                && Files.getLastModifiedTime(ARCHIVE).compareTo(Files.getLastModifiedTime(jar)) > 0;
    }

    private static void make() throws IOException {
        Path made = ARCHIVE.resolveSibling("heddle.jsa.new");
        Files.deleteIfExists(made);
        try (PackagedService service = new PackagedService(ARCHIVE.resolveSibling("heddle.jsa.log"))
                .set("heddle.mounts.vm-ids", "training")
                .set("heddle.mounts.engine", "directory")
                .set(
                        "heddle.mounts.state-dir",
                        ARCHIVE.resolveSibling("heddle.jsa.state").toString())) {
            service.start("-XX:ArchiveClassesAtExit=" + made);
            // It answers without a broker, too.
            await().atMost(Duration.ofMinutes(2)).until(() -> service.get("/q/health/live")
                    .path("status")
                    .asText()
                    .equals("UP"));
            service.stop();
        }
        Files.move(made, ARCHIVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
