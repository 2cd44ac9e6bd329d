package org.example;

import io.heddle.mount.ShareApplier;
import io.heddle.mount.ShareMount;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The host's own way to apply shares; Heddle's engines stay out of the way. */
@ApplicationScoped
public class NotingApplier implements ShareApplier {

    private final Map<String, String> mounted = new ConcurrentHashMap<>();

    @Override
    public Uni<Void> mount(ShareMount share) {
        return Uni.createFrom().voidItem().invoke(() -> mounted.put(share.id(), share.mountPoint()));
    }

    @Override
    public Uni<Void> unmount(ShareMount share) {
        return Uni.createFrom().voidItem().invoke(() -> mounted.remove(share.id()));
    }

    public Map<String, String> mounted() {
        return mounted;
    }
}
