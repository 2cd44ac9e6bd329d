package io.heddle.stream;

import static org.awaitility.Awaitility.await;

import io.heddle.nats.NatsConfig;
import io.heddle.nats.NatsConnection;
import io.heddle.testsupport.Configs;
import io.heddle.testsupport.NatsServer;
import io.nats.client.Connection;
import io.nats.client.ErrorListener;
import io.nats.client.JetStream;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/** A broker, our connection to it, and an administrator with a connection of their own that speaks plain jnats. */
public final class Broker implements AutoCloseable {

    public static final String STREAM = "TEST";

    public final NatsServer server;
    public final NatsConnection connection;
    private Connection administrator;

    public Broker(NatsServer server) {
        this.server = server;
        this.connection = new NatsConnection(
                Configs.of(
                        NatsConfig.class,
                        Map.of("heddle.nats.servers", server.url(), "heddle.nats.reconnect-max-delay", "300ms")),
                null);
        connection.start();
    }

    public static Broker started() {
        Broker broker = new Broker(NatsServer.started());
        await().until(() -> broker.connection.state().isConnected());
        return broker;
    }

    public static StreamConfiguration configuration() {
        return StreamConfiguration.builder()
                .name(STREAM)
                .subjects("test.>")
                .storageType(StorageType.File)
                .build();
    }

    public Connection administrator() {
        try {
            if (administrator == null) {
                administrator = Nats.connect(Options.builder()
                        .server(server.url())
                        .maxReconnects(-1)
                        .reconnectWait(Duration.ofMillis(50))
                        .errorListener(new ErrorListener() {})
                        .build());
            }
            if (administrator.getStatus() != Connection.Status.CONNECTED) {
                await().until(() -> administrator.getStatus() == Connection.Status.CONNECTED);
            }
            return administrator;
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    JetStreamManagement management() {
        try {
            return administrator().jetStreamManagement();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    void makeStream() {
        makeStream(configuration());
    }

    void makeStream(StreamConfiguration configuration) {
        attempt(() -> management().addStream(configuration));
    }

    void deleteStream() {
        attempt(() -> management().deleteStream(STREAM));
    }

    public void publish(String subject, String... texts) {
        attempt(() -> {
            JetStream stream = administrator().jetStream();
            for (String text : texts) {
                stream.publish(subject, text.getBytes(StandardCharsets.UTF_8));
            }
            return null;
        });
    }

    /** Publishes the numbers from 1 to the last, to the subjects in turn. */
    void publishMany(int last, List<String> subjects) {
        attempt(() -> {
            JetStream stream = administrator().jetStream();
            List<CompletableFuture<?>> acknowledgements = new ArrayList<>();
            for (int number = 1; number <= last; number++) {
                acknowledgements.add(stream.publishAsync(
                        subjects.get(number % subjects.size()),
                        Integer.toString(number).getBytes(StandardCharsets.UTF_8)));
                if (acknowledgements.size() == 1_000) {
                    CompletableFuture.allOf(acknowledgements.toArray(CompletableFuture[]::new))
                            .join();
                    acknowledgements.clear();
                }
            }
            CompletableFuture.allOf(acknowledgements.toArray(CompletableFuture[]::new))
                    .join();
            return null;
        });
    }

    public static List<String> numbers(int last) {
        return IntStream.rangeClosed(1, last).mapToObj(Integer::toString).toList();
    }

    List<ConsumerInfo> consumers() {
        return attempt(() -> management().getConsumers(STREAM));
    }

    /** Subscriptions that the server holds for our connection, without the one for answers. */
    long subscriptions() {
        return server.monitor("/connz?subs=1")
                .lines()
                .filter(line -> line.contains("_INBOX."))
                .count();
    }

    interface Step<T> {
        T run() throws IOException, JetStreamApiException;
    }

    public static <T> T attempt(Step<T> step) {
        try {
            return step.run();
        } catch (IOException | JetStreamApiException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        connection.close();
        try {
            if (administrator != null) {
                administrator.close();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        server.close();
    }
}
