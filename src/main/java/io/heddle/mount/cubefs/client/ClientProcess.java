package io.heddle.mount.cubefs.client;

import io.heddle.mount.cubefs.kernel.ChildEnvironment;
import io.heddle.mount.cubefs.kernel.ProcessTable;
import io.heddle.mount.cubefs.kernel.ProcessWait;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A CubeFS client: a child of ours, or one that a previous run started. */
public final class ClientProcess {

    private static final Optional<String> SETSID = find("setsid");
    private static final Duration AFTER_KILL = Duration.ofSeconds(5);

    private final ProcessHandle handle;
    private final long startTicks;
    private final @Nullable Process child;

    private ClientProcess(ProcessHandle handle, long startTicks, @Nullable Process child) {
        this.handle = handle;
        this.startTicks = startTicks;
        this.child = child;
    }

    /**
     * Starts a client with its output appended to a file: a pipe would end the client when we end. It gets a session of its
     * own, so that Ctrl-C in the terminal of a developer does not take the mounts down under us.
     *
     * @throws ClientExitedException when the program can't be started
     */
    public static ClientProcess start(List<String> command, RunDirectory directory) {
        List<String> line = new ArrayList<>();
        // setsid(1) replaces itself by the client and keeps the pid, as our child is never a group leader.
        SETSID.ifPresent(line::add);
        line.addAll(command);
        try {
            ProcessBuilder builder = ChildEnvironment.prepare(new ProcessBuilder(line))
                    .redirectErrorStream(true)
                    .redirectOutput(
                            ProcessBuilder.Redirect.appendTo(directory.output().toFile()));
            builder.environment().put(ProcessTable.RUN_DIRECTORY, directory.toString());
            Process process = builder.start();
            long ticks = ProcessTable.startTicks(process.pid()).orElse(0);
            return new ClientProcess(process.toHandle(), ticks, process);
        } catch (IOException e) {
            throw new ClientExitedException("the client cannot be started: " + e.getMessage());
        }
    }

    /** The process with this pid, if it is still the one that was started at this time. */
    public static Optional<ClientProcess> adopt(long pid, long startTicks) {
        return ProcessHandle.of(pid)
                .map(handle -> new ClientProcess(handle, startTicks, null))
                .filter(ClientProcess::isAlive);
    }

    public long pid() {
        return handle.pid();
    }

    public long startTicks() {
        return startTicks;
    }

    public boolean isAlive() {
        if (child != null) {
            return child.isAlive();
        }
        return startTicks == ProcessTable.startTicks(pid()).orElse(-1);
    }

    /** True once it has ended; a child's end is seen at once, another's within milliseconds. */
    public boolean awaitExit(Duration atMost) {
        return child != null ? ProcessWait.forExit(child, atMost) : ProcessWait.forExit(this::isAlive, atMost);
    }

    /** Calls back when a child ends. The end of an adopted process is for the supervisor to see. */
    public void onExit(Runnable action) {
        if (child != null) {
            CompletionStage<Process> exit = child.onExit();
            exit.thenRun(action);
        }
    }

    /** Returns how it ended, human-readable. */
    public String exitDescription() {
        if (child == null) {
            return "the client (pid " + pid() + ") is gone";
        }
        if (child.isAlive()) {
            return "the client (pid " + pid() + ") lives";
        }
        int code = child.exitValue();
        return code > 128 ? "the client was ended by signal " + (code - 128) : "the client exited with " + code;
    }

    /** Whether it ended by itself after an unmount, as far as one can know. */
    public boolean exitedCleanly() {
        return child != null && !child.isAlive() && child.exitValue() == 0;
    }

    /** SIGTERM. The client ends without unmounting: only once its mount is gone. */
    public void terminate() {
        if (isAlive()) {
            handle.destroy();
        }
    }

    /** SIGKILL, and waits; false when it does not end even so. */
    public boolean kill() {
        if (isAlive()) {
            handle.descendants().forEach(ProcessHandle::destroyForcibly);
            handle.destroyForcibly();
        }
        return awaitExit(AFTER_KILL);
    }

    private static Optional<String> find(String program) {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("/usr/bin:/bin");
        for (String directory : path.split(":", -1)) {
            Path candidate = Path.of(directory.isEmpty() ? "." : directory, program);
            if (Files.isExecutable(candidate)) {
                return Optional.of(candidate.toString());
            }
        }
        return Optional.empty();
    }
}
