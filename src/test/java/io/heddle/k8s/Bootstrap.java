package io.heddle.k8s;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Runs {@code k8s/bootstrap}, and reads what it wrote. */
record Bootstrap(Path directory) {

    /** Runs it with further arguments, and returns its output. */
    String run(String... arguments) throws IOException, InterruptedException {
        Result result = attempt(arguments);
        if (result.code() != 0) {
            throw new AssertionError("k8s/bootstrap ended with " + result.code() + ": " + result.output());
        }
        return result.output();
    }

    Result attempt(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("k8s/bootstrap", "--directory", directory.toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output);
    }

    /** The Secrets and ConfigMaps. */
    Manifests objects() throws IOException {
        StringBuilder all = new StringBuilder();
        try (Stream<Path> files = Files.list(directory.resolve("kubernetes"))) {
            for (Path file : files.sorted().toList()) {
                all.append("---\n").append(Files.readString(file));
            }
        }
        return Manifests.read(all.toString());
    }

    Path seed(String user) {
        return directory.resolve("seeds").resolve(user + ".nk");
    }

    record Result(int code, String output) {}
}
