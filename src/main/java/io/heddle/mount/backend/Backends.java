package io.heddle.mount.backend;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collection;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The registered backends. */
public final class Backends {

    // Read when the class is initialised: in a native image that is at build time, where the registrations are.
    private static final Map<String, Backend> ALL = load();

    private Backends() {}

    public static @Nullable Backend find(String name) {
        return ALL.get(name);
    }

    public static Collection<Backend> all() {
        return ALL.values();
    }

    /** Returns what may be shown of the source of a share message: no credential; empty when its backend is not registered. */
    public static String shown(JsonNode message) {
        Backend backend = ALL.get(message.path("backend").asText());
        return backend == null ? "" : backend.shown(JsonFields.of(message.path(backend.name())));
    }

    private static Map<String, Backend> load() {
        Map<String, Backend> backends = new TreeMap<>();
        ServiceLoader.load(Backend.class, loader()).stream()
                .map(ServiceLoader.Provider::get)
                .forEach(backend -> {
                    Backend other = backends.putIfAbsent(backend.name(), backend);
                    if (other != null) {
                        throw new IllegalStateException("two backends are named '" + backend.name() + "': "
                                + other.getClass() + " and " + backend.getClass());
                    }
                });
        return backends;
    }

    // The loader of the application, which in dev mode is not ours and sees more; ours when that is an unrelated one.
    private static ClassLoader loader() {
        ClassLoader ours = Backend.class.getClassLoader();
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        for (ClassLoader loader = context; loader != null; loader = loader.getParent()) {
            if (loader == ours) {
                return context;
            }
        }
        return ours;
    }
}
