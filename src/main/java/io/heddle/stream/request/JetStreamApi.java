package io.heddle.stream.request;

import io.heddle.nats.JetStreamRefusedException;
import io.heddle.nats.JetStreamUnavailableException;
import io.heddle.nats.NatsConnection;
import io.heddle.nats.NatsUnavailableException;
import io.heddle.nats.NoAnswerException;
import io.heddle.nats.NoRespondersException;
import io.heddle.nats.StreamNotFoundException;
import io.heddle.stream.Later;
import io.nats.client.JetStreamApiException;
import io.nats.client.Message;
import io.nats.client.api.AccountStatistics;
import io.nats.client.api.ApiResponse;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.ConsumerCreateRequest;
import io.nats.client.api.ConsumerCreateRequest.Action;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.PublishAck;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import io.nats.client.api.SuccessApiResponse;
import io.nats.client.impl.Headers;
import io.nats.client.support.JsonParseException;
import io.nats.client.support.JsonParser;
import io.nats.client.support.JsonValue;
import io.nats.client.support.JsonValueUtils;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.smallrye.mutiny.subscription.Cancellable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Calls of JetStream's management API; no thread waits. Each subscription to a {@code Uni} makes the call.
 *
 * <p>Every call may fail with {@link NatsUnavailableException} (not connected: nothing was sent),
 * {@link JetStreamUnavailableException} (no JetStream), {@link NoAnswerException} (outcome unknown), or
 * {@link JetStreamRefusedException} in its kinds. Answers come on the client library's one thread for answers, which must not
 * be held up. Thread-safe.
 *
 * @see <a href="https://docs.nats.io/reference/reference-protocols/nats_api_reference">The API's reference</a>
 */
public final class JetStreamApi {

    /** The default timeout of a call. */
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);

    public static final String PREFIX = "$JS.API.";

    /** The server's information about this connection; its answers carry the time. */
    private static final String USER_INFO = "$SYS.REQ.USER.INFO";

    private static final byte[] NOTHING = new byte[0];
    private static final int NOT_ENABLED_FOR_ACCOUNT = 10039;
    private static final int NOT_ENABLED = 10076;

    private final NatsConnection connection;
    private final Duration timeout;
    private final @Nullable Duration repeat;

    public JetStreamApi(NatsConnection connection) {
        this(connection, DEFAULT_TIMEOUT, null);
    }

    private JetStreamApi(NatsConnection connection, Duration timeout, @Nullable Duration repeat) {
        this.connection = connection;
        this.timeout = timeout;
        this.repeat = repeat;
    }

    /** Returns the same calls with another timeout. */
    public JetStreamApi withTimeout(Duration limit) {
        return new JetStreamApi(connection, limit, repeat);
    }

    /** Returns the same calls, repeated until they are answered: for calls that may be carried out twice. */
    public JetStreamApi insisting(Duration every) {
        return new JetStreamApi(connection, timeout, every);
    }

    /** Whether this account can use JetStream. Fails when that is not known. */
    public Uni<Boolean> available() {
        return call("INFO", NOTHING, AccountStatistics::new)
                .replaceWith(true)
                .onFailure(JetStreamUnavailableException.class)
                .recoverWithItem(false);
    }

    /**
     * Publishes a message and waits for the acknowledgement of a stream. Fails with {@link NoRespondersException} when no stream stores
     * this subject, and with {@link NoAnswerException} when the outcome is unknown.
     */
    public Uni<PublishAck> publish(String subject, @Nullable Headers headers, byte[] body) {
        return Uni.createFrom().completionStage(() -> publishNow(subject, headers, body));
    }

    /** As {@link #publish}, sent at once, without the cost of a {@code Uni}; a failure may come in a {@code CompletionException}. */
    public CompletableFuture<PublishAck> publishNow(String subject, @Nullable Headers headers, byte[] body) {
        return connection.request(subject, headers, body, timeout).thenApply(message -> {
            try {
                return new PublishAck(message); // refuses an answer without a sequence
            } catch (JetStreamApiException e) {
                throw new JetStreamRefusedException(
                        e.getErrorCode(), e.getApiErrorCode(), String.valueOf(e.getErrorDescription()));
            } catch (IOException e) {
                throw new NoAnswerException(subject, e);
            }
        });
    }

    /** Returns the time of the server that this client is connected to. */
    public Uni<Instant> serverTime() {
        return send(USER_INFO, NOTHING, timeout).map(message -> {
            try {
                JsonValue server = JsonValueUtils.readValue(JsonParser.parse(message.getData()), "server");
                return Objects.requireNonNull(JsonValueUtils.readDate(server, "time"), "the server's time")
                        .toInstant();
            } catch (JsonParseException e) {
                throw new NoAnswerException(USER_INFO, e);
            }
        });
    }

    /** Returns the information of a stream. Fails with {@link StreamNotFoundException}. */
    public Uni<StreamInfo> streamInfo(String stream) {
        return call("STREAM.INFO." + stream, NOTHING, StreamInfo::new);
    }

    /**
     * Returns the subjects of a stream's messages, at most 100,000, on a worker thread: the answer may have megabytes. Fails with
     * {@link StreamNotFoundException}.
     */
    public Uni<Set<String>> subjects(String stream) {
        byte[] request = "{\"subjects_filter\":\">\"}".getBytes(StandardCharsets.US_ASCII);
        return answer(PREFIX + "STREAM.INFO." + stream, request)
                .emitOn(Infrastructure.getDefaultExecutor())
                .map(message -> accepted(new StreamInfo(message)))
                .map(info -> info.getStreamState().getSubjectMap().keySet());
    }

    /**
     * Creates a stream; an existing one with the same configuration is a success. Fails with
     * {@link StreamNameInUseException} when it exists with another one.
     */
    public Uni<StreamInfo> createStream(StreamConfiguration configuration) {
        return call("STREAM.CREATE." + configuration.getName(), configuration.serialize(), StreamInfo::new);
    }

    /** Replaces the configuration of a stream. Fails with {@link StreamNotFoundException}. */
    public Uni<StreamInfo> updateStream(StreamConfiguration configuration) {
        return call("STREAM.UPDATE." + configuration.getName(), configuration.serialize(), StreamInfo::new);
    }

    /** Creates a consumer. The configuration needs a name; an existing consumer of that name is not changed. */
    public Uni<ConsumerInfo> createConsumer(String stream, ConsumerConfiguration configuration) {
        String name = Objects.requireNonNull(configuration.getName(), "the consumer needs a name");
        List<String> filters = Objects.requireNonNullElse(configuration.getFilterSubjects(), List.of());
        // A single filter is also in the subject, so that permissions can restrict it.
        String filter = filters.size() == 1 && !filters.get(0).equals(">") ? "." + filters.get(0) : "";
        return call(
                "CONSUMER.CREATE." + stream + "." + name + filter,
                new ConsumerCreateRequest(stream, configuration, Action.Create).serialize(),
                ConsumerInfo::new);
    }

    /** Returns the information of a consumer. Fails with {@link ConsumerNotFoundException}. */
    public Uni<ConsumerInfo> consumerInfo(String stream, String consumer) {
        return call("CONSUMER.INFO." + stream + "." + consumer, NOTHING, ConsumerInfo::new);
    }

    /** Deletes a consumer; false when there was none. */
    public Uni<Boolean> deleteConsumer(String stream, String consumer) {
        return call("CONSUMER.DELETE." + stream + "." + consumer, NOTHING, SuccessApiResponse::new)
                .replaceWith(true)
                .onFailure(failure ->
                        failure instanceof ConsumerNotFoundException || failure instanceof StreamNotFoundException)
                .recoverWithItem(false);
    }

    private <R extends ApiResponse<?>> Uni<R> call(String name, byte[] body, Function<Message, R> parser) {
        return answer(PREFIX + name, body).map(message -> accepted(parser.apply(message)));
    }

    private Uni<Message> answer(String subject, byte[] body) {
        Uni<Message> answer = repeat == null ? send(subject, body, timeout) : sendUntilAnswered(subject, body, repeat);
        return answer.onFailure(NoRespondersException.class)
                .transform(failure -> new JetStreamUnavailableException("no one answers for JetStream", failure));
    }

    private Uni<Message> send(String subject, byte[] body, Duration limit) {
        return Uni.createFrom().completionStage(() -> connection.request(subject, null, body, limit));
    }

    /** During the election of a leader no one answers: a repeat finds the new leader before the timeout of the first request. */
    private Uni<Message> sendUntilAnswered(String subject, byte[] body, Duration every) {
        return Uni.createFrom().emitter(emitter -> {
            AtomicBoolean answered = new AtomicBoolean();
            Cancellable unused = send(subject, body, timeout)
                    .onTermination()
                    .invoke(() -> answered.set(true))
                    .subscribe()
                    .with(emitter::complete, emitter::fail);
            long until = System.nanoTime() + timeout.toNanos();
            Later.run(every, new Runnable() {
                @Override
                public void run() {
                    Duration left = Duration.ofNanos(until - System.nanoTime());
                    if (answered.get() || left.compareTo(every) < 0) {
                        return;
                    }
                    // Only answers count: without one, the failure is that of the first request.
                    Cancellable unusedToo = send(subject, body, left)
                            .invoke(() -> answered.set(true))
                            .subscribe()
                            .with(emitter::complete, failure -> {});
                    Later.run(every, this);
                }
            });
        });
    }

    /** Returns the answer, or throws its error as an exception. */
    public static <R extends ApiResponse<?>> R accepted(R answer) {
        if (!answer.hasError()) {
            return answer;
        }
        int code = answer.getErrorCode();
        int apiErrorCode = answer.getApiErrorCode();
        String description = Objects.requireNonNullElse(answer.getDescription(), "an error without description");
        throw switch (apiErrorCode) {
            case NOT_ENABLED, NOT_ENABLED_FOR_ACCOUNT -> new JetStreamUnavailableException(description);
            case StreamNotFoundException.API_ERROR_CODE -> new StreamNotFoundException(code, description);
            case StreamNameInUseException.API_ERROR_CODE -> new StreamNameInUseException(code, description);
            case ConsumerNotFoundException.API_ERROR_CODE -> new ConsumerNotFoundException(code, description);
            default -> new JetStreamRefusedException(code, apiErrorCode, description);
        };
    }

    /** Returns the stream, created first when absent; an existing one is not changed. */
    public Uni<StreamInfo> ensureStream(StreamConfiguration configuration) {
        String name = configuration.getName();
        return streamInfo(name).onFailure(StreamNotFoundException.class).recoverWithUni(() -> createStream(
                        configuration)
                .onFailure(StreamNameInUseException.class)
                .recoverWithUni(() -> streamInfo(name)));
    }
}
