package io.heddle.mount.node;

import static io.heddle.mount.node.MountLog.LOG;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The state directory of one node agent: created when absent, and locked while the node agent runs, so that no second one takes
 * its mounts for those of a previous run. Blocking. Thread-safe.
 */
final class StateDirectory implements AutoCloseable {

    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE_FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private static final Set<OpenOption> CREATE_OR_WRITE =
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);

    /** Who has which directory in this process: the kernel's lock is one for each process, not for each channel. */
    private static final Map<Path, String> IN_THIS_PROCESS = new ConcurrentHashMap<>();

    private final Path path;
    private final String owner;
    private @Nullable FileChannel lock;
    private @Nullable Path locked;

    /** @param owner who opens it, for the error message of another node agent */
    StateDirectory(Path path, String owner) {
        this.path = path;
        this.owner = "process " + ProcessHandle.current().pid() + " (" + owner + ")";
    }

    Path path() {
        return path;
    }

    /**
     * Creates the directory with mode 0700 when it is absent, checks and locks it. Does nothing when it is open.
     *
     * @throws IllegalStateException when it is unsafe, or another node agent uses it
     * @throws UncheckedIOException when it cannot be created or written
     */
    synchronized void open() {
        if (lock != null) {
            return;
        }
        try {
            if (!Files.isDirectory(path)) {
                Files.createDirectories(path.resolveSibling(""));
                Files.createDirectory(path, PRIVATE);
            }
            lock();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "heddle.mounts.state-dir=" + path + " cannot be used: it must be a directory that this process may"
                            + " write",
                    e);
        }
    }

    private void lock() throws IOException {
        Path real = path.toRealPath();
        String other = IN_THIS_PROCESS.putIfAbsent(real, owner);
        if (other != null) {
            throw inUse(other);
        }
        FileChannel channel = null;
        try {
            PosixFileAttributes directory = Files.readAttributes(real, PosixFileAttributes.class);
            Path file = real.resolve("lock");
            if (isPrivate(directory)) {
                channel = FileChannel.open(file, CREATE_OR_WRITE, PRIVATE_FILE);
            }
            // Only its owner may have planted something there; the file that this process created shows who that is.
            if (channel == null || !Files.getOwner(file).equals(directory.owner())) {
                throw unsafe(directory);
            }
            if (channel.tryLock() == null) {
                String name = Files.readString(file);
                throw inUse(name.isEmpty() ? "a process that could not write its name" : name);
            }
            writeOwner(channel);
            lock = channel;
            locked = real;
        } finally {
            if (lock == null) {
                IN_THIS_PROCESS.remove(real);
                if (channel != null) {
                    channel.close();
                }
            }
        }
    }

    /** For error messages only: a full file system keeps nobody from the mounts that are there. */
    private void writeOwner(FileChannel channel) {
        ByteBuffer name = ByteBuffer.wrap(owner.getBytes(StandardCharsets.UTF_8));
        try {
            // Not truncated first: a file of an earlier run has the space for it.
            channel.write(name, 0);
            channel.truncate(name.capacity());
        } catch (IOException e) {
            LOG.ownerNotNamed(path.toString(), e.toString());
        }
    }

    private IllegalStateException inUse(String other) {
        return new IllegalStateException("heddle.mounts.state-dir=" + path + " is in use by " + other
                + ": stop that node agent, or give this one a state directory of its own");
    }

    private static boolean isPrivate(PosixFileAttributes directory) {
        return !directory.permissions().contains(PosixFilePermission.GROUP_WRITE)
                && !directory.permissions().contains(PosixFilePermission.OTHERS_WRITE);
    }

    private IllegalStateException unsafe(PosixFileAttributes directory) {
        return new IllegalStateException("heddle.mounts.state-dir=" + path + " is not safe: it belongs to "
                + directory.owner().getName() + " with mode " + PosixFilePermissions.toString(directory.permissions())
                + "; it must belong to the user of this process, and no one else may write it");
    }

    /** Returns the engines that earlier runs may have left mounts of. */
    Set<String> engines() {
        try {
            return new TreeSet<>(Files.readAllLines(path.resolve("engines")));
        } catch (NoSuchFileException e) {
            return Set.of();
        } catch (IOException e) {
            throw new UncheckedIOException("heddle.mounts.state-dir: the file engines cannot be read", e);
        }
    }

    /** Stores which engines this run may leave mounts of. */
    void storeEngines(Set<String> engines) {
        if (!engines.equals(engines())) {
            try {
                replace("engines", String.join("\n", engines).getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new UncheckedIOException("heddle.mounts.state-dir: the file engines cannot be written", e);
            }
        }
    }

    /** Replaces a file, mode 0600, in one step. */
    void replace(String name, byte[] content) throws IOException {
        Path next = path.resolve(name + ".next");
        Files.deleteIfExists(next);
        try (FileChannel channel = FileChannel.open(
                next, EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), PRIVATE_FILE)) {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(next, path.resolve(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Releases the lock. */
    @Override
    public synchronized void close() {
        FileChannel open = lock;
        Path real = locked;
        if (open == null || real == null) {
            return;
        }
        lock = null;
        try {
            open.close();
        } catch (IOException e) {
            throw new UncheckedIOException("heddle.mounts.state-dir=" + path + " cannot be unlocked", e);
        } finally {
            IN_THIS_PROCESS.remove(real);
        }
    }
}
