package io.heddle.http.hold;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.heddle.hold.HoldEvent;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.Locale;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The data of an event: the hold, and the members of its kind of event.
 *
 * @param violated the hold that a Go program violates with its own
 * @param endsAt the end in the broker's time unless the hold is renewed; it decides, also if the writer's clock is wrong
 */
@RegisterForReflection
@JsonInclude(JsonInclude.Include.NON_NULL)
@Schema(name = "HoldEvent")
public record HoldEventView(
        @JsonUnwrapped @Nullable HoldView hold,
        @JsonProperty("ends_at") @Nullable Instant endsAt,
        @Nullable Boolean renewal,
        @Nullable String reason,
        @Nullable String by,
        @Nullable Long revision,
        @Nullable HoldView violated) {

    /** The SSE event name; part of the API. */
    static String name(HoldEvent event) {
        if (event instanceof HoldEvent.Announced) {
            return "announced";
        } else if (event instanceof HoldEvent.Released) {
            return "released";
        } else if (event instanceof HoldEvent.Expired) {
            return "expired";
        } else if (event instanceof HoldEvent.Corrupt) {
            return "corrupt";
        } else if (event instanceof HoldEvent.Violated) {
            return "violated";
        }
        return event instanceof HoldEvent.Synced ? "synced" : "reset";
    }

    static Object of(HoldEvent event) {
        if (event instanceof HoldEvent.Announced announced) {
            return new HoldEventView(
                    HoldView.of(announced.hold()),
                    announced.hold().endsAt(),
                    announced.renewal(),
                    null,
                    null,
                    null,
                    null);
        }
        if (event instanceof HoldEvent.Released released) {
            String reason = released.reason().name().toLowerCase(Locale.ROOT);
            return new HoldEventView(
                    HoldView.of(released.hold()).withoutReason(), null, null, reason, released.by(), null, null);
        }
        if (event instanceof HoldEvent.Expired expired) {
            return new HoldEventView(HoldView.of(expired.hold()), null, null, null, null, null, null);
        }
        if (event instanceof HoldEvent.Violated violated) {
            HoldView other = HoldView.of(violated.violated());
            return new HoldEventView(
                    HoldView.of(violated.hold()), violated.hold().endsAt(), null, null, null, null, other);
        }
        if (event instanceof HoldEvent.Corrupt corrupt) {
            String path = corrupt.file() == null ? null : corrupt.file().value();
            return new Corrupt(path, corrupt.key(), corrupt.reason());
        }
        return new HoldEventView(null, null, null, null, null, event.revision(), null);
    }

    /** An entry that is not a hold; without a path if its key is not that of a file. */
    @RegisterForReflection
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Corrupt(@Nullable String path, String key, String reason) {}
}
