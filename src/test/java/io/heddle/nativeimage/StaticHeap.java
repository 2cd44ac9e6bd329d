package io.heddle.nativeimage;

import io.netty.buffer.ByteBuf;
import io.vertx.core.buffer.Buffer;
import java.io.Closeable;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Modifier;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.Timer;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;

/**
 * What a native image would contain of a class that is initialised while the image is built: the objects that its static fields reach.
 * GraalVM refuses some of them (buffers, threads, sockets, random number generators), and others are wrong in every process of the image
 * (times).
 */
final class StaticHeap {

    private static final List<Class<?>> FORBIDDEN = List.of(
            Buffer.class,
            ByteBuf.class,
            Thread.class,
            ThreadGroup.class,
            Timer.class,
            RandomGenerator.class, // Random and SecureRandom are
            Socket.class,
            Channel.class,
            Closeable.class,
            Process.class,
            Clock.class);
    /** A time this close to now was read from the clock. */
    private static final Duration NOW = Duration.ofDays(1);

    private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Deque<Reached> open = new ArrayDeque<>();
    private final List<String> forbidden = new ArrayList<>();

    private record Reached(Object object, String path) {}

    private StaticHeap() {}

    /** Initialises the class, and returns the path and the type of each forbidden object that its static fields reach. */
    static List<String> forbidden(Class<?> type) throws ReflectiveOperationException {
        Class<?> initialised = Class.forName(type.getName(), true, type.getClassLoader());
        StaticHeap heap = new StaticHeap();
        for (Field field : initialised.getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers()) && !field.isSynthetic()) {
                heap.reach(field, null, type.getName());
            }
        }
        while (!heap.open.isEmpty()) {
            heap.visit(heap.open.poll());
        }
        return heap.forbidden;
    }

    private void visit(Reached reached) throws IllegalAccessException {
        Object object = reached.object;
        if (isForbidden(object)) {
            forbidden.add(reached.path + ": " + object.getClass().getName());
        } else if (object instanceof Collection<?> all) {
            all.forEach(each -> reach(each, reached.path + "[]"));
        } else if (object instanceof Map<?, ?> map) {
            map.forEach((key, value) -> {
                reach(key, reached.path + ".key");
                reach(value, reached.path + "[" + key + "]");
            });
        } else if (object instanceof Optional<?> optional) {
            optional.ifPresent(value -> reach(value, reached.path));
        } else if (object instanceof AtomicReference<?> reference) {
            reach(reference.get(), reached.path);
        } else if (object.getClass().isArray()) {
            for (int i = 0; i < Array.getLength(object) && object instanceof Object[]; i++) {
                reach(Array.get(object, i), reached.path + "[]");
            }
        } else if (isFollowed(object.getClass())) {
            for (Class<?> type = object.getClass(); type != null; type = type.getSuperclass()) {
                for (Field field : type.getDeclaredFields()) {
                    if (!Modifier.isStatic(field.getModifiers())
                            && !field.getType().isPrimitive()) {
                        reach(field, object, reached.path);
                    }
                }
            }
        }
    }

    private void reach(Field field, Object of, String path) throws IllegalAccessException {
        try {
            field.setAccessible(true);
        } catch (InaccessibleObjectException e) {
            return; // of the JDK, whose classes GraalVM knows itself
        }
        reach(field.get(of), path + "." + field.getName());
    }

    private void reach(Object object, String path) {
        if (object != null && seen.add(object)) {
            open.add(new Reached(object, path));
        }
    }

    private static boolean isForbidden(Object object) {
        return FORBIDDEN.stream().anyMatch(type -> type.isInstance(object))
                || (object instanceof ByteBuffer buffer && buffer.isDirect())
                || (object instanceof Instant time
                        && Duration.between(time, Instant.now()).abs().compareTo(NOW) < 0);
    }

    /** Classes of the JDK are GraalVM's matter, loggers Quarkus'. */
    private static boolean isFollowed(Class<?> type) {
        String name = type.getName();
        return !name.startsWith("java.")
                && !name.startsWith("jdk.")
                && !name.startsWith("sun.")
                && !name.startsWith("org.jboss.log");
    }
}
