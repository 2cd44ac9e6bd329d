package io.heddle.observe;

import io.heddle.hold.FilePath;
import io.heddle.hold.Grant;
import io.heddle.hold.HoldKey;
import io.heddle.hold.HoldsConfig;
import io.heddle.hold.HoldsListener;
import io.heddle.nats.Observation;
import io.nats.client.impl.Headers;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.quarkus.arc.properties.IfBuildProperty;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/** A span for each announce, under the span of whoever asks. Leases renew themselves without one: nobody asks. */
@Singleton
@IfBuildProperty(name = "heddle.observe.enabled", stringValue = "true")
final class HoldTraces implements HoldsListener {

    static final AttributeKey<String> FILE = AttributeKey.stringKey("heddle.hold.file");
    static final AttributeKey<String> AGENT = AttributeKey.stringKey("heddle.hold.agent");
    static final AttributeKey<Long> TOKEN = AttributeKey.longKey("heddle.hold.token");

    private final Traces traces;
    private final String prefix;

    @Inject
    HoldTraces(Traces traces, HoldsConfig config) {
        this(traces, config.bucket());
    }

    HoldTraces(Traces traces, String bucket) {
        this.traces = traces;
        this.prefix = "$KV." + bucket + ".";
    }

    @Override
    public Observation<Grant> announcing(FilePath file, String agent) {
        if (!traces.areOn()) {
            return Observation.none();
        }
        Span span = traces.span("announce", "send", prefix + "{file}", SpanKind.CLIENT)
                .setAttribute(Traces.DESTINATION, prefix + HoldKey.of(file).text())
                .setAttribute(FILE, file.toString())
                .setAttribute(AGENT, agent)
                .startSpan();
        return new Announce(span);
    }

    private record Announce(Span span) implements Observation<Grant> {

        @Override
        public void carry(Headers headers) {
            Traces.inject(span, headers);
        }

        @Override
        public void succeeded(Grant grant) {
            span.setAttribute(TOKEN, grant.token());
            end(AnnounceOutcome.of(grant));
        }

        @Override
        public void failed(Throwable failure) {
            end(AnnounceOutcome.of(failure));
        }

        private void end(AnnounceOutcome outcome) {
            Traces.end(span, outcome.tag(), !outcome.isAnswer());
        }
    }
}
