package io.heddle.mount.cubefs.client;

import io.heddle.mount.cubefs.CubeFsLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * {@code <state-dir>/cubefs/<share id>/}, mode 0700 because the client writes its credentials into its logs: the record, the
 * client's configuration while it starts, a note on the mount point while it is made, its output and its log directory. Files
 * are 0600.
 */
public final class RunDirectory {

    private static final String RECORD = "record.json";
    private static final String CONFIG = "config-";
    private static final String MOUNT_POINT_NOTE = "place";
    private static final Set<PosixFilePermission> PRIVATE_FILE = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> PRIVATE_DIRECTORY = PosixFilePermissions.fromString("rwx------");

    private final Path path;

    private RunDirectory(Path path) {
        this.path = path;
    }

    public static RunDirectory of(Path stateDirectory, String id) {
        return new RunDirectory(parent(stateDirectory).resolve(id));
    }

    /** Returns all, whether or not their shares are desired. */
    public static List<RunDirectory> all(Path stateDirectory) {
        try (Stream<Path> children = Files.list(parent(stateDirectory))) {
            return children.filter(Files::isDirectory).map(RunDirectory::new).toList();
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path parent(Path stateDirectory) {
        return stateDirectory.toAbsolutePath().normalize().resolve("cubefs");
    }

    public String id() {
        return String.valueOf(path.getFileName());
    }

    /** Returns the absolute path. */
    @Override
    public String toString() {
        return path.toString();
    }

    public Path output() {
        return path.resolve("client.log");
    }

    /** The client redirects its output to this file once it has read its options. */
    public Path redirectedOutput() {
        return logDirectory().resolve("client/client/output.log");
    }

    /** Everything that the latest start of the client wrote. */
    public ClientOutput clientOutput() {
        return new ClientOutput(List.of(output(), redirectedOutput()));
    }

    /** The client makes a tree of its own in there. */
    public Path logDirectory() {
        return path.resolve("log");
    }

    /**
     * The directory where the client mounts, before the mount is attached to the mount point of the share. No one else can write on
     * the way to it. Outside of the run directory, which is deleted with all that is in it. A real path, as in the mount table.
     */
    public Path stage() {
        Path parent = Objects.requireNonNull(path.getParent());
        Path stages = parent.resolveSibling("mounting");
        try {
            return stages.toRealPath().resolve(id());
        } catch (NoSuchFileException e) {
            return stages.resolve(id()); // nothing has been mounted yet
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + stages, e);
        }
    }

    /** Makes the directory, without the logs of an earlier client. */
    public void open() {
        deleteTree(logDirectory());
        try {
            FileAttribute<?> mode = PosixFilePermissions.asFileAttribute(PRIVATE_DIRECTORY);
            Files.createDirectories(logDirectory(), mode);
            // createDirectories does not change the mode of an existing directory.
            Files.createDirectories(stage(), mode);
            for (Path directory : List.of(
                    Objects.requireNonNull(stage().getParent()),
                    Optional.ofNullable(path.getParent()).orElse(path),
                    path,
                    logDirectory())) {
                Files.setPosixFilePermissions(directory, PRIVATE_DIRECTORY);
            }
            deleteConfigs();
            Files.deleteIfExists(output());
            Files.createFile(output(), PosixFilePermissions.asFileAttribute(PRIVATE_FILE));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make " + path + ": " + e, e);
        }
    }

    /** Replaces the record as a whole: a reader finds the old or the new one, never half of one. */
    public void write(RunRecord record) {
        Path fresh = path.resolve(RECORD + ".new");
        try {
            Files.deleteIfExists(fresh);
            writePrivate(fresh, record.toJson());
            Files.move(fresh, path.resolve(RECORD), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the record in " + path + ": " + e, e);
        }
    }

    public Optional<RunRecord> read() {
        try {
            return Optional.of(RunRecord.fromJson(Files.readAllBytes(path.resolve(RECORD))));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            CubeFsLog.LOG.recordUnreadable(id(), String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    /** Where it is noted that a mount point is about to be made, until the record says so. */
    public Path mountPointNote() {
        return path.resolve(MOUNT_POINT_NOTE);
    }

    /** The mount point that was about to be made when we were killed. */
    public Optional<String> notedMountPoint() {
        try {
            return Optional.of(Files.readString(mountPointNote())).filter(place -> !place.isEmpty());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + mountPointNote(), e);
        }
    }

    public void deleteMountPointNote() {
        try {
            Files.deleteIfExists(mountPointNote());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + mountPointNote(), e);
        }
    }

    public boolean exists() {
        return Files.isDirectory(path);
    }

    public boolean hasRecord() {
        return Files.exists(path.resolve(RECORD));
    }

    /**
     * A new file for each start. An orphan of an earlier start that was still on its way to reading its configuration when
     * we were killed finds it gone, instead of finding the next one's and mounting a second time.
     */
    public Path writeConfig(byte[] json) {
        byte[] nonce = new byte[4];
        new SecureRandom().nextBytes(nonce); // not a constant: a native image would keep its seed
        Path config = path.resolve(CONFIG + HexFormat.of().formatHex(nonce) + ".json");
        try {
            writePrivate(config, json);
            return config;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + config, e);
        }
    }

    /** What the command line of every client of this share holds. */
    public String configPrefix() {
        return path.resolve(CONFIG).toString();
    }

    public void deleteConfigs() {
        try (DirectoryStream<Path> configs = Files.newDirectoryStream(path, CONFIG + "*")) {
            for (Path config : configs) {
                Files.deleteIfExists(config);
            }
        } catch (NoSuchFileException e) {
            CubeFsLog.LOG.notCleanedUp(path.toString(), "not there");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete a client's configuration in " + path, e);
        }
    }

    /** Deletes the stage; only while nothing is mounted there. */
    public void deleteStage() {
        try {
            Files.deleteIfExists(stage());
        } catch (IOException e) {
            CubeFsLog.LOG.notCleanedUp(stage().toString(), String.valueOf(e.getMessage()));
        }
    }

    /** Forgets the client; its output stays for the operator. */
    public void deleteRecord() {
        deleteConfigs();
        try {
            Files.deleteIfExists(path.resolve(RECORD));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete the record in " + path, e);
        }
    }

    /** Removes everything. */
    public void delete() {
        deleteRecord();
        deleteTree(path);
    }

    private static void deleteTree(Path top) {
        try (Stream<Path> tree = Files.walk(top)) {
            for (Path each : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (NoSuchFileException e) {
            CubeFsLog.LOG.notCleanedUp(top.toString(), "not there");
        } catch (IOException | UncheckedIOException e) {
            // A client that lives on may still write its logs; nothing depends on them.
            CubeFsLog.LOG.notCleanedUp(top.toString(), String.valueOf(e.getMessage()));
        }
    }

    private static void writePrivate(Path file, byte[] content) throws IOException {
        Set<StandardOpenOption> options = EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try (var channel = Files.newByteChannel(file, options, PosixFilePermissions.asFileAttribute(PRIVATE_FILE))) {
            channel.write(ByteBuffer.wrap(content));
        }
    }
}
