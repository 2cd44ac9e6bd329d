package io.heddle.http.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.broadcast.Broadcast;
import io.heddle.broadcast.SlowSubscriberException;
import io.heddle.http.HttpConfig;
import io.heddle.http.StopSignal;
import io.heddle.testsupport.Configs;
import io.heddle.testsupport.EventClient;
import io.heddle.testsupport.EventClients;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.smallrye.mutiny.subscription.BackPressureStrategy;
import io.smallrye.mutiny.subscription.Cancellable;
import io.smallrye.mutiny.subscription.MultiEmitter;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The machinery alone, on a server of its own: real sockets, and a source that the test controls. */
class EventStreamTest {

    private static final int LIMIT = 3;
    private static final String PADDING = "x".repeat(1000);

    private final Vertx vertx = Vertx.vertx();
    private final EventClients clients = new EventClients();
    private final StopSignal stop = new StopSignal(Duration.ZERO);
    private final EventStreams streams = new EventStreams(
            new ObjectMapper(),
            Configs.of(
                    HttpConfig.class,
                    Map.of(
                            "heddle.http.heartbeat", "100ms",
                            "heddle.http.eviction-grace", "300ms",
                            "heddle.http.max-subscribers-per-address", Integer.toString(LIMIT))),
            stop);
    private final AtomicReference<MultiEmitter<? super Buffer>> source = new AtomicReference<>();
    private final AtomicBoolean cancelled = new AtomicBoolean();
    private volatile Multi<Buffer> events = Multi.createFrom()
            .<Buffer>emitter(source::set, BackPressureStrategy.BUFFER)
            .onCancellation()
            .invoke(() -> cancelled.set(true));
    private HttpServer server;

    @BeforeEach
    void listen() {
        server = vertx.createHttpServer()
                .requestHandler(this::answer)
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }

    @AfterEach
    void close() {
        clients.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @Test
    void eventsAreSentAsTheStandardDefinesWithHeartbeatsBetween() {
        EventClient client = client();

        source.get().emit(streams.frame("announced", "e.1.2", Map.of("path", "/ä\n")));

        await().until(() -> client.events().size() == 1 && client.comments() >= 2);
        assertThat(client.status()).isEqualTo(200);
        assertThat(client.header("content-type")).isEqualTo("text/event-stream");
        assertThat(client.header("cache-control")).isEqualTo("no-store");
        assertThat(client.header("x-accel-buffering")).isEqualTo("no");
        assertThat(client.retry()).isEqualTo("2000");
        assertThat(client.events().get(0))
                .isEqualTo(new EventClient.Event("announced", "e.1.2", "{\"path\":\"/ä\\n\"}"));
    }

    @Test
    void aClientThatDoesNotReadStopsTheSourceUntilItReads() {
        AtomicLong made = endless();
        EventClient client = clients.open(server.actualPort(), "/");
        client.read(false);
        long before = stopped(made);

        client.read(true);

        await().until(() -> client.events().size() > before + 1000);
        client.close();
        assertThat(client.events())
                .extracting(EventClient.Event::id)
                .startsWith("1", "2", "3")
                .extracting(Long::parseLong)
                .isSorted()
                .doesNotHaveDuplicates();
        await().untilAsserted(() -> assertThat(streams.size()).isZero());
        long after = made.get();
        assertThat(stopped(made)).as("made after the client had gone").isLessThan(after + 100);
    }

    /** The source adds events while the event loop takes them, each time at another moment. */
    @Test
    void noEventIsLostBetweenTheSourceAndTheEventLoop() throws Exception {
        events = Multi.createFrom()
                .range(0, 500_000)
                .emitOn(Infrastructure.getDefaultExecutor())
                .map(number -> streams.frame("n", null, number));
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.actualPort()))
                .build();

        try (Stream<String> lines = HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofLines())
                .body()) {
            assertThat(lines.filter(line -> line.startsWith("data: "))
                            .mapToInt(line -> Integer.parseInt(line.substring("data: ".length())))
                            .toArray())
                    .isEqualTo(IntStream.range(0, 500_000).toArray());
        }
    }

    @Test
    void aClientThatIsTooSlowGetsEvictedAndItsResponseEnds() {
        EventClient client = client();
        source.get().emit(streams.frame("last", null, "words"));

        source.get().fail(new SlowSubscriberException(7));

        await().until(client::hasEnded);
        assertThat(client.names()).containsExactly("last", "evicted");
        assertThat(client.events().get(1).data()).isEqualTo("{\"lost\":7}");
        assertThat(client.isClosed()).isFalse();
        assertThat(streams.size()).isZero();
    }

    @Test
    void whoeverDoesNotEvenTakeItsEndIsDisconnected() {
        Broadcast<Buffer> broadcast = new Broadcast<>(Infrastructure.getDefaultExecutor());
        events = broadcast.subscribe(16);
        EventClient client = clients.open(server.actualPort(), "/");
        client.read(false);
        await().until(() -> broadcast.subscribers() == 1);

        // The system's buffers for a connection take megabytes.
        String large = PADDING.repeat(100);
        await().pollInterval(Duration.ofMillis(1)).until(() -> {
            broadcast.publish(streams.frame("n", null, large));
            return broadcast.evictions() == 1;
        });

        await().untilAsserted(() -> assertThat(streams.size()).isZero());
        client.read(true);
        await().until(client::isClosed);
        assertThat(client.names()).doesNotContain("evicted");
        assertThat(client.hasEnded()).isFalse();
    }

    @Test
    void aStreamThatFailsEndsAndOneThatIsOverEnds() {
        EventClient first = client();
        source.get().fail(new IllegalStateException("on purpose"));
        await().until(first::hasEnded);
        EventClient second = client();

        source.get().complete();

        await().until(second::hasEnded);
        assertThat(first.events()).isEmpty();
        assertThat(second.events()).isEmpty();
    }

    @Test
    void aClientThatGoesAwayCancelsItsSource() {
        EventClient client = client();

        client.close();

        await().untilTrue(cancelled);
        assertThat(streams.size()).isZero();
    }

    @Test
    void anAddressHasSoManyStreamsAndNotOneMoreUntilOneEnds() {
        List<EventClient> open =
                IntStream.range(0, LIMIT).mapToObj(i -> client()).toList();
        await().until(() -> streams.size() == LIMIT);

        EventClient refused = clients.open(server.actualPort(), "/");

        await().until(() -> refused.status() == 429);
        open.get(0).close();
        await().until(() -> streams.size() == LIMIT - 1);
        EventClient next = client();
        await().until(() -> next.status() == 200);
    }

    @Test
    void aStopEndsEveryStreamAfterWhatIsUnderWay() {
        EventClient one = client();
        source.get().emit(streams.frame("last", null, "words"));
        EventClient two = client();
        await().until(() -> streams.size() == 2);

        stop.stop(new ShutdownDelayInitiatedEvent());

        await().until(() -> one.hasEnded() && two.hasEnded() && streams.size() == 0);
        assertThat(one.names()).containsExactly("last");
        assertThat(cancelled).isTrue();
    }

    @Test
    void aStreamThatIsOpenedAfterTheStopEndsWithTheDelayOfTheNextAttempt() {
        stop.stop(new ShutdownDelayInitiatedEvent());

        EventClient late = client();

        await().until(late::hasEnded);
        assertThat(late.status()).isEqualTo(200);
        assertThat(late.retry()).isEqualTo("2000");
    }

    @Test
    void aStopWaitsTwoSecondsForAClientThatDoesNotRead() {
        AtomicLong made = endless();
        EventClient client = clients.open(server.actualPort(), "/");
        client.read(false);
        stopped(made);

        stop.stop(new ShutdownDelayInitiatedEvent());

        await().during(Duration.ofMillis(1500)).until(() -> streams.size() == 1);
        await().until(() -> streams.size() == 0);
        client.read(true);
        await().until(client::isClosed);
        assertThat(client.hasEnded()).isFalse();
    }

    /** As quarkus-rest does: cancels when the client has gone. */
    private void answer(HttpServerRequest request) {
        AtomicReference<Cancellable> answer = new AtomicReference<>();
        request.response().closeHandler(gone -> answer.get().cancel());
        answer.set(streams.serve(request, events).subscribe().with(done -> {}, failure -> {
            var unused = request.response().setStatusCode(429).end();
        }));
    }

    private EventClient client() {
        source.set(null);
        EventClient client = clients.open(server.actualPort(), "/");
        await().until(() -> source.get() != null);
        return client;
    }

    /** As many events as anybody asks for; counts them. */
    private AtomicLong endless() {
        AtomicLong made = new AtomicLong();
        events = Multi.createFrom().generator(() -> made, (count, emitter) -> {
            emitter.emit(streams.frame("n", Long.toString(count.incrementAndGet()), PADDING));
            return count;
        });
        return made;
    }

    /** Waits until nothing more is made, and says how much was. */
    private static long stopped(AtomicLong made) {
        AtomicLong before = new AtomicLong(-1);
        await().pollInterval(Duration.ofMillis(300)).until(() -> before.getAndSet(made.get()) == made.get());
        assertThat(made.get()).isPositive();
        return made.get();
    }
}
