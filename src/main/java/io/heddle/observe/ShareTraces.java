package io.heddle.observe;

import io.heddle.fleet.PublishListener;
import io.heddle.fleet.SharePublisher.Published;
import io.heddle.mount.MountsConfig;
import io.heddle.mount.NodeAgent;
import io.heddle.mount.ShareEvent;
import io.heddle.mount.ShareMount.Action;
import io.heddle.mount.ShareSubjects;
import io.heddle.nats.Observation;
import io.nats.client.impl.Headers;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import java.time.Instant;

/**
 * A span for each publish, under the span of whoever asks, and one for each attempt to apply, under the publish that asked for it.
 *
 * <p>Only the first attempt: a share is tried for ever, and its trace must not grow as long. Later ones are traces of their own
 * that point to the publish.
 */
@Singleton
@IfBuildProperty(name = "heddle.observe.enabled", stringValue = "true")
final class ShareTraces implements PublishListener {

    static final AttributeKey<String> VM = AttributeKey.stringKey("heddle.vm");
    static final AttributeKey<String> SHARE = AttributeKey.stringKey("heddle.share.id");
    static final AttributeKey<String> ACTION = AttributeKey.stringKey("heddle.share.action");
    static final AttributeKey<Long> ATTEMPT = AttributeKey.longKey("heddle.share.attempt");

    private static final String TEMPLATE = ShareSubjects.ALL.replace("*", "{vm}");

    private final Traces traces;

    ShareTraces(Traces traces) {
        this.traces = traces;
    }

    /** Before the agent starts, so that no attempt is missed. */
    void listen(@Observes @Priority(1) StartupEvent event, MountsConfig config, Instance<NodeAgent> agents) {
        if (traces.areOn() && config.vmIds().isPresent()) {
            NodeAgent agent = agents.get();
            String vm = agent.vmIds().get(0);
            agent.listen(happened -> {
                if (happened instanceof ShareEvent.Attempted attempted) {
                    applied(vm, attempted);
                }
            });
        }
    }

    @Override
    public Observation<Published> publishing(String vmId, String shareId, Action action) {
        if (!traces.areOn()) {
            return Observation.none();
        }
        Span span = traces.span("publish", "send", TEMPLATE, SpanKind.PRODUCER)
                .setAttribute(Traces.DESTINATION, ShareSubjects.subject(vmId))
                .setAttribute(VM, vmId)
                .setAttribute(SHARE, shareId)
                .setAttribute(ACTION, action.wireName())
                .startSpan();
        return new Publish(span);
    }

    /** An attempt tells its length when it has ended, and so it gets its span afterwards: applying knows nothing of traces. */
    private void applied(String vm, ShareEvent.Attempted attempted) {
        SpanBuilder builder = traces.span("apply", "process", TEMPLATE, SpanKind.CONSUMER)
                .setAttribute(VM, vm)
                .setAttribute(SHARE, attempted.id())
                .setAttribute(ACTION, attempted.action().wireName())
                .setAttribute(ATTEMPT, (long) attempted.attempt())
                .setStartTimestamp(Instant.now().minus(attempted.took()));
        SpanContext sender = Traces.sender(attempted.cause());
        if (sender.isValid() && attempted.attempt() == 1) {
            builder.setParent(Context.root().with(Span.wrap(sender)));
        } else {
            builder.setNoParent().addLink(sender); // one that is not valid is left out
        }
        Traces.end(builder.startSpan(), attempted.result(), !attempted.result().equals("ok"));
    }

    private record Publish(Span span) implements Observation<Published> {

        @Override
        public void carry(Headers headers) {
            Traces.inject(span, headers);
        }

        @Override
        public void succeeded(Published published) {
            if (published.streamSequence() > 0) {
                span.setAttribute(Traces.MESSAGE_ID, Long.toString(published.streamSequence()));
            }
            Traces.end(span, PublishOutcome.of(published).tag(), false);
        }

        @Override
        public void failed(Throwable failure) {
            Traces.end(span, PublishOutcome.of(failure).tag(), true);
        }
    }
}
