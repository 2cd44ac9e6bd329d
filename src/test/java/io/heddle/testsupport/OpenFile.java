package io.heddle.testsupport;

import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A process that holds a file of a share open, as a user's program does, and reads it when told. Never this JVM. */
public final class OpenFile implements AutoCloseable {

    private final Process process;
    private final BufferedReader answers;

    public OpenFile(String path) {
        try {
            process = new ProcessBuilder(
                            "sh",
                            "-c",
                            "exec 3<>\"$1\"; echo open; while read -r line; do head -c 5 <&3; echo; done",
                            "sh",
                            path)
                    .redirectErrorStream(true)
                    .start();
            answers = process.inputReader(StandardCharsets.UTF_8);
            if (!"open".equals(answers.readLine())) {
                throw new IllegalStateException("cannot open " + path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Begins to read the next five bytes. */
    public void read() {
        try {
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for what a read gave. */
    public String answer() {
        try {
            return answers.readLine();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until a child of the process sits in a system call to the share. */
    public void awaitBlocked() {
        await().atMost(Duration.ofSeconds(30)).until(() -> process.descendants().anyMatch(child -> {
            try {
                return Files.readString(Path.of("/proc/" + child.pid() + "/wchan"))
                        .contains("request");
            } catch (IOException e) {
                return false;
            }
        }));
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        try {
            process.waitFor(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
