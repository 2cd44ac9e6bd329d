package io.heddle.mount.cubefs.kernel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A short-lived process that touches the path of a share instead of this JVM. A caller of a dead or silent FUSE mount sleeps, and
 * not even SIGKILL wakes it once the client has read its request.
 */
public final class HelperProcess {

    private final @Nullable Process process;
    private final String notStarted;

    private HelperProcess(@Nullable Process process, String notStarted) {
        this.process = process;
        this.notStarted = notStarted;
    }

    /** Starts the command and returns; a program that is not there shows in the {@link #result()}. */
    public static HelperProcess start(List<String> command) {
        ProcessBuilder builder = ChildEnvironment.prepare(new ProcessBuilder(command));
        builder.redirectErrorStream(true);
        // The messages of the tools are compared; they must not be translated.
        builder.environment().put("LC_ALL", "C");
        builder.environment().remove("CDPATH");
        try {
            return new HelperProcess(builder.start(), "");
        } catch (IOException e) {
            return new HelperProcess(null, String.valueOf(e.getMessage()));
        }
    }

    /** Runs the command to its end, or kills it at the deadline. */
    public static HelperResult run(Duration deadline, List<String> command) {
        HelperProcess helper = start(command);
        if (!helper.await(deadline)) {
            helper.kill();
            return new HelperResult(HelperResult.STILL_RUNNING, "no answer within " + deadline.toMillis() + " ms");
        }
        return helper.result();
    }

    /** Waits at most this long; true once the process has ended. */
    public boolean await(Duration atMost) {
        return process == null || ProcessWait.forExit(process, atMost);
    }

    public boolean isRunning() {
        return process != null && process.isAlive();
    }

    /** What came of it; {@link HelperResult#STILL_RUNNING} while it runs. */
    public HelperResult result() {
        if (process == null) {
            return new HelperResult(HelperResult.NOT_FOUND, notStarted);
        }
        if (process.isAlive()) {
            return new HelperResult(HelperResult.STILL_RUNNING, "");
        }
        try {
            // The process has ended and its output (a few lines) is drained: this does not wait.
            byte[] output = process.getInputStream().readAllBytes();
            return new HelperResult(process.exitValue(), new String(output, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Completes when the process has ended; at once when it never started. */
    public CompletionStage<Void> onExit() {
        return process == null
                ? CompletableFuture.completedFuture(null)
                : process.onExit().thenAccept(ended -> {});
    }

    /** SIGKILL, to it and to what it started. May have no effect until the mount answers or is aborted. */
    public void kill() {
        if (process != null) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }
}
