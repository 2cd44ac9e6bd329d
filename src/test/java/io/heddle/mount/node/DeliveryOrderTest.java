package io.heddle.mount.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.mount.Secret;
import io.heddle.mount.ShareMessages;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareMount.Action;
import io.heddle.mount.cubefs.CubeFs;
import io.heddle.mount.feed.Position;
import io.heddle.mount.feed.ShareMessage;
import io.heddle.stream.StreamIdentity;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The last message on a share is its desired state, in whatever order core NATS, the stream and the bucket deliver, and whatever the
 * stream and an interruption drop. What is recorded says the same.
 */
class DeliveryOrderTest {

    private static final int SEEDS = 20_000;
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
    private static final StreamIdentity STREAM = new StreamIdentity("weft-mounts", NOON);

    @Test
    void theLastMessageCounts() {
        for (int seed = 0; seed < SEEDS; seed++) {
            new Run(new Random(seed), false).check(seed);
        }
    }

    /** A subscriber that is too slow for core NATS: what it has dropped is in the bucket. */
    @Test
    void theLastMessageCountsAlsoWhenCoreNatsDropsIt() {
        for (int seed = 0; seed < SEEDS; seed++) {
            new Run(new Random(seed), true).check(seed);
        }
    }

    /** @param byApi whether the bucket has it, too, with its exact place */
    private record Sent(ShareMount share, long sequence, boolean byApi) {
        @Override
        public String toString() {
            return sequence + (byApi ? " (API): " : ": ") + share.id() + " "
                    + (share.isMount() ? share.requireSource() : "unmount");
        }
    }

    private static final class Run {

        private final Random random;
        /** Core NATS drops messages, then. All are different, because nothing else tells a dropped message from an earlier one. */
        private final boolean coreDrops;

        private final Map<String, Recorded> recorded = new HashMap<>();
        private final DesiredState state = new DesiredState(this::record);
        private final List<String> steps = new ArrayList<>();
        private final Map<String, ShareMount> expected = new HashMap<>();

        private record Recorded(ShareMessage message, Position position) {}

        Run(Random random, boolean coreDrops) {
            this.random = random;
            this.coreDrops = coreDrops;
            state.replayed(STREAM, 0);
        }

        private void record(ShareMessage message, ShareMount share, Position position) {
            recorded.merge(
                    share.id(),
                    new Recorded(message, position),
                    (was, now) -> now.position().isAfter(was.position()) ? now : was);
        }

        void check(int seed) {
            boolean narrow = random.nextBoolean();
            int interruptions = random.nextInt(3);
            long sequence = 0;
            for (int period = 0; period <= interruptions; period++) {
                if (period > 0) {
                    sequence = interruption(sequence, narrow);
                }
                List<Sent> sent = messages(sequence, false);
                sequence += sent.size();
                deliver(sent, narrow);
            }
            expected.forEach((id, share) -> {
                // An unmount of a share that was never known needs no state.
                ShareMount known = state.all().stream()
                        .map(DesiredShare::share)
                        .filter(one -> one.id().equals(id))
                        .findFirst()
                        .orElse(ShareMount.unmount(id, "/workspace/" + id));
                assertThat(known).as("seed %d: %s", seed, steps).isEqualTo(share);
                assertThat(recorded.get(id).message().data())
                        .as("recorded, seed %d: %s", seed, steps)
                        .isEqualTo(ShareMessages.toBytes(share));
            });
        }

        private List<Sent> messages(long after, boolean allByApi) {
            List<Sent> sent = new ArrayList<>();
            int count = random.nextInt(8);
            for (int number = 1; number <= count; number++) {
                // Few different messages: the same bytes come again and again.
                ShareMount share =
                        share("share-" + random.nextInt(2), coreDrops ? (int) after + number : random.nextInt(3));
                expected.put(share.id(), share);
                sent.add(new Sent(share, after + number, coreDrops || allByApi || random.nextBoolean()));
            }
            return sent;
        }

        /** What is published while disconnected comes by the stream, as far as it keeps it, and from the bucket. */
        private long interruption(long sequence, boolean narrow) {
            state.interrupted();
            steps.add("interrupted");
            List<Sent> missed = messages(sequence, narrow);
            for (Sent message :
                    narrow && !missed.isEmpty() ? missed.subList(missed.size() - 1, missed.size()) : missed) {
                byStream(message);
            }
            state.replayed(STREAM, sequence + missed.size());
            steps.add("replayed");
            missed.stream().filter(Sent::byApi).forEach(this::byBucket);
            return sequence + missed.size();
        }

        /** Every way keeps its order; how they mix is random. */
        private void deliver(List<Sent> sent, boolean narrow) {
            int[] next = new int[3];
            while (next[0] < sent.size() || next[1] < sent.size() || next[2] < sent.size()) {
                int way = random.nextInt(3);
                if (next[way] == sent.size()) {
                    continue;
                }
                Sent message = sent.get(next[way]++);
                if (way == 0 && coreDrops && random.nextInt(3) == 0) {
                    steps.add("core drops " + message);
                } else if (way == 0) {
                    steps.add("core " + message);
                    state.offerFromCore(
                            message(message.share()), message.share(), NOON.plusSeconds(message.sequence()));
                } else if (way == 1) {
                    if (!narrow || next[way] == sent.size() || random.nextInt(3) > 0) {
                        byStream(message);
                    }
                } else if (message.byApi() && next[1] >= next[2]) {
                    byBucket(message);
                } else if (message.byApi()) {
                    next[2]--; // it is stored after the stream has acknowledged it
                }
            }
        }

        private void byStream(Sent message) {
            steps.add("stream " + message);
            state.offerFromStream(
                    message(message.share()),
                    message.share(),
                    message.sequence(),
                    NOON.plusSeconds(message.sequence()));
        }

        private void byBucket(Sent message) {
            steps.add("bucket " + message);
            record(message(message.share()), message.share(), place(message));
            state.offerFromBucket(message(message.share()), message.share(), place(message), false);
        }

        private static Position place(Sent message) {
            return Position.inStream(STREAM, message.sequence(), NOON.plusSeconds(message.sequence()));
        }
    }

    private static ShareMessage message(ShareMount share) {
        return new ShareMessage("vm", ShareMessages.toBytes(share), null);
    }

    private static ShareMount share(String id, int version) {
        if (version == 0) {
            return ShareMount.unmount(id, "/workspace/" + id);
        }
        CubeFs source = new CubeFs("volume", List.of("127.0.0.1:17010"), "o", Secret.NONE, Secret.NONE, "v" + version);
        return new ShareMount(id, Action.MOUNT, ShareMount.CUBEFS, "/workspace/" + id, false, source);
    }
}
