package io.heddle.observe;

import static io.opentelemetry.sdk.testing.assertj.OpenTelemetryAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.heddle.hold.FilePath;
import io.heddle.hold.HeldByAnotherException;
import io.heddle.hold.HoldKey;
import io.heddle.hold.HoldRequest;
import io.heddle.hold.HoldsConfig;
import io.heddle.hold.KvHolds;
import io.heddle.nats.NatsConfig;
import io.heddle.nats.NatsConnection;
import io.heddle.testsupport.Configs;
import io.heddle.testsupport.NatsServer;
import io.nats.client.api.MessageInfo;
import io.nats.client.impl.Headers;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Announces over the Java API, a real broker, and the spans that come of them. */
class HoldTracesTest {

    private static final Duration TTL = Duration.ofSeconds(30);
    private static final InMemorySpanExporter SPANS = InMemorySpanExporter.create();
    private static final OpenTelemetrySdk TELEMETRY = OpenTelemetrySdk.builder()
            .setTracerProvider(SdkTracerProvider.builder()
                    .addSpanProcessor(SimpleSpanProcessor.create(SPANS))
                    .build())
            .build();

    private static NatsServer server;
    private static NatsConnection connection;
    private static KvHolds holds;

    @BeforeAll
    static void begin() {
        server = NatsServer.started();
        connection =
                new NatsConnection(Configs.of(NatsConfig.class, Map.of("heddle.nats.servers", server.url())), null);
        connection.start();
        holds = KvHolds.start(
                connection,
                Configs.of(HoldsConfig.class, Map.of()),
                new HoldTraces(new Traces(TELEMETRY), "bones-holds"));
        await().until(() -> holds.status().ready());
    }

    @AfterAll
    static void end() {
        holds.close();
        connection.close();
        server.close();
        TELEMETRY.close();
    }

    @BeforeEach
    void forget() {
        SPANS.reset();
    }

    @Test
    void anAnnounceIsASpanUnderThatOfWhoAsks() throws Exception {
        FilePath file = FilePath.of("/traced/granted.txt");
        Span caller = TELEMETRY.getTracer("test").spanBuilder("caller").startSpan();

        long token;
        try (Scope scope = caller.makeCurrent()) {
            token = holds.announce(new HoldRequest(file, "agent-1", TTL))
                    .await()
                    .atMost(TTL)
                    .token();
        }

        SpanData span = onlySpan();
        assertThat(span)
                .hasName("announce $KV.bones-holds.{file}")
                .hasKind(SpanKind.CLIENT)
                .hasParentSpanId(caller.getSpanContext().getSpanId())
                .hasTraceId(caller.getSpanContext().getTraceId())
                .hasStatus(StatusData.unset())
                .hasAttribute(Traces.SYSTEM, "nats")
                .hasAttribute(Traces.OPERATION, "announce")
                .hasAttribute(
                        Traces.DESTINATION,
                        "$KV.bones-holds." + HoldKey.of(file).text())
                .hasAttribute(Traces.OUTCOME, "granted")
                .hasAttribute(HoldTraces.FILE, file.toString())
                .hasAttribute(HoldTraces.AGENT, "agent-1")
                .hasAttribute(HoldTraces.TOKEN, token);
        SpanContext carried = Traces.sender(headersOf(file));
        assertThat(carried.getTraceId()).isEqualTo(span.getTraceId());
        assertThat(carried.getSpanId()).isEqualTo(span.getSpanId());
    }

    @Test
    void aRefusalIsAnOutcomeAndNoError() {
        FilePath file = FilePath.of("/traced/refused.txt");
        holds.announce(new HoldRequest(file, "agent-1", TTL)).await().atMost(TTL);
        SPANS.reset();

        Throwable refusal = catchThrowable(() ->
                holds.announce(new HoldRequest(file, "agent-2", TTL)).await().atMost(TTL));

        assertThat(refusal).isInstanceOf(HeldByAnotherException.class);
        assertThat(onlySpan()).hasAttribute(Traces.OUTCOME, "held_by_another").hasStatus(StatusData.unset());
    }

    @Test
    void aRenewalByTheAgentItselfSaysSo() {
        FilePath file = FilePath.of("/traced/renewed.txt");
        holds.announce(new HoldRequest(file, "agent-1", TTL)).await().atMost(TTL);
        SPANS.reset();

        holds.announce(new HoldRequest(file, "agent-1", TTL)).await().atMost(TTL);

        assertThat(onlySpan()).hasAttribute(Traces.OUTCOME, "renewed");
    }

    @Test
    void aBrokerThatIsAwayIsAnErrorOfItsKind() {
        NatsConnection unconnected = new NatsConnection(
                Configs.of(NatsConfig.class, Map.of("heddle.nats.servers", "nats://127.0.0.1:1")), null);
        FilePath file = FilePath.of("/traced/away.txt");

        Throwable failure;
        try (KvHolds cutOff = KvHolds.start(
                unconnected,
                Configs.of(HoldsConfig.class, Map.of()),
                new HoldTraces(new Traces(TELEMETRY), "bones-holds"))) {
            failure = catchThrowable(() -> cutOff.announce(new HoldRequest(file, "agent-1", TTL))
                    .await()
                    .atMost(TTL));
        }

        assertThat(failure).isNotNull();
        assertThat(onlySpan())
                .hasStatus(StatusData.error())
                .hasAttribute(Traces.OUTCOME, "unavailable")
                .hasAttribute(Traces.ERROR_TYPE, "unavailable");
    }

    @Test
    void nothingTravelsWhenTracesAreOff() throws Exception {
        FilePath file = FilePath.of("/traced/off.txt");
        KvHolds silent = KvHolds.start(
                connection, Configs.of(HoldsConfig.class, Map.of()), new HoldTraces(new Traces(null), "bones-holds"));

        try (silent) {
            silent.announce(new HoldRequest(file, "agent-1", TTL)).await().atMost(TTL);
        }

        assertThat(SPANS.getFinishedSpanItems()).isEmpty();
        assertThat(headersOf(file).keySet()).noneMatch(name -> name.startsWith("trace"));
    }

    /** The answer comes before the span ends, by a hair. */
    private static SpanData onlySpan() {
        await().until(() -> SPANS.getFinishedSpanItems().size() == 1);
        List<SpanData> spans = SPANS.getFinishedSpanItems();
        return spans.get(0);
    }

    private static Headers headersOf(FilePath file) throws Exception {
        MessageInfo message = connection
                .require()
                .jetStreamManagement()
                .getLastMessage(
                        "KV_bones-holds", "$KV.bones-holds." + HoldKey.of(file).text());
        return message.getHeaders();
    }
}
