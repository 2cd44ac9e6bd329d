package io.heddle.hold.bench;

import io.heddle.hold.FilePath;
import io.heddle.hold.HoldFilter;
import io.heddle.hold.HoldKey;
import io.heddle.hold.HoldRequest;
import io.heddle.hold.HoldsListener;
import io.heddle.hold.KvHolds;
import io.heddle.hold.Rig;
import io.heddle.nats.NatsConfig;
import io.heddle.nats.NatsConnection;
import io.heddle.testsupport.Configs;
import io.nats.client.KeyValue;
import io.nats.client.api.KeyValueEntry;
import io.nats.client.api.KeyValueWatchOption;
import io.nats.client.api.KeyValueWatcher;
import io.nats.client.impl.NatsKeyValueWatchSubscription;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Another process of the bench. On {@code wait FILE} it waits for the file and says when it held it; on {@code watch FILE} it says when
 * a plain watch, which it has from {@code open} to {@code close}, brought the file's entry.
 */
final class WaitingProcess {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** The file's key that is awaited, and when it came. */
    private record Awaited(String key, CompletableFuture<Long> seen) {}

    private static volatile Awaited awaited = new Awaited("", new CompletableFuture<>());

    private WaitingProcess() {}

    /** Argument: the broker's address. */
    public static void main(String[] arguments) throws Exception {
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> {
            failure.printStackTrace();
            Runtime.getRuntime().halt(1); // who waits for an answer learns it
        });
        NatsConnection connection =
                new NatsConnection(Configs.of(NatsConfig.class, Map.of("heddle.nats.servers", arguments[0])), null);
        connection.start();
        KvHolds holds = KvHolds.start(connection, Rig.config(), HoldsListener.NONE);
        while (!holds.status().ready()) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
        KeyValue bucket = connection.require().keyValue(Rig.BUCKET);
        NatsKeyValueWatchSubscription watch = null;
        System.out.println("ready");
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
            String[] words = order.split(" ", 2);
            switch (words[0]) {
                case "wait" -> await(holds, FilePath.of(words[1]));
                case "watch" -> await(HoldKey.of(FilePath.of(words[1])).text());
                case "open" -> {
                    watch = watch(bucket);
                    System.out.println("open");
                }
                case "close" -> {
                    Objects.requireNonNull(watch).unsubscribe();
                    System.out.println("closed");
                }
                default -> throw new IllegalArgumentException(order);
            }
        }
        holds.close();
        connection.close();
    }

    private static void await(KvHolds holds, FilePath file) {
        // It is held: the index has to know, so that the wait is one for its event.
        while (holds.list(new HoldFilter(file, null)).await().atMost(PATIENCE).isEmpty()) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
        CompletableFuture<Long> held = holds.announce(new HoldRequest(file, "there", Duration.ofMinutes(4)), PATIENCE)
                .map(grant -> System.nanoTime())
                .subscribeAsCompletionStage();
        System.out.println("waiting");
        System.out.println(held.join());
    }

    private static void await(String key) {
        Awaited next = new Awaited(key, new CompletableFuture<>());
        awaited = next;
        System.out.println("watching");
        System.out.println(next.seen().join());
    }

    /** One for all files of a round: the server keeps a consumer for a while after its subscriber has ended, and has a limit. */
    private static NatsKeyValueWatchSubscription watch(KeyValue bucket) throws Exception {
        return bucket.watchAll(
                new KeyValueWatcher() {
                    @Override
                    public void watch(KeyValueEntry entry) {
                        Awaited now = awaited;
                        if (entry.getKey().equals(now.key())) {
                            now.seen().complete(System.nanoTime());
                        }
                    }

                    @Override
                    public void endOfData() {}
                },
                KeyValueWatchOption.UPDATES_ONLY);
    }
}
