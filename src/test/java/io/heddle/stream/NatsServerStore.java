package io.heddle.stream;

import io.heddle.testsupport.NatsServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A copy of what a stopped server had stored, as an administrator's backup of the disk would be. */
final class NatsServerStore {

    private final NatsServer server;
    private final Path copy;

    private NatsServerStore(NatsServer server, Path copy) {
        this.server = server;
        this.copy = copy;
    }

    static NatsServerStore copyOf(NatsServer server) {
        Path copy = server.directory().resolve("backup");
        copyTree(server.directory().resolve("store"), copy);
        return new NatsServerStore(server, copy);
    }

    void restore() {
        server.wipe();
        copyTree(copy, server.directory().resolve("store"));
    }

    private static void copyTree(Path from, Path to) {
        try (Stream<Path> tree = Files.walk(from)) {
            List<Path> paths = tree.toList();
            for (Path path : paths) {
                Files.copy(path, to.resolve(from.relativize(path).toString()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
