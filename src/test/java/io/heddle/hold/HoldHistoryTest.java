package io.heddle.hold;

import static io.heddle.hold.Rig.TTL;
import static io.heddle.hold.Rig.file;
import static io.heddle.hold.Rig.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.hold.PastHold.End;
import io.heddle.hold.history.HistoryStream;
import io.heddle.nats.StreamNotFoundException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The history of holds in the broker, with the real one. */
class HoldHistoryTest {

    private static final String STREAM = "heddle-holds-history";
    private static final HoldFilter OURS = new HoldFilter(FilePath.parse("/work/"), null);

    private final Rig rig = new Rig();
    private final KvHolds holds = rig.holds();
    private final HistoryStream history = HistoryStream.start(rig.connection(), Rig.config());

    @AfterEach
    void end() {
        history.close();
        rig.close();
    }

    @Test
    void tellsEveryEndFromTheOthers() {
        awaitStream();
        Grant first = announce("released", "a");
        announce("released", "a");
        get(holds.release(file("released"), "a"));
        announce("forced", "b");
        get(holds.forceRelease(file("forced"), "administrator (the agent has crashed)"));
        Grant passed = announce("transferred", "c");
        get(holds.transfer(file("transferred"), passed.token(), "d"));
        get(holds.announce(new HoldRequest(file("expired"), "e", Duration.ofSeconds(2))));

        List<PastHold> all =
                read(OURS, past -> past.size() == 5 && past.stream().anyMatch(p -> p.end() == End.EXPIRED));

        PastHold released = of(all, "released", "a");
        assertThat(released.end()).isEqualTo(End.RELEASED);
        assertThat(released.renewals()).isEqualTo(1);
        assertThat(released.last().token()).isEqualTo(first.token());
        assertThat(released.by()).isEqualTo("a");
        assertThat(released.startedAt()).isNotNull().isBeforeOrEqualTo(released.renewedAt());
        assertThat(released.endedAt()).isAfterOrEqualTo(released.renewedAt());
        PastHold forced = of(all, "forced", "b");
        assertThat(forced.end()).isEqualTo(End.FORCED);
        assertThat(forced.by()).isEqualTo("administrator (the agent has crashed)");
        assertThat(of(all, "transferred", "c").end()).isEqualTo(End.TRANSFERRED);
        PastHold inForce = of(all, "transferred", "d");
        assertThat(inForce.end()).isNull();
        assertThat(inForce.endedAt()).isNull();
        PastHold expired = of(all, "expired", "e");
        assertThat(Duration.between(expired.startedAt(), expired.endedAt()))
                .isBetween(Duration.ofMillis(1900), Duration.ofMillis(2100));
    }

    @Test
    void aFileSelectsTheDirectoriesAboveItAndItsSharedHolds() {
        awaitStream();
        get(holds.announce(new HoldRequest(FilePath.parse("/work/dir/"), "a", TTL)));
        get(holds.release(FilePath.parse("/work/dir/"), "a"));
        announce("dir/x", "b");
        announce("dir/y", "c");
        announce("else", "b");
        get(holds.release(file("dir/x"), "b"));
        get(holds.announce(new HoldRequest(file("dir/x"), "s", TTL).asShared()));

        HoldFilter file = new HoldFilter(file("dir/x"), null);
        assertThat(read(file, past -> past.size() == 3))
                .extracting(past -> past.last().holder())
                .containsExactly("s", "b", "a");
        HoldFilter directory = new HoldFilter(FilePath.parse("/work/dir/"), null);
        assertThat(read(directory, past -> past.size() == 4))
                .extracting(past -> past.last().holder())
                .containsExactly("s", "c", "b", "a");
        HoldFilter holder = new HoldFilter(null, "b");
        assertThat(read(holder, past -> past.size() == 2))
                .extracting(past -> past.last().file())
                .containsExactly(file("else"), file("dir/x"));
        assertThat(get(history.read(holder, since(), 1)))
                .extracting(past -> past.last().file())
                .containsExactly(file("else"));
        assertThat(get(history.read(new HoldFilter(file("no"), null), since(), 10)))
                .isEmpty();
        assertThat(get(history.read(OURS, Instant.now().plusSeconds(60), 10))).isEmpty();
    }

    @Test
    void theHoldsOfAnEarlierProcessAndOfGoProgramsAreRecorded() throws Exception {
        awaitStream();
        rig.put(file("go"));
        announce("ours", "a");
        holds.close();
        KvHolds later = rig.holds();
        get(later.release(file("ours"), "a"));

        List<PastHold> all =
                read(OURS, past -> past.size() == 2 && past.stream().anyMatch(p -> p.end() != null));

        assertThat(of(all, "go", "go").end()).isNull();
        assertThat(of(all, "ours", "a").end()).isEqualTo(End.RELEASED);
        assertThat(rig.raw().jetStreamManagement().getConsumerNames(STREAM)).isEmpty();
    }

    @Test
    void aStreamThatCannotBeCreatedDoesNotHarmTheHolds() {
        HoldsConfig impossible = Rig.config("history.stream", "three-servers", "replicas", "3");
        try (HistoryStream none = HistoryStream.start(rig.connection(), impossible)) {
            assertThat(Rig.failure(none.read(new HoldFilter(file("x"), null), since(), 1)))
                    .isInstanceOf(StreamNotFoundException.class);
            announce("x", "a");
        }
    }

    @Test
    void aStreamThatWasDeletedIsReported() throws Exception {
        awaitStream();
        rig.raw().jetStreamManagement().deleteStream(STREAM);

        assertThat(Rig.failure(history.read(new HoldFilter(file("x"), null), since(), 1)))
                .isInstanceOf(StreamNotFoundException.class);
    }

    /** The broker starts to copy some time after the stream was created. */
    private void awaitStream() {
        FilePath probe = FilePath.of("/probe");
        await().atMost(Duration.ofSeconds(30)).ignoreExceptions().until(() -> {
            get(holds.announce(new HoldRequest(probe, "probe", TTL)));
            return !get(history.read(new HoldFilter(probe, null), since(), 1)).isEmpty();
        });
    }

    private Grant announce(String name, String holder) {
        return get(holds.announce(new HoldRequest(file(name), holder, TTL)));
    }

    private List<PastHold> read(HoldFilter filter, Predicate<List<PastHold>> complete) {
        return await().atMost(Duration.ofSeconds(30)).until(() -> get(history.read(filter, since(), 100)), complete);
    }

    private static Instant since() {
        return Instant.now().minusSeconds(3600);
    }

    private static PastHold of(List<PastHold> all, String name, String holder) {
        return all.stream()
                .filter(past -> past.last().file().equals(file(name))
                        && past.last().holder().equals(holder))
                .findFirst()
                .orElseThrow();
    }
}
