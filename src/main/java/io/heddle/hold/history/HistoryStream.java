package io.heddle.hold.history;

import static io.heddle.hold.bucket.HoldLog.LOG;

import io.heddle.hold.FilePath;
import io.heddle.hold.HoldFilter;
import io.heddle.hold.HoldHistory;
import io.heddle.hold.HoldsConfig;
import io.heddle.hold.PastHold;
import io.heddle.hold.bucket.HoldBucket;
import io.heddle.nats.Backoff;
import io.heddle.nats.NatsConnection;
import io.heddle.nats.NoAnswerException;
import io.heddle.stream.Later;
import io.heddle.stream.StreamQuery;
import io.heddle.stream.StreamSignal;
import io.heddle.stream.StreamSource;
import io.heddle.stream.kv.KvBucket;
import io.heddle.stream.request.JetStreamApi;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.Source;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The history in a stream that sources the bucket's: the broker copies each entry, nothing is written twice by us. Where the stream
 * cannot be created, holds work without a history; the first of equal reasons is logged. Thread-safe.
 */
public final class HistoryStream implements HoldHistory, AutoCloseable {

    private static final Backoff RETRIES = new Backoff(Duration.ofSeconds(2), Duration.ofMinutes(10));

    /** How long one reading may take; 256 MiB of entries take about 10 s. */
    private static final Duration LONGEST = Duration.ofSeconds(30);

    /** A consumer with more filters costs the broker more than to send everything. */
    private static final int MOST_SUBJECTS = 100;

    private final NatsConnection connection;
    private final HoldsConfig config;
    private final JetStreamApi api;
    private final KvBucket keys;
    private final HoldBucket bucket;
    private volatile boolean closed;

    private HistoryStream(NatsConnection connection, HoldsConfig config) {
        this.connection = connection;
        this.config = config;
        this.api = new JetStreamApi(connection);
        this.keys = new KvBucket(connection, config.bucket(), config.requestTimeout());
        this.bucket = new HoldBucket(keys, config::maxTtl);
    }

    /** Creates the stream in the background, as soon as the broker can be reached; an existing one is not changed. */
    public static HistoryStream start(NatsConnection connection, HoldsConfig config) {
        HistoryStream history = new HistoryStream(connection, config);
        history.create(1, "");
        return history;
    }

    @Override
    public Uni<List<PastHold>> read(HoldFilter filter, Instant since, int limit) {
        FilePath path = filter.within();
        Uni<List<String>> subjects = path == null ? Uni.createFrom().item(List.of(">")) : subjectsOf(path);
        return subjects.chain(some -> read(some, filter, since, limit))
                .ifNoItem()
                .after(LONGEST)
                .failWith(() -> new NoAnswerException(
                        config.history().stream(), new TimeoutException("the history was not read in time")));
    }

    @Override
    public void close() {
        closed = true;
    }

    private Uni<List<PastHold>> read(List<String> subjects, HoldFilter filter, Instant since, int limit) {
        if (subjects.isEmpty()) {
            return Uni.createFrom().item(List.of());
        }
        StreamQuery query = new StreamQuery(config.history().stream(), subjects, since, null);
        return api.serverTime().chain(now -> {
            HistoryReader reader = new HistoryReader(keys, bucket, filter, now, limit);
            return new StreamSource(connection, query)
                    .subscribe()
                    .select()
                    .first(signal -> !(signal instanceof StreamSignal.CaughtUp))
                    .invoke(signal -> {
                        if (signal instanceof StreamSignal.Message message) {
                            reader.read(message);
                        } else if (signal instanceof StreamSignal.Restarted) {
                            reader.forget();
                        }
                    })
                    .collect()
                    .last()
                    .map(last -> reader.newestFirst());
        });
    }

    /** Returns the subjects of the entries whose path overlaps this one. */
    private Uni<List<String>> subjectsOf(FilePath path) {
        return api.subjects(config.history().stream()).map(all -> {
            List<String> overlapping = all.stream()
                    .filter(subject -> {
                        @Nullable FilePath file = HistoryReader.file(keys.key(subject));
                        return file != null && file.overlaps(path);
                    })
                    .limit(MOST_SUBJECTS + 1)
                    .toList();
            return overlapping.size() > MOST_SUBJECTS ? List.of(">") : overlapping;
        });
    }

    private void create(int attempt, String reported) {
        StreamConfiguration configuration = configuration();
        api.ensureStream(configuration)
                .subscribe()
                .with(
                        info -> {
                            if (!isOf(info.getConfiguration())) {
                                LOG.otherHistory(configuration.getName(), keys.stream());
                            }
                        },
                        failure -> {
                            String reason = String.valueOf(failure.getMessage());
                            if (closed) {
                                return;
                            }
                            // The connection reports its own failures.
                            if (connection.state().isConnected() && !reason.equals(reported)) {
                                LOG.noHistory(configuration.getName(), reason);
                            }
                            Later.run(RETRIES.delay(attempt), () -> {
                                if (!closed) {
                                    create(attempt + 1, reason);
                                }
                            });
                        });
    }

    private boolean isOf(StreamConfiguration found) {
        List<Source> sources = found.getSources();
        return sources != null
                && sources.stream().anyMatch(source -> keys.stream().equals(source.getName()));
    }

    private StreamConfiguration configuration() {
        return StreamConfiguration.builder()
                .name(config.history().stream())
                .sources(Source.builder().name(keys.stream()).build())
                .storageType(StorageType.File)
                .replicas(config.replicas())
                .maxAge(config.history().maxAge())
                .maxBytes(config.history().maxBytes())
                .discardPolicy(DiscardPolicy.Old)
                .build();
    }
}
