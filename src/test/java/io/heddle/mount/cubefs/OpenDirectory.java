package io.heddle.mount.cubefs;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;

/** A process whose working directory is a share. */
final class OpenDirectory implements AutoCloseable {

    private final Process process;

    OpenDirectory(String path) {
        try {
            process = new ProcessBuilder("sh", "-c", "echo here; exec sleep 600")
                    .directory(new File(path))
                    .start();
            process.inputReader().readLine();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
