package io.heddle.mount.feed;

import static io.heddle.mount.feed.FeedLog.LOG;

import io.heddle.mount.MountsConfig;
import io.heddle.mount.ShareStream;
import io.heddle.mount.ShareSubjects;
import io.heddle.nats.JetStreamUnavailableException;
import io.heddle.nats.NatsConnection;
import io.heddle.nats.NatsUnavailableException;
import io.heddle.stream.CoreMessage;
import io.heddle.stream.CoreSource;
import io.heddle.stream.StreamIdentity;
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
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Every share message for some VMs, by every way at the same time: core NATS, which misses nothing while connected; the bucket, read
 * first; the stream, read once the others are. {@link MessageOrder} relates them. Without JetStream it goes on with core NATS, and
 * reads the stream as soon as there is one. It never ends.
 */
public final class ShareFeed {

    private static final Duration JETSTREAM_CHECK = Duration.ofSeconds(2);
    /** A server that is just starting may report once that it has no JetStream. */
    private static final int JETSTREAM_RETRIES = 2;

    /** How long the stream waits for the bucket. */
    private static final Duration BUCKET_LIMIT = Duration.ofSeconds(5);

    private static final int CORE_BUFFER = 16_384;

    private final NatsConnection connection;
    private final JetStreamApi api;
    private final ShareStream stream;
    private final ShareRecords records;
    private final String bucket;
    private final boolean widenStream;
    private final List<String> vmIds;
    private final List<String> subjects;
    private final CoreSource core;
    private final CompletableFuture<Void> subscribed = new CompletableFuture<>();
    private final CompletableFuture<Void> recordsRead = new CompletableFuture<>();
    private long reportedDrops;
    private volatile String reportedReason = "";
    private volatile long connects;
    private volatile boolean narrow;

    /** What the feed delivers. */
    public sealed interface Item {

        record FromStream(StreamSignal signal) implements Item {}

        /** A message by core NATS, received at {@code time} by the local clock. */
        record FromCore(CoreMessage message, Instant time) implements Item {}

        /**
         * An entry of the bucket.
         *
         * @param replay whether it was stored before the bucket was subscribed to
         */
        record Recorded(ShareMessage message, String shareId, Position position, boolean replay) implements Item {}

        /**
         * The bucket was read to its end.
         *
         * @param complete false when it cannot be read for now
         */
        record RecordsRead(boolean complete) implements Item {}

        /** The broker has no JetStream: core NATS is the only way. */
        record CoreBegins() implements Item {}

        /**
         * The stream is read from its beginning.
         *
         * @param stream the stream at this time; the next {@link StreamSignal.CaughtUp} says which was read
         * @param reconnected whether the connection was interrupted since core NATS was the only way
         * @param clockOffset how far the broker's clock is ahead of the local one, as well as it is known
         */
        record StreamBegins(StreamIdentity stream, boolean reconnected, Duration clockOffset) implements Item {}
    }

    /** @param vmIds whose messages; empty for those of all VMs */
    public ShareFeed(NatsConnection connection, MountsConfig config, List<String> vmIds, ShareRecords records) {
        this.connection = connection;
        this.api = new JetStreamApi(connection);
        this.stream = ShareStream.of(config);
        this.records = records;
        this.bucket = config.bucket();
        this.widenStream = config.widenStream();
        this.vmIds = vmIds;
        this.subjects = vmIds.isEmpty()
                ? List.of(ShareSubjects.ALL)
                : vmIds.stream().map(ShareSubjects::subject).toList();
        this.core = new CoreSource(connection, subjects, CORE_BUFFER);
    }

    /** Whether the stream keeps one message only for each VM. */
    public boolean narrow() {
        return narrow;
    }

    /** Returns the items, serialised; to be subscribed to once at a time. */
    public Multi<Item> items() {
        Multi<Item> byCore = core.subscribe(() -> subscribed.complete(null))
                .map(message -> {
                    reportDrops();
                    return (Item) new Item.FromCore(message, Instant.now());
                })
                .onFailure(NatsUnavailableException.class)
                .recoverWithCompletion(); // the stream reports the closed connection
        Multi<Item> entries = records.watch(vmIds).onItem().invoke(item -> {
            if (item instanceof Item.RecordsRead) {
                recordsRead.complete(null);
            }
        });
        Multi<Item> byStream = ready().onItem().transformToMulti(begin -> Multi.createBy()
                .repeating()
                .supplier(() -> this)
                .indefinitely()
                .onItem()
                .transformToMultiAndConcatenate(again -> jetStream()
                        .onFailure(JetStreamUnavailableException.class)
                        .recoverWithMulti(this::withoutJetStream)));
        return Multi.createBy().merging().streams(byCore, entries, byStream);
    }

    /** Completes when core NATS is subscribed to, so that nothing is missed between it and the stream, and the bucket is read. */
    private Uni<Void> ready() {
        return Uni.createFrom().completionStage(() -> subscribed).chain(() -> Uni.createFrom()
                .completionStage(() -> recordsRead)
                .ifNoItem()
                .after(BUCKET_LIMIT)
                .recoverWithItem((Void) null));
    }

    private Multi<Item> jetStream() {
        StreamQuery query = new StreamQuery(stream.name(), subjects, Replay.ALL, stream::configuration);
        Multi<Item> signals = new StreamSource(connection, query)
                .subscribe()
                .onItem()
                .call(this::checkAgain)
                .map(Item.FromStream::new);
        return prepare().onItem().<Item>transformToMulti(begins -> Multi.createBy()
                .concatenating()
                .streams(Multi.createFrom().item(begins), signals));
    }

    /** Checks the stream before it is read; failures are retried without limit. */
    private Uni<Item> prepare() {
        return Uni.createFrom()
                .deferred(() -> {
                    Instant asked = Instant.now();
                    return api.ensureStream(stream.configuration()).map(info -> {
                        reportedReason = "";
                        return new Prepared(info, offset(info, asked));
                    });
                })
                .chain(prepared -> check(prepared.info())
                        .<Item>replaceWith(() -> new Item.StreamBegins(
                                new StreamIdentity(
                                        stream.name(),
                                        prepared.info().getCreateTime().toInstant()),
                                hasReconnected(),
                                prepared.offset())))
                .onFailure(JetStreamUnavailableException.class)
                .retry()
                .withBackOff(Duration.ofMillis(50), Duration.ofMillis(200))
                .atMost(JETSTREAM_RETRIES)
                .onFailure(failure -> !(failure instanceof JetStreamUnavailableException))
                .invoke(this::report)
                .onFailure(failure -> !(failure instanceof JetStreamUnavailableException))
                .retry()
                .withBackOff(Duration.ofMillis(50), Duration.ofSeconds(2))
                .withJitter(0.5)
                .indefinitely();
    }

    /** A stream that another client created again may keep fewer messages than the previous one. */
    private Uni<Void> checkAgain(StreamSignal signal) {
        return signal instanceof StreamSignal.Restarted
                ? api.streamInfo(stream.name()).chain(this::check).onFailure().recoverWithItem(this::notChecked)
                : Uni.createFrom().voidItem();
    }

    /** Widens a stream that keeps one message for each VM where the configuration allows it, else logs a warning. */
    private Uni<Void> check(StreamInfo info) {
        narrow = ShareStream.isNarrow(info);
        if (narrow && widenStream) {
            return api.updateStream(ShareStream.widened(info))
                    .invoke(() -> {
                        narrow = false;
                        LOG.widenedStream(stream.name(), ShareStream.MESSAGES_PER_VM);
                    })
                    .replaceWithVoid()
                    .onFailure()
                    .recoverWithItem(this::notChecked);
        } else if (narrow) {
            LOG.narrowStream(stream.name(), info.getConfiguration().getMaxMsgsPerSubject(), bucket);
        }
        return Uni.createFrom().voidItem();
    }

    private @Nullable Void notChecked(Throwable failure) {
        LOG.streamNotChecked(stream.name(), String.valueOf(failure.getMessage()));
        return null;
    }

    /** The connection reports its own failures; any other one would be a silent lack of messages. */
    private void report(Throwable failure) {
        String reason = String.valueOf(failure.getMessage());
        if (!(failure instanceof NatsUnavailableException) && !reason.equals(reportedReason)) {
            reportedReason = reason;
            LOG.streamNotUsable(stream.name(), reason);
        }
    }

    private void reportDrops() {
        long dropped = core.dropped();
        if (dropped > reportedDrops) {
            LOG.messagesDropped(dropped - reportedDrops);
            reportedDrops = dropped;
        }
    }

    /** Completes when the stream stores what is published. */
    private Multi<Item> withoutJetStream() {
        LOG.noJetStream();
        connects = connection.state().connects();
        Uni<StreamInfo> created = Uni.createFrom()
                .deferred(() -> api.ensureStream(stream.configuration()))
                .onFailure()
                .retry()
                .withBackOff(JETSTREAM_CHECK, JETSTREAM_CHECK)
                .indefinitely();
        return Multi.createBy()
                .concatenating()
                .streams(
                        Multi.createFrom().item(new Item.CoreBegins()),
                        created.onItem()
                                .transformToMulti(info -> Multi.createFrom().<Item>empty()));
    }

    private boolean hasReconnected() {
        long before = connects;
        connects = connection.state().connects();
        return before != connects;
    }

    private static Duration offset(StreamInfo info, Instant asked) {
        Instant middle = asked.plus(Duration.between(asked, Instant.now()).dividedBy(2));
        return info.getTimestamp() == null
                ? Duration.ZERO
                : Duration.between(middle, info.getTimestamp().toInstant());
    }

    private record Prepared(StreamInfo info, Duration offset) {}
}
