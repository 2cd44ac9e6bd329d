package io.heddle.coding;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testsupport.CommandLine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A repository of the installed git. Its commands run with the environment of the command line under test. */
record Repository(Path root, CommandLine heddle) {

    /** What a command of git ended with; {@code output} has both streams. */
    record Done(int code, String output) {}

    static Repository create(Path root, CommandLine heddle) throws Exception {
        Repository repository = new Repository(Files.createDirectories(root).toRealPath(), heddle);
        repository.git("init", "-q", "-b", "main");
        return repository;
    }

    Repository write(String file, String content) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, content);
        return this;
    }

    /** Writes files, and commits everything. */
    Repository commit(String message, String... files) throws Exception {
        for (String file : files) {
            write(file, message + "\n");
        }
        git("add", "-A");
        git("commit", "-q", "--no-verify", "-m", message);
        return this;
    }

    String git(String... arguments) throws Exception {
        Done done = attempt("", arguments);
        assertThat(done.code()).as(done.output()).isZero();
        return done.output();
    }

    Done attempt(String input, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                "git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "protocol.file.allow=always"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(root.toFile()).redirectErrorStream(true);
        heddle.apply(builder.environment())
                .putAll(Map.of("GIT_CONFIG_GLOBAL", "/dev/null", "GIT_CONFIG_NOSYSTEM", "1", "GIT_EDITOR", "true"));
        Process process = builder.start();
        try (var stdin = process.getOutputStream()) {
            stdin.write(input.getBytes(StandardCharsets.UTF_8));
        }
        String output = StandInService.text(process.getInputStream().readAllBytes());
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Done(process.exitValue(), output);
    }

    /** Writes a hook that runs the command line with these arguments. */
    Repository hook(String name, String arguments) throws Exception {
        Path hook = root.resolve(git("rev-parse", "--git-path", "hooks/" + name).strip());
        Files.createDirectories(hook.getParent());
        Files.writeString(
                hook, "#!/bin/sh\nexec python3 '" + Path.of("cli/heddle").toAbsolutePath() + "' " + arguments + "\n");
        assertThat(hook.toFile().setExecutable(true)).isTrue();
        return this;
    }
}
