package io.heddle.mount.feed;

import io.heddle.stream.StreamIdentity;
import io.heddle.stream.request.JetStreamApi;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The identity of the stream, requested once for all messages that were acknowledged before. Thread-safe. */
final class StreamIdentities {

    private final JetStreamApi api;
    private final String stream;
    private @Nullable CompletableFuture<StreamIdentity> running;
    private @Nullable CompletableFuture<StreamIdentity> next;

    StreamIdentities(JetStreamApi api, String stream) {
        this.api = api;
        this.stream = stream;
    }

    /** The identity at a moment after this call: another stream with the same name has other sequences. */
    synchronized CompletableFuture<StreamIdentity> current() {
        if (running != null) {
            if (next == null) {
                next = new CompletableFuture<>();
            }
            return next;
        }
        CompletableFuture<StreamIdentity> answer = new CompletableFuture<>();
        running = answer;
        ask(answer);
        return answer;
    }

    private void ask(CompletableFuture<StreamIdentity> answer) {
        var unused = api.streamInfo(stream)
                .map(info -> new StreamIdentity(stream, info.getCreateTime().toInstant()))
                .subscribeAsCompletionStage()
                .whenComplete((identity, failure) -> {
                    CompletableFuture<StreamIdentity> following;
                    synchronized (this) {
                        running = next;
                        next = null;
                        following = running;
                    }
                    if (following != null) {
                        ask(following);
                    }
                    if (failure == null) {
                        answer.complete(identity);
                    } else {
                        answer.completeExceptionally(failure);
                    }
                });
    }
}
