package io.heddle.mount.directory;

import io.heddle.mount.ShareApplier;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareRefusedException;
import io.heddle.mount.ShareRefusedException.Reason;
import io.heddle.mount.ShareRules;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The engine for development: a share is a symbolic link to the directory of its source in {@code <state-dir>/volumes}. Needs neither
 * root nor FUSE. It reads files inside the JVM, but only below mount points that its own shares have: none of them can hang as a dead
 * FUSE mount does.
 */
public final class DirectoryApplier implements ShareApplier {

    private final Path volumes;
    private final Path links;
    private final ShareRules rules;
    private final Executor worker;

    public DirectoryApplier(Path stateDir, ShareRules rules, Executor worker) {
        this.volumes = stateDir.toAbsolutePath().normalize().resolve("volumes");
        this.links = volumes.resolveSibling("links");
        this.rules = rules;
        this.worker = worker;
    }

    @Override
    public Uni<Void> mount(ShareMount share) {
        return onWorker(() -> link(share));
    }

    @Override
    public Uni<Void> unmount(ShareMount share) {
        return onWorker(() -> forgetOldLink(share.id(), null));
    }

    private void link(ShareMount share) throws IOException {
        Path link = Path.of(share.mountPoint());
        Path target = volumes.resolve(share.requireSource().path()).normalize();
        if (!target.startsWith(volumes) || target.equals(volumes)) {
            throw new ShareRefusedException(Reason.SOURCE, "the source is not a directory below " + volumes);
        }
        Files.createDirectories(target);
        forgetOldLink(share.id(), link);
        createParent(link);
        if (isLink(link) && link.toString().equals(recorded(share.id()))) {
            if (Files.readSymbolicLink(link).equals(target)) {
                return;
            }
            Files.delete(link);
        } else {
            clear(link);
        }
        record(share.id(), link);
        Files.createSymbolicLink(link, target);
    }

    /** Creates the directory above the link, and checks that no symbolic link leads out of the allowed root. */
    private void createParent(Path link) throws IOException {
        Path root = Path.of(rules.rootOf(link.toString()));
        Path parent = link.resolveSibling("");
        try {
            Files.createDirectories(parent);
        } catch (FileAlreadyExistsException e) {
            throw new ShareRefusedException(
                    Reason.PLACE_TAKEN, "there is a file above the mount point: " + e.getFile());
        }
        if (!link.equals(root) && !parent.toRealPath().equals(root.toRealPath().resolve(root.relativize(parent)))) {
            throw new ShareRefusedException(Reason.MOUNT_POINT, "the mount point leads through a symbolic link");
        }
    }

    /** Removes empty directories at the mount point: shares that were mounted below it have left them. */
    private static void clear(Path link) throws IOException {
        if (!Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        List<Path> found;
        try (Stream<Path> below = Files.walk(link)) {
            found = below.toList();
        }
        for (Path path : found) {
            if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                throw new ShareRefusedException(
                        Reason.PLACE_TAKEN, "there is something at the mount point that is not of this share: " + path);
            }
        }
        for (int last = found.size() - 1; last >= 0; last--) {
            Files.delete(found.get(last));
        }
    }

    private boolean isLink(Path link) throws IOException {
        return Files.isSymbolicLink(link) && Files.readSymbolicLink(link).startsWith(volumes);
    }

    /** Records where a share is linked: only its own link is replaced or removed, also after a restart. */
    private void record(String id, Path link) throws IOException {
        Files.createDirectories(links);
        Files.writeString(links.resolve(id), link.toString());
    }

    private @Nullable String recorded(String id) throws IOException {
        Path record = links.resolve(id);
        return Files.exists(record) ? Files.readString(record) : null;
    }

    private void forgetOldLink(String id, @Nullable Path keep) throws IOException {
        String recorded = recorded(id);
        if (recorded == null || Path.of(recorded).equals(keep)) {
            return;
        }
        if (isLink(Path.of(recorded))) {
            Files.delete(Path.of(recorded));
        }
        Files.delete(links.resolve(id));
    }

    /** One at a time: a cancelled mount may still be running when the next one begins. */
    private Uni<Void> onWorker(FileWork work) {
        return Uni.createFrom().emitter(emitter -> {
            AtomicBoolean cancelled = new AtomicBoolean();
            emitter.onTermination(() -> cancelled.set(true));
            worker.execute(() -> {
                synchronized (this) {
                    if (cancelled.get()) {
                        return;
                    }
                    try {
                        work.run();
                    } catch (IOException e) {
                        emitter.fail(new UncheckedIOException(e.getClass().getSimpleName() + ": " + e.getMessage(), e));
                        return;
                    } catch (RuntimeException e) {
                        emitter.fail(e);
                        return;
                    }
                }
                emitter.complete(null);
            });
        });
    }

    private interface FileWork {
        void run() throws IOException;
    }
}
