package io.heddle.hold;

import static io.heddle.hold.Rig.TTL;
import static io.heddle.hold.Rig.call;
import static io.heddle.hold.Rig.failure;
import static io.heddle.hold.Rig.get;
import static io.heddle.hold.Rig.goValue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds of directories and shared holds, of two processes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OverlapTest {

    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private final Rig rig = new Rig();
    private KvHolds one;
    private KvHolds two;

    @BeforeAll
    void begin() {
        one = rig.holds();
        two = rig.holds();
    }

    @AfterAll
    void end() {
        rig.close();
    }

    private record Row(String first, boolean firstShared, String second, boolean secondShared, boolean overlap) {}

    private static Stream<Row> rows() {
        List<Row> rows = new ArrayList<>();
        for (boolean firstShared : new boolean[] {false, true}) {
            for (boolean secondShared : new boolean[] {false, true}) {
                for (String[] pair : new String[][] {
                    {"f", "f", "yes"},
                    {"f", "g", "no"},
                    {"d/", "d/f", "yes"},
                    {"d/f", "d/", "yes"},
                    {"d/", "d/e/f", "yes"},
                    {"d/e/f", "d/", "yes"},
                    {"d/", "d/", "yes"},
                    {"d/e/", "d/", "yes"},
                    {"d/", "d/e/", "yes"},
                    {"d", "d/", "yes"},
                    {"d/", "d", "yes"},
                    {"d/", "d0", "no"},
                    {"d/", "d.txt", "no"},
                    {"d.txt", "d/", "no"},
                    {"d/e/", "d/f", "no"},
                    {"d/e/", "d/ef/g", "no"}
                }) {
                    rows.add(new Row(pair[0], firstShared, pair[1], secondShared, pair[2].equals("yes")));
                }
            }
        }
        return rows.stream();
    }

    @ParameterizedTest
    @MethodSource("rows")
    void holdsConflictWhenTheirPathsOverlapAndTheyAreNotBothShared(Row row) {
        String root = root();
        HoldRequest first = request(root + row.first, "a", row.firstShared);
        HoldRequest second = request(root + row.second, "b", row.secondShared);
        assertThat(first.file().overlaps(second.file())).isEqualTo(row.overlap);
        Grant granted = get(one.announce(first));

        if (row.overlap && !(row.firstShared && row.secondShared)) {
            HeldByAnotherException refusal = (HeldByAnotherException) failure(two.announce(second));
            assertThat(refusal.file()).isEqualTo(second.file());
            assertThat(refusal.hold().file()).isEqualTo(first.file());
            assertThat(refusal.hold().token()).isEqualTo(granted.token());
            assertThat(refusal.conflicts()).hasSize(1);
            get(one.release(first.file(), "a"));
        }
        assertThat(get(two.announce(second)).token()).isGreaterThan(granted.token());
        get(two.release(second.file(), "b"));
        get(one.release(first.file(), "a"));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void oneHolderMayHaveBoth(Row row) {
        String root = root();
        Grant first = get(one.announce(request(root + row.first, "a", row.firstShared)));
        Grant second = get(two.announce(request(root + row.second, "a", row.secondShared)));

        assertThat(get(two.assertHeld(first.hold().file(), first.token(), Duration.ofSeconds(1))))
                .extracting(Hold::token)
                .isEqualTo(first.token());
        assertThat(get(one.remaining(second.hold().file(), second.token()))).isPositive();
        boolean same = first.hold().file().equals(second.hold().file()) && row.firstShared == row.secondShared;
        assertThat(second.renewal()).isEqualTo(same);
        assertThat(get(two.releaseAll("a"))).hasSize(same ? 1 : 2);
    }

    @Test
    void theOnlySharedHoldBecomesExclusiveAndOneOfSeveralDoesNot() {
        String path = root() + "upgraded";
        get(one.announce(request(path, "a", true)));
        get(two.announce(request(path, "b", true)));
        assertThat(failure(one.announce(request(path, "a", false)))).isInstanceOf(HeldByAnotherException.class);

        get(two.release(FilePath.of(path), "b"));
        get(one.announce(request(path, "a", false)));

        assertThat(failure(two.announce(request(path, "b", true)))).isInstanceOf(HeldByAnotherException.class);
        assertThat(get(one.release(FilePath.of(path), "a"))).isEqualTo(ReleaseOutcome.RELEASED);
        assertThat(get(two.query(List.of(FilePath.of(path)), null))).isEmpty();
    }

    @Test
    void aRefusalNamesHoldersAndReasons() {
        String root = root();
        get(one.announce(request(root + "d/f", "a", false).withReason("rename of Cart")));
        get(one.announce(request(root + "d/g", "b", true)));
        get(two.query(List.of(FilePath.directory(root + "d")), null)); // its index has both afterwards

        HeldByAnotherException refusal =
                (HeldByAnotherException) failure(two.announce(request(root + "d/", "c", false)));

        assertThat(refusal.conflicts()).extracting(Hold::holder).containsExactlyInAnyOrder("a", "b");
        assertThat(refusal)
                .hasMessageContaining(root + "d/ overlaps with ")
                .hasMessageContaining("(rename of Cart)")
                .hasMessageContaining("and 1 more");
    }

    @Test
    void reasonsAreKeptOverRenewalsAndTransfers() {
        FilePath file = FilePath.of(root() + "reason");
        try (HoldLease lease = get(one.acquire(new HoldRequest(file, "a", Duration.ofSeconds(6)).withReason("why")))) {
            await().until(() -> lease.hold().revision() > lease.token());
            assertThat(get(two.whoHas(file)).map(Hold::reason)).contains("why");
            get(one.transfer(file, lease.token(), "b"));
            assertThat(get(two.whoHas(file)).map(Hold::reason)).contains("why");
        }
        assertThatThrownBy(() -> new HoldRequest(file, "a", TTL).withReason("x".repeat(201)))
                .isInstanceOf(InvalidReasonException.class);
        assertThatThrownBy(() -> new HoldRequest(file, "a", TTL).withReason("a\nb"))
                .isInstanceOf(InvalidReasonException.class);
    }

    @Test
    void theQueryCountsDirectoriesAboveAndEntriesBelow() {
        String root = root();
        get(one.announce(request(root + "d/e/", "a", false)));
        get(one.announce(request(root + "f", "b", true)));
        get(one.announce(request(root + "f", "c", true)));
        FilePath above = FilePath.of(root + "d/e/x/y");
        FilePath below = FilePath.directory(root + "d");
        FilePath shared = FilePath.of(root + "f");

        Map<FilePath, List<Hold>> held = get(two.query(List.of(above, FilePath.of(root + "free"), below, shared), "c"));

        assertThat(held.keySet()).containsExactly(above, below, shared);
        assertThat(held.get(above)).extracting(hold -> hold.file().value()).containsExactly(root + "d/e/");
        assertThat(held.get(below)).extracting(Hold::holder).containsExactly("a");
        assertThat(held.get(shared)).extracting(Hold::holder).containsExactly("b");
        assertThat(get(two.list(new HoldFilter(FilePath.of(root), null), null, 2)))
                .as("a page does not separate shared holds of a file")
                .extracting(Hold::holder)
                .containsExactly("a", "b", "c");
    }

    @Test
    void waitersWakeWhenWhatOverlapsIsReleased() {
        String root = root();
        get(one.announce(request(root + "d/", "a", false)));
        CompletableFuture<Grant> file = wait(two, request(root + "d/e/f", "b", false));
        await().until(() -> two.status().subscribers() == 0 && !file.isDone());
        get(one.release(FilePath.directory(root + "d"), "a"));
        assertThat(file.join().hold().holder()).isEqualTo("b");

        CompletableFuture<Grant> directory = wait(one, request(root + "d/", "c", false));
        get(two.release(FilePath.of(root + "d/e/f"), "b"));
        assertThat(directory.join().hold().holder()).isEqualTo("c");
    }

    @Test
    void aDirectoryThatWaitsIsNotOvertakenByFilesBelowIt() {
        String root = root();
        get(one.announce(request(root + "d/f", "a", false)));
        List<String> order = new CopyOnWriteArrayList<>();
        CompletableFuture<Grant> directory = wait(two, request(root + "d/", "b", false));
        var first = directory.thenAccept(grant -> order.add("directory"));
        CompletableFuture<Grant> file = wait(two, request(root + "d/g", "c", false));
        var second = file.thenAccept(grant -> order.add("file"));
        CompletableFuture<Grant> own = wait(two, request(root + "d/h", "a", false));

        own.join(); // whom the directory waits for does not wait for the directory
        assertThat(file).isNotDone();
        get(two.release(FilePath.of(root + "d/h"), "a"));
        get(one.release(FilePath.of(root + "d/f"), "a"));
        directory.join();
        get(two.release(FilePath.directory(root + "d"), "b"));
        file.join();
        CompletableFuture.allOf(first, second).join();

        assertThat(order).containsExactly("directory", "file");
    }

    @Test
    void aTransferIsRefusedWhileItsHolderKeepsWhatOverlaps() {
        String root = root();
        FilePath file = FilePath.of(root + "d/f");
        Grant grant = get(one.announce(request(root + "d/f", "a", false)));
        get(one.announce(request(root + "d/", "a", false)));

        assertThat(failure(one.transfer(file, grant.token(), "b"))).isInstanceOf(HeldByAnotherException.class);
        get(one.release(FilePath.directory(root + "d"), "a"));
        Grant transferred = get(one.transfer(file, grant.token(), "b"));

        assertThat(get(two.assertHeld(file, transferred.token(), Duration.ZERO)).holder())
                .isEqualTo("b");
        assertThat(failure(two.announce(request(root + "d/", "a", false)))).isInstanceOf(HeldByAnotherException.class);
    }

    @Test
    void allOrNoneOverDirectoriesAndFiles() {
        String root = root();
        get(one.announce(request(root + "z", "other", false)));
        List<HoldRequest> requests = List.of(
                request(root + "d/", "a", false), request(root + "d/f", "a", false), request(root + "z", "a", true));

        assertThat(failure(two.announceAll(requests))).isInstanceOf(HeldByAnotherException.class);
        assertThat(get(two.query(List.of(FilePath.directory(root + "d")), null)))
                .isEmpty();
        get(one.release(FilePath.of(root + "z"), "other"));

        assertThat(get(two.announceAll(requests))).hasSize(3);
    }

    @Test
    void aGoProgramInsideAHeldDirectoryIsReportedAndEndsNothing() {
        String root = root();
        List<HoldEvent.Violated> violations = new CopyOnWriteArrayList<>();
        var events = two.subscribe().subscribe().with(event -> {
            if (event instanceof HoldEvent.Violated violated) {
                violations.add(violated);
            }
        });
        Grant directory = get(one.announce(request(root + "d/", "a", false)));
        FilePath file = FilePath.of(root + "d/f");

        call(() -> rig.bucket().put(HoldKey.of(file).text(), goValue("go", Instant.now(), TTL)));

        await().until(() -> violations.size() == 1);
        assertThat(violations.get(0).hold().holder()).isEqualTo("go");
        assertThat(violations.get(0).violated().file())
                .isEqualTo(directory.hold().file());
        assertThat(get(two.assertHeld(directory.hold().file(), directory.token(), Duration.ZERO))
                        .holder())
                .isEqualTo("a");
        assertThat(get(one.announce(request(root + "d/", "a", false))).renewal())
                .isTrue();
        events.cancel();
    }

    @Test
    void aGoProgramsFileIsRespectedByADirectory() {
        String root = root();
        FilePath file = FilePath.of(root + "d/f");
        call(() -> rig.bucket().put(HoldKey.of(file).text(), goValue("go", Instant.now(), TTL)));

        HeldByAnotherException refusal =
                (HeldByAnotherException) failure(one.announce(request(root + "d/", "a", false)));

        assertThat(refusal.hold().holder()).isEqualTo("go");
        assertThat(get(two.query(List.of(FilePath.directory(root + "d")), null)))
                .hasSize(1);
    }

    private static String root() {
        return "/overlap/" + NUMBERS.incrementAndGet() + "/";
    }

    private static HoldRequest request(String path, String holder, boolean shared) {
        return new HoldRequest(FilePath.parse(path), holder, TTL, "", shared, "");
    }

    private static CompletableFuture<Grant> wait(KvHolds holds, HoldRequest request) {
        return holds.announce(request, Duration.ofSeconds(15)).subscribeAsCompletionStage();
    }
}
