package io.heddle.http.coding;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.heddle.coding.Contact;
import io.heddle.coding.LostHold;
import io.heddle.coding.SessionState;
import io.heddle.hold.FilePath;
import io.heddle.hold.Hold;
import io.heddle.http.Durations;
import io.heddle.http.hold.HoldView;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** Sessions and their holds, in answers and problems. */
final class SessionViews {

    private SessionViews() {}

    /** A hold of the session. */
    @RegisterForReflection
    @Schema(name = "SessionHold")
    record Mine(String path, long token, String remaining) {
        static Mine of(Hold hold, Instant now) {
            return new Mine(hold.file().value(), hold.token(), left(hold, now));
        }
    }

    /** A hold that the session has lost. */
    @RegisterForReflection
    @Schema(name = "LostHold")
    record Lost(String path, long token, String why) {
        static List<Lost> of(List<LostHold> lost) {
            return lost.stream()
                    .map(one -> new Lost(one.file().value(), one.token(), one.why()))
                    .toList();
        }
    }

    /** Another holder's hold. */
    @RegisterForReflection
    @Schema(name = "Conflict")
    record Conflict(String path, String holder, String reason, String remaining) {
        static List<Conflict> of(List<Hold> holds, Instant now) {
            return holds.stream()
                    .map(hold -> new Conflict(hold.file().value(), hold.holder(), hold.reason(), left(hold, now)))
                    .toList();
        }
    }

    /** The answer to a session. */
    @RegisterForReflection
    @Schema(name = "SessionHolds")
    record Held(String session, List<Mine> held, List<Lost> lost) {
        static Held of(String session, List<Hold> holds, List<LostHold> lost, Instant now) {
            return new Held(
                    session, holds.stream().map(hold -> Mine.of(hold, now)).toList(), Lost.of(lost));
        }
    }

    /** What was released. */
    @RegisterForReflection
    @Schema(name = "SessionReleased")
    record Released(List<String> released, List<Lost> lost) {
        static Released of(List<FilePath> files, List<LostHold> lost) {
            return new Released(files.stream().map(FilePath::value).toList(), Lost.of(lost));
        }
    }

    /** A session, for others. */
    @RegisterForReflection
    @JsonNaming(SnakeCaseStrategy.class)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @Schema(name = "Session")
    record Agent(
            String session,
            String tool,
            String user,
            String host,
            String project,
            String checkoutPath,
            @Nullable Instant lastContact,
            List<HoldView> holds,
            List<String> waitsFor) {

        static Agent of(SessionState state) {
            Contact contact = state.contact();
            return new Agent(
                    contact.session(),
                    contact.tool(),
                    contact.user(),
                    contact.host(),
                    contact.project(),
                    contact.checkout(),
                    state.lastContact(),
                    state.holds().stream().map(HoldView::of).toList(),
                    state.waitsFor().stream().map(FilePath::value).toList());
        }
    }

    /** @param now the broker's time, by which holds end */
    @RegisterForReflection
    @Schema(name = "Sessions")
    record Agents(List<Agent> sessions, Instant now) {}

    private static String left(Hold hold, Instant now) {
        return Durations.format(Explanations.remaining(hold, now).truncatedTo(ChronoUnit.MILLIS));
    }
}
