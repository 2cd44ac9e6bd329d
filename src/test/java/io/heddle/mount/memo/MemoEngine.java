package io.heddle.mount.memo;

import io.heddle.mount.ShareApplier;
import io.heddle.mount.ShareMount;
import io.heddle.mount.memo.MemoBackend.Memo;
import io.smallrye.common.annotation.Identifier;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The engine of {@link MemoBackend}. */
@Singleton
@Identifier(MemoBackend.NAME)
final class MemoEngine implements ShareApplier {

    private final Map<String, Path> files = new ConcurrentHashMap<>();

    @Override
    public Uni<Void> mount(ShareMount share) {
        return onWorker(() -> {
            Path file = Path.of(share.mountPoint());
            Files.createDirectories(file.getParent());
            files.put(share.id(), file);
            Files.writeString(file, ((Memo) share.requireSource()).text());
        });
    }

    @Override
    public Uni<Void> unmount(ShareMount share) {
        return onWorker(() -> {
            Path file = files.remove(share.id());
            if (file != null) {
                Files.delete(file);
            }
        });
    }

    private static Uni<Void> onWorker(Work work) {
        return Uni.createFrom()
                .voidItem()
                .invoke(() -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                })
                .runSubscriptionOn(Infrastructure.getDefaultWorkerPool());
    }

    private interface Work {
        void run() throws IOException;
    }
}
