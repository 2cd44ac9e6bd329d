package io.heddle.mount.node;

import static io.heddle.mount.node.MountLog.LOG;

import io.heddle.mount.MountsConfig;
import io.heddle.mount.ShareStream;
import io.heddle.nats.JetStreamUnavailableException;
import io.heddle.nats.NatsConnection;
import io.heddle.nats.NatsUnavailableException;
import io.heddle.stream.CoreMessage;
import io.heddle.stream.CoreSource;
import io.heddle.stream.StreamQuery;
import io.heddle.stream.StreamQuery.Replay;
import io.heddle.stream.StreamSignal;
import io.heddle.stream.StreamSource;
import io.heddle.stream.request.JetStreamApi;
import io.nats.client.api.StreamInfo;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Every share message for this machine, from the stream where the broker has JetStream, else by core NATS; it moves between the
 * two by itself and never ends.
 */
final class ShareFeed {

    private static final Duration LOOK_FOR_JETSTREAM = Duration.ofSeconds(2);
    /** One answer of no JetStream may be of a server that is just starting. */
    private static final int LOOK_AGAIN = 2;

    private static final int CORE_BUFFER = 1_024;

    private final NatsConnection connection;
    private final JetStreamApi api;
    private final ShareStream stream;
    private final boolean widenStream;
    private final List<String> subjects;
    private volatile String toldTrouble = "";
    private volatile boolean narrow;

    /** What the feed gives. */
    sealed interface Item {

        record FromStream(StreamSignal signal) implements Item {}

        /** A message by core NATS, received at {@code time} by our own clock. */
        record FromCore(CoreMessage message, Instant time) implements Item {}

        /** Core NATS takes over: the broker has no JetStream. */
        record CoreBegins() implements Item {}

        /**
         * The stream takes over.
         *
         * @param clockOffset what the broker's clock is ahead of ours, as well as it is known
         */
        record StreamBegins(Duration clockOffset) implements Item {}

        /** JetStream is there again: the end of core NATS. */
        record JetStreamAppeared() implements Item {}
    }

    ShareFeed(NatsConnection connection, MountsConfig config, List<String> subjects) {
        this.connection = connection;
        this.api = new JetStreamApi(connection);
        this.stream = ShareStream.of(config);
        this.widenStream = config.widenStream();
        this.subjects = subjects;
    }

    /** Whether the stream keeps one message only for each VM. */
    boolean narrow() {
        return narrow;
    }

    Multi<Item> items() {
        return Multi.createBy()
                .repeating()
                .supplier(() -> this)
                .indefinitely()
                .onItem()
                .transformToMultiAndConcatenate(again -> jetStream()
                        .onFailure(JetStreamUnavailableException.class)
                        .recoverWithMulti(this::core));
    }

    private Multi<Item> jetStream() {
        StreamQuery query = new StreamQuery(stream.name(), subjects, Replay.ALL, stream::configuration);
        Multi<Item> signals = new StreamSource(connection, query)
                .subscribe()
                .onItem()
                .call(this::lookAgain)
                .map(Item.FromStream::new);
        return prepare().onItem().<Item>transformToMulti(begins -> Multi.createBy()
                .concatenating()
                .streams(Multi.createFrom().item(begins), signals));
    }

    /** Looks at the stream before it is read; trouble here is tried again, for ever. */
    private Uni<Item> prepare() {
        return Uni.createFrom()
                .deferred(() -> {
                    Instant asked = Instant.now();
                    return api.ensureStream(stream.configuration()).map(info -> {
                        toldTrouble = "";
                        return new Prepared(info, offset(info, asked));
                    });
                })
                .chain(prepared -> widen(prepared.info)
                        .onFailure()
                        .recoverWithItem(failure -> {
                            LOG.streamNotChecked(stream.name(), String.valueOf(failure.getMessage()));
                            return prepared.info;
                        })
                        .<Item>map(info -> {
                            narrow = ShareStream.isNarrow(info);
                            return new Item.StreamBegins(prepared.offset);
                        }))
                .onFailure(JetStreamUnavailableException.class)
                .retry()
                .withBackOff(Duration.ofMillis(50), Duration.ofMillis(200))
                .atMost(LOOK_AGAIN)
                .onFailure(failure -> !(failure instanceof JetStreamUnavailableException))
                .invoke(this::tellTrouble)
                .onFailure(failure -> !(failure instanceof JetStreamUnavailableException))
                .retry()
                .withBackOff(Duration.ofMillis(50), Duration.ofSeconds(2))
                .withJitter(0.5)
                .indefinitely();
    }

    /** A stream that another client created again may keep fewer messages than the previous one. */
    private Uni<Void> lookAgain(StreamSignal signal) {
        if (!(signal instanceof StreamSignal.Restarted)) {
            return Uni.createFrom().voidItem();
        }
        return api.streamInfo(stream.name())
                .chain(info -> widen(info))
                .invoke(info -> narrow = ShareStream.isNarrow(info))
                .replaceWithVoid()
                .onFailure()
                .recoverWithItem(failure -> {
                    LOG.streamNotChecked(stream.name(), String.valueOf(failure.getMessage()));
                    return null;
                });
    }

    /** The connection tells its own trouble; anything else would keep the shares away without a word. */
    private void tellTrouble(Throwable failure) {
        String trouble = String.valueOf(failure.getMessage());
        if (!(failure instanceof NatsUnavailableException) && !trouble.equals(toldTrouble)) {
            toldTrouble = trouble;
            LOG.streamNotUsable(stream.name(), trouble);
        }
    }

    private Multi<Item> core() {
        LOG.noJetStream();
        Multi<Item> messages = new CoreSource(connection, subjects, CORE_BUFFER)
                .subscribe()
                .map(message -> new Item.FromCore(message, Instant.now()));
        Multi<Item> appeared = Multi.createFrom()
                .ticks()
                .every(LOOK_FOR_JETSTREAM)
                .onOverflow()
                .drop()
                .onItem()
                .transformToUniAndConcatenate(tick -> streamMade())
                .filter(made -> made)
                .map(made -> new Item.JetStreamAppeared());
        Multi<Item> until = Multi.createBy()
                .merging()
                .streams(messages, appeared)
                .select()
                .first(item -> !(item instanceof Item.JetStreamAppeared));
        return Multi.createBy().concatenating().streams(Multi.createFrom().item(new Item.CoreBegins()), until);
    }

    /** Core NATS is heard until the stream keeps what is published: nothing falls between the two. */
    private Uni<Boolean> streamMade() {
        return api.ensureStream(stream.configuration())
                .replaceWith(true)
                .onFailure()
                .recoverWithItem(false);
    }

    private static Duration offset(StreamInfo info, Instant asked) {
        Instant answered = Instant.now();
        Instant middle = asked.plus(Duration.between(asked, answered).dividedBy(2));
        return info.getTimestamp() == null
                ? Duration.ZERO
                : Duration.between(middle, info.getTimestamp().toInstant());
    }

    private record Prepared(StreamInfo info, Duration offset) {}

    /** Widens a stream that keeps one message for each VM where the configuration allows it, else logs a warning. */
    private Uni<StreamInfo> widen(StreamInfo info) {
        if (!ShareStream.isNarrow(info)) {
            return Uni.createFrom().item(info);
        }
        if (!widenStream) {
            LOG.narrowStream(stream.name(), info.getConfiguration().getMaxMsgsPerSubject());
            return Uni.createFrom().item(info);
        }
        return api.updateStream(ShareStream.widened(info))
                .invoke(() -> LOG.widenedStream(stream.name(), ShareStream.MESSAGES_PER_VM));
    }
}
