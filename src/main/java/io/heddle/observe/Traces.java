package io.heddle.observe;

import io.heddle.mount.NodeAgentStatus;
import io.nats.client.impl.Headers;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.TracerProvider;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.quarkus.arc.properties.IfBuildProperty;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Objects;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/**
 * Spans over NATS, by OpenTelemetry's conventions for messaging. The context travels as W3C {@code traceparent} and
 * {@code tracestate} whatever propagators are configured: both ends have to agree, and baggage may hold anything, so it is not for
 * a bucket that others read.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/">Messaging spans</a>
 */
@Singleton
@IfBuildProperty(name = "heddle.observe.enabled", stringValue = "true")
final class Traces {

    static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("messaging.system");
    static final AttributeKey<String> OPERATION = AttributeKey.stringKey("messaging.operation.name");
    static final AttributeKey<String> OPERATION_TYPE = AttributeKey.stringKey("messaging.operation.type");
    static final AttributeKey<String> DESTINATION = AttributeKey.stringKey("messaging.destination.name");
    static final AttributeKey<String> DESTINATION_TEMPLATE = AttributeKey.stringKey("messaging.destination.template");
    static final AttributeKey<String> MESSAGE_ID = AttributeKey.stringKey("messaging.message.id");
    static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");
    static final AttributeKey<String> OUTCOME = AttributeKey.stringKey("heddle.outcome");

    private static final W3CTraceContextPropagator PROPAGATOR = W3CTraceContextPropagator.getInstance();

    private final boolean on;
    private final Tracer tracer;

    @Inject
    Traces(
            Instance<OpenTelemetry> telemetry,
            @ConfigProperty(name = "quarkus.otel.sdk.disabled", defaultValue = "false") boolean disabled) {
        this(!disabled && telemetry.isResolvable() ? telemetry.get() : null);
    }

    /** @param telemetry null for no traces at all */
    Traces(@Nullable OpenTelemetry telemetry) {
        this.on = telemetry != null;
        TracerProvider provider = telemetry == null ? TracerProvider.noop() : telemetry.getTracerProvider();
        this.tracer = provider.get("io.heddle", NodeAgentStatus.VERSION);
    }

    boolean areOn() {
        return on;
    }

    /**
     * A span to be started.
     *
     * @param template the destination without what varies from one to the next
     */
    SpanBuilder span(String operation, String type, String template, SpanKind kind) {
        return tracer.spanBuilder(operation + " " + template)
                .setSpanKind(kind)
                .setAttribute(SYSTEM, "nats")
                .setAttribute(OPERATION, operation)
                .setAttribute(OPERATION_TYPE, type)
                .setAttribute(DESTINATION_TEMPLATE, template);
    }

    /** Ends a span with how it went. */
    static void end(Span span, String outcome, boolean trouble) {
        span.setAttribute(OUTCOME, outcome);
        if (trouble) {
            span.setAttribute(ERROR_TYPE, outcome);
            span.setStatus(StatusCode.ERROR);
        }
        span.end();
    }

    static void inject(Span span, Headers headers) {
        PROPAGATOR.inject(Context.root().with(span), headers, (carrier, name, value) -> {
            if (carrier != null) {
                carrier.put(name, value);
            }
        });
    }

    /** Where a message came from; not valid when it does not say. */
    static SpanContext sender(@Nullable Headers headers) {
        return headers == null
                ? SpanContext.getInvalid()
                : Span.fromContext(PROPAGATOR.extract(Context.root(), headers, Getter.INSTANCE))
                        .getSpanContext();
    }

    private enum Getter implements TextMapGetter<Headers> {
        INSTANCE;

        @Override
        public Iterable<String> keys(Headers carrier) {
            return carrier.keySet();
        }

        /** Whatever the case: some client libraries write header names as HTTP does. */
        @Override
        public @Nullable String get(@Nullable Headers carrier, String name) {
            List<String> values = Objects.requireNonNull(carrier).getIgnoreCase(name);
            return values == null || values.isEmpty() ? null : values.get(values.size() - 1);
        }
    }
}
