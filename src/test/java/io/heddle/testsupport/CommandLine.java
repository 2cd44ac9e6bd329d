package io.heddle.testsupport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs {@code cli/heddle} in its own process; its output goes to files, or to a pseudo-terminal. */
public final class CommandLine {

    /** The interpreter itself: {@code python3} may be a script that looks for it first, each time. */
    public static final String PYTHON = interpreter();

    /** Runs the command in a pseudo-terminal, and copies what that displays to the output. */
    private static final String IN_A_TERMINAL =
            "import os, pty, sys; status = pty.spawn(sys.argv[1:]); sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 99)";

    /** What coding agents set for the commands that they run: a test may be one of these commands. */
    private static final List<String> OF_AGENTS =
            List.of("CLAUDE_CODE_SESSION_ID", "CODEX_THREAD_ID", "CURSOR_CONVERSATION_ID", "GEMINI_SESSION_ID");

    private static final Path FILES = Path.of(System.getProperty("project.build.directory", "target"), "command-line")
            .toAbsolutePath();

    private final Map<String, String> environment = new HashMap<>();
    private Path program = Path.of("cli/heddle").toAbsolutePath();
    private Path directory = Path.of("").toAbsolutePath();

    /** Without the URL of a service: the one of the repository's {@code .heddle.json} counts. */
    public CommandLine() {
        environment.put("TERM", "xterm");
        environment.put("COLUMNS", "100");
        // Not those of the developer.
        environment.put("XDG_CONFIG_HOME", FILES.resolve("config").toString());
        environment.put("XDG_CACHE_HOME", FILES.resolve("cache").toString());
    }

    public CommandLine(String url) {
        this();
        environment.put("HEDDLE_URL", url);
    }

    /** Runs another file than the one of the checkout. */
    public CommandLine program(Path file) {
        program = file;
        return this;
    }

    /** Runs the command in a directory. */
    public CommandLine in(Path where) {
        directory = where;
        return this;
    }

    /** Sets the environment of a process as that of the command. */
    public Map<String, String> apply(Map<String, String> target) {
        target.keySet()
                .removeIf(name -> name.startsWith("HEDDLE_")
                        || name.startsWith("GIT_")
                        || name.equals("NO_COLOR")
                        || OF_AGENTS.contains(name));
        target.putAll(environment);
        return target;
    }

    public CommandLine with(String name, String value) {
        environment.put(name, value);
        return this;
    }

    /** The exit code of a command, and its output. */
    public record Ended(int code, String out, String err) {}

    /** A running command. */
    public static final class Running implements AutoCloseable {

        private final Process process;
        private final Path out;
        private final Path err;

        private Running(Process process, Path out, Path err) {
            this.process = process;
            this.out = out;
            this.err = err;
        }

        public String out() throws IOException {
            return Files.readString(out, StandardCharsets.UTF_8);
        }

        public boolean isAlive() {
            return process.isAlive();
        }

        /** Sends a signal, such as {@code INT}, to the command. */
        public void signal(String name) throws Exception {
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .start()
                    .waitFor();
        }

        public Ended end() throws Exception {
            if (!process.waitFor(120, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the command does not end: " + out() + Files.readString(err));
            }
            return new Ended(process.exitValue(), out(), Files.readString(err, StandardCharsets.UTF_8));
        }

        @Override
        public void close() {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    public Ended run(String... arguments) throws Exception {
        try (Running running = start(arguments)) {
            return running.end();
        }
    }

    /** Runs it with a text as its standard input. */
    public Ended runWith(String input, String... arguments) throws Exception {
        Path file = Files.writeString(Files.createTempFile("input", null), input);
        try (Running running = startBy(List.of(), file, arguments)) {
            return running.end();
        } finally {
            Files.delete(file);
        }
    }

    private static String interpreter() {
        try {
            Process asked = new ProcessBuilder("python3", "-c", "import sys; print(sys.executable)")
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            return new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Running start(String... arguments) throws IOException {
        return startBy(List.of(), arguments);
    }

    /** Starts it in a terminal; everything that the terminal displays is {@code out}. */
    public Running startInTerminal(String... arguments) throws IOException {
        return startBy(List.of(PYTHON, "-c", IN_A_TERMINAL), arguments);
    }

    /** Runs it from a shell script, which finds the command in {@code "$@"}. */
    public Ended runBy(String script, String... arguments) throws Exception {
        try (Running running = startBy(List.of("bash", "-c", script, "bash"), arguments)) {
            return running.end();
        }
    }

    /** Starts it by another program, which gets the command as its last arguments. */
    public Running startBy(List<String> starter, String... arguments) throws IOException {
        return startBy(starter, Path.of("/dev/null"), arguments);
    }

    private Running startBy(List<String> starter, Path input, String... arguments) throws IOException {
        Path output = Files.createTempDirectory(Files.createDirectories(FILES), "run");
        Path out = output.resolve("out");
        Path err = output.resolve("err");
        // A shell's background jobs, and so what the tests run in, ignore it; Ctrl-C reaches the command of a user.
        List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT"));
        command.addAll(starter);
        command.addAll(List.of(PYTHON, program.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectInput(input.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        apply(builder.environment());
        return new Running(builder.start(), out, err);
    }
}
