package io.heddle.mount.directory;

import io.heddle.mount.ShareApplier;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareRefusedException;
import io.heddle.mount.ShareRefusedException.Reason;
import io.heddle.mount.ShareRules;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The engine for development: a share is a symbolic link to the directory of its source in {@code <state-dir>/volumes}. Needs neither root
 * nor FUSE. It looks at files inside the JVM, which is safe only because nothing here can hang as a dead FUSE mount does.
 */
public final class DirectoryApplier implements ShareApplier {

    private final Path volumes;
    private final ShareRules rules;
    private final Executor worker;

    public DirectoryApplier(Path stateDir, ShareRules rules, Executor worker) {
        this.volumes = stateDir.toAbsolutePath().normalize().resolve("volumes");
        this.rules = rules;
        this.worker = worker;
    }

    @Override
    public Uni<Void> mount(ShareMount share) {
        return onWorker(() -> link(share));
    }

    @Override
    public Uni<Void> unmount(ShareMount share) {
        return onWorker(() -> {
            if (!share.mountPoint().isEmpty() && isOurs(Path.of(share.mountPoint()))) {
                Files.delete(Path.of(share.mountPoint()));
            }
            forgetOldLinks(share.id(), null);
        });
    }

    private void link(ShareMount share) throws IOException {
        Path link = Path.of(share.mountPoint());
        Path target = volumes.resolve(share.requireSource().path()).normalize();
        if (!target.startsWith(volumes) || target.equals(volumes)) {
            throw new ShareRefusedException(Reason.SOURCE, "the source is not a directory below " + volumes);
        }
        Files.createDirectories(target);
        forgetOldLinks(share.id(), link);
        createParent(link);
        if (isOurs(link)) {
            if (Files.readSymbolicLink(link).equals(target)) {
                record(share.id(), link);
                return;
            }
            Files.delete(link);
        } else if (Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
            throw new ShareRefusedException(
                    Reason.PLACE_TAKEN, "there is something at the mount point that is not ours: " + link);
        }
        record(share.id(), link);
        Files.createSymbolicLink(link, target);
    }

    /** Makes the directory above the link, and sees that no link of somebody else leads out of the allowed root. */
    private void createParent(Path link) throws IOException {
        Path root = Path.of(rules.rootOf(link.toString()));
        Path parent = link.resolveSibling("");
        Files.createDirectories(parent);
        if (!link.equals(root) && !parent.toRealPath().equals(root.toRealPath().resolve(root.relativize(parent)))) {
            throw new ShareRefusedException(Reason.MOUNT_POINT, "the mount point leads through a symbolic link");
        }
    }

    private boolean isOurs(Path link) throws IOException {
        return Files.isSymbolicLink(link) && Files.readSymbolicLink(link).startsWith(volumes);
    }

    /** Where a share was linked is written down, so that a moved share leaves no link behind, also after a restart. */
    private void record(String id, Path link) throws IOException {
        Files.createDirectories(links());
        Files.writeString(links().resolve(id), link.toString());
    }

    private void forgetOldLinks(String id, @Nullable Path keep) throws IOException {
        Path recorded = links().resolve(id);
        if (!Files.exists(recorded)) {
            return;
        }
        Path old = Path.of(Files.readString(recorded));
        if (!old.equals(keep)) {
            if (isOurs(old)) {
                Files.delete(old);
            }
            Files.delete(recorded);
        }
    }

    private Path links() {
        return volumes.resolveSibling("links");
    }

    private Uni<Void> onWorker(FileWork work) {
        return Uni.createFrom()
                .voidItem()
                .invoke(() -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e.getClass().getSimpleName() + ": " + e.getMessage(), e);
                    }
                })
                .runSubscriptionOn(worker);
    }

    private interface FileWork {
        void run() throws IOException;
    }
}
