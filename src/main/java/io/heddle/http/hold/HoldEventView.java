package io.heddle.http.hold;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.heddle.hold.HoldEvent;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The data of an event about holds: the hold it is about, and what the kind of event adds.
 *
 * @param endsAt when it ends in the broker's time, unless it is renewed: what counts, also where the writer's clock is wrong
 */
@RegisterForReflection
@JsonInclude(JsonInclude.Include.NON_NULL)
public record HoldEventView(
        @JsonUnwrapped @Nullable HoldView hold,
        @JsonProperty("ends_at") @Nullable Instant endsAt,
        @Nullable Boolean renewal,
        @Nullable String reason,
        @Nullable String by,
        @Nullable Long revision) {

    static String name(HoldEvent event) {
        return event.getClass().getSimpleName().toLowerCase(Locale.ROOT);
    }

    static Object of(HoldEvent event) {
        if (event instanceof HoldEvent.Announced announced) {
            return new HoldEventView(
                    HoldView.of(announced.hold()), announced.hold().endsAt(), announced.renewal(), null, null, null);
        }
        if (event instanceof HoldEvent.Released released) {
            String reason = released.reason().name().toLowerCase(Locale.ROOT);
            return new HoldEventView(HoldView.of(released.hold()), null, null, reason, released.by(), null);
        }
        if (event instanceof HoldEvent.Expired expired) {
            return new HoldEventView(HoldView.of(expired.hold()), null, null, null, null, null);
        }
        if (event instanceof HoldEvent.Corrupt corrupt) {
            String path = corrupt.file() == null ? null : corrupt.file().value();
            return new Corrupt(path, corrupt.key(), corrupt.reason());
        }
        return new HoldEventView(null, null, null, null, null, event.revision());
    }

    /** An entry that is no hold; it has no path when its key is no file's. */
    @RegisterForReflection
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Corrupt(@Nullable String path, String key, String reason) {}
}
