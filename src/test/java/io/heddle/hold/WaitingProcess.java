package io.heddle.hold;

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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Another process of the bench. On {@code wait FILE} it waits for the file and says when it held it; on {@code watch FILE} it says when
 * a plain watch brought the file's entry.
 */
final class WaitingProcess {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private WaitingProcess() {}

    /** Argument: the broker's address. */
    public static void main(String[] arguments) throws Exception {
        NatsConnection connection =
                new NatsConnection(Configs.of(NatsConfig.class, Map.of("heddle.nats.servers", arguments[0])), null);
        connection.start();
        KvHolds holds = KvHolds.start(connection, Rig.config(), HoldsListener.NONE);
        while (!holds.status().ready()) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
        KeyValue bucket = connection.require().keyValue(Rig.BUCKET);
        System.out.println("ready");
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
            FilePath file = FilePath.of(order.substring(order.indexOf(' ') + 1));
            if (order.startsWith("wait ")) {
                await(holds, file);
            } else {
                watch(bucket, HoldKey.of(file).text());
            }
        }
        holds.close();
        connection.close();
    }

    private static void await(KvHolds holds, FilePath file) {
        // It is held: the index has to know, so that the wait is one for its event.
        while (holds.list(file, null).await().atMost(PATIENCE).isEmpty()) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
        CompletableFuture<Long> held = holds.announce(file, "there", Duration.ofMinutes(4), "", PATIENCE)
                .map(grant -> System.nanoTime())
                .subscribeAsCompletionStage();
        System.out.println("waiting");
        System.out.println(held.join());
    }

    private static void watch(KeyValue bucket, String key) throws Exception {
        CompletableFuture<Long> seen = new CompletableFuture<>();
        NatsKeyValueWatchSubscription subscription = bucket.watch(
                key,
                new KeyValueWatcher() {
                    @Override
                    public void watch(KeyValueEntry entry) {
                        seen.complete(System.nanoTime());
                    }

                    @Override
                    public void endOfData() {}
                },
                KeyValueWatchOption.UPDATES_ONLY);
        System.out.println("watching");
        System.out.println(seen.join());
        subscription.unsubscribe();
    }
}
