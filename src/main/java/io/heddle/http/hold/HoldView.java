package io.heddle.http.hold;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.heddle.hold.Hold;
import io.heddle.http.Durations;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A hold, in answers, problems and events.
 *
 * @param expiresAt by the writer's clock, as in the bucket; the broker's time decides
 * @param path ends with a slash if it is the directory with everything below it
 * @param shared true, or absent of an exclusive hold
 * @param reason absent when there is none
 * @param token fits into a JSON number everywhere: it begins at the epoch time in microseconds, a fifth of 2^53
 */
@RegisterForReflection
@JsonNaming(SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
@Schema(name = "Hold", examples = """
        {"path": "/work/src/App.java", "agent_id": "agent-7", "claimed_at": "2026-04-19T10:00:00Z",
         "expires_at": "2026-04-19T10:00:30Z", "checkout_path": "/home/agent-7/checkout", "ttl": "30s",
         "token": 1776592800000000}""")
public record HoldView(
        String path,
        String agentId,
        Instant claimedAt,
        Instant expiresAt,
        String checkoutPath,
        String ttl,
        long token,
        @Nullable Boolean shared,
        @Nullable String reason) {

    public static HoldView of(Hold hold) {
        return new HoldView(
                hold.file().value(),
                hold.holder(),
                hold.claimedAt(),
                hold.expiresAt(),
                hold.checkoutPath(),
                Durations.format(hold.ttl()),
                hold.token(),
                hold.shared() ? true : null,
                hold.reason().isEmpty() ? null : hold.reason());
    }

    /** Returns the same hold for an event whose own reason is why the hold ended. */
    HoldView withoutReason() {
        return new HoldView(path, agentId, claimedAt, expiresAt, checkoutPath, ttl, token, shared, null);
    }
}
