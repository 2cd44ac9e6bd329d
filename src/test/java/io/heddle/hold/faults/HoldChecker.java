package io.heddle.hold.faults;

import io.heddle.hold.faults.HoldHistory.Kind;
import io.heddle.hold.faults.HoldHistory.Step;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Whether there is an order of single moments that explains a history. What is checked all follows from one sentence: <em>the
 * grants of a file live one after another, in the order of their tokens</em>, where a grant lives from the moment its entry is
 * written until it is replaced, deleted or, once it has ended, forgotten.
 *
 * <p>Each step is evidence that its token was alive at some moment between the step's beginning and its end. So the token was
 * surely born by the <em>earliest end</em> of its evidence, and surely not over before the <em>latest beginning</em>; and no
 * evidence of a lower token may begin after a higher one was surely born. Calls whose outcome is unknown are evidence of nothing.
 *
 * <p>Holds of directories and shared holds have names of their own: see {@link Contested}. What holds of different names must not do
 * is in {@link OverlapChecker}.
 *
 * <p>Three things weaken evidence. A peer that deletes a key whatever is there ends the holds between its own and the deletion; their
 * holders rely on them until they are notified. After the store was wiped, a process may well count on a hold of the time before until its ttl
 * ends: nobody can tell it, so its word is no evidence, while what the broker says still is. And a leader that was deposed
 * without its knowledge answers reads with old news for a while; docs/holds.md says both.
 */
final class HoldChecker {

    /** What may be violated. */
    enum Rule {
        TWO_HOLDERS("two holders at once"),
        OVERLAPPING_HOLDERS("two holders of overlapping paths at once"),
        TOKEN_NOT_RISING("a token that did not rise"),
        TOKEN_REUSED("one token, two grants"),
        STALE_WRITE("a write accepted from a stale token"),
        LOST_RELEASE("a release that was lost"),
        ENDED_HOLD_SEEN("a hold seen after its successor"),
        HOLD_NOT_SEEN("a hold in force that was not seen"),
        CALL_HUNG("a call without an end"),
        EVENTS_OUT_OF_ORDER("events out of order");

        final String text;

        Rule(String text) {
            this.text = text;
        }
    }

    /** One contradiction, and the steps that it is made of. */
    record Violation(Rule rule, String file, String what) {
        @Override
        public String toString() {
            return rule.text + " (" + file + "): " + what;
        }
    }

    private final List<Step> wiped;
    private final List<Step> deposed;
    private final List<Step> deletedByPeers;
    private final Map<String, List<Step>> byFile = new TreeMap<>();
    private final List<Violation> found = new ArrayList<>();

    private HoldChecker(HoldHistory history) {
        wiped = history.steps().stream()
                .filter(step -> step.kind() == Kind.WIPED)
                .toList();
        deposed = history.steps().stream()
                .filter(step -> step.kind() == Kind.DEPOSED)
                .toList();
        deletedByPeers = history.steps().stream()
                .filter(step -> step.kind() == Kind.DELETED_BY_PEER)
                .toList();
        history.steps().forEach(step -> byFile.computeIfAbsent(step.file(), file -> new ArrayList<>())
                .add(step));
    }

    /** What contradicts the promises; empty when nothing does. */
    static List<Violation> violations(HoldHistory history) {
        HoldChecker checker = new HoldChecker(history);
        checker.byFile.forEach(checker::check);
        checker.found.addAll(OverlapChecker.violations(checker.byFile, checker::isEvidence));
        return checker.found;
    }

    private void check(String file, List<Step> steps) {
        Map<Long, Life> lives = new TreeMap<>();
        for (Step step : steps) {
            Rule rule = ruleOf(step);
            if (rule != null && isEvidence(step)) {
                lives.computeIfAbsent(step.token(), Life::new).add(rule, step);
            } else if (step.kind() == Kind.HUNG) {
                violated(Rule.CALL_HUNG, file, step);
            } else if (step.kind() == Kind.DISORDER) {
                violated(Rule.EVENTS_OUT_OF_ORDER, file, step);
            }
        }
        oneHolderForEachToken(file, lives.values());
        oneAfterAnother(file, lives.values());
        nothingAfterItsRelease(file, lives.values(), steps);
        seenWhileInForce(file, lives.values(), steps);
    }

    /** What it means when this evidence is too late; null when the step is no evidence of its token. */
    private static Rule ruleOf(Step step) {
        return switch (step.kind()) {
            case TOUCHED -> Rule.TWO_HOLDERS;
            case GRANTED -> Rule.TOKEN_NOT_RISING;
            case RENEWED, LEASED, RELEASED -> Rule.STALE_WRITE;
            case REFUSED, SEEN, CONFIRMED -> Rule.ENDED_HOLD_SEEN;
            default -> null;
        };
    }

    private boolean isEvidence(Step step) {
        return switch (step.kind()) {
            case TOUCHED ->
                wiped.stream().noneMatch(wipe -> step.token() < wipe.token() && step.ended() >= wipe.began())
                        && deletedByPeers.stream().noneMatch(deletion -> endedBy(deletion, step));
            case REFUSED, SEEN, CONFIRMED, VACANT ->
                deposed.stream().noneMatch(window -> step.began() <= window.ended() && step.ended() >= window.began());
            default -> true;
        };
    }

    private static boolean endedBy(Step deletion, Step touch) {
        return deletion.file().equals(touch.file())
                && touch.token() > Long.parseLong(deletion.holder())
                && touch.token() < deletion.token()
                && touch.ended() >= deletion.began();
    }

    private void oneHolderForEachToken(String file, Collection<Life> lives) {
        for (Life life : lives) {
            if (life.grants > 1 || life.otherHolder != null) {
                violated(
                        Rule.TOKEN_REUSED,
                        file,
                        life.first,
                        life.otherHolder == null ? life.lastGrant : life.otherHolder);
            }
        }
    }

    private void oneAfterAnother(String file, Collection<Life> inOrderOfTokens) {
        Map<Rule, Step> latestOfLower = new EnumMap<>(Rule.class);
        for (Life life : inOrderOfTokens) {
            latestOfLower.forEach((rule, latest) -> {
                if (latest.began() > life.first.ended()) {
                    violated(rule, file, latest, life.first);
                }
            });
            life.latest.forEach((rule, step) -> latestOfLower.merge(rule, step, HoldChecker::later));
        }
    }

    private void nothingAfterItsRelease(String file, Collection<Life> lives, List<Step> steps) {
        Map<Long, Step> releases = new HashMap<>();
        steps.stream()
                .filter(step -> step.kind() == Kind.RELEASED)
                .forEach(step -> releases.merge(step.token(), step, HoldChecker::sooner));
        for (Life life : lives) {
            Step release = releases.get(life.token);
            if (release != null) {
                life.latest.values().stream()
                        .filter(step -> step.began() > release.ended())
                        .forEach(step -> violated(Rule.LOST_RELEASE, file, release, step));
            }
        }
    }

    /**
     * Between two touches it was in force all the while, and whoever looked there must have seen it. There is one exception: a
     * renewal that is stored only after the hold had ended revives it, so there may be a gap during each call of its holder, and
     * for ever after one whose outcome is unknown. What was asked for before the first touch can't revive it: it names an older
     * revision.
     */
    private void seenWhileInForce(String file, Collection<Life> lives, List<Step> steps) {
        List<Step> vacant = steps.stream()
                .filter(step -> step.kind() == Kind.VACANT && isEvidence(step))
                .toList();
        for (Life life : lives) {
            if (life.firstTouch == null || life.firstTouch.equals(life.lastTouch)) {
                continue;
            }
            List<Step> within = vacant.stream()
                    .filter(look -> life.firstTouch.ended() < look.began() && look.ended() < life.lastTouch.began())
                    .toList();
            if (within.isEmpty()) {
                continue;
            }
            List<Step> calls = steps.stream()
                    .filter(step -> step.holder().equals(life.first.holder()) && mayRevive(step))
                    .filter(step -> step.ended() > life.firstTouch.began())
                    .toList();
            within.stream()
                    .filter(look -> calls.stream()
                            .noneMatch(call -> call.began() <= look.ended()
                                    && (call.kind() == Kind.ANNOUNCE_UNKNOWN
                                            || call.kind() == Kind.LEASE_NOT_RENEWED
                                            || call.ended() >= look.began())))
                    .forEach(look -> violated(Rule.HOLD_NOT_SEEN, file, look, life.firstTouch, life.lastTouch));
        }
    }

    static boolean mayRevive(Step step) {
        return switch (step.kind()) {
            case RENEWED, LEASED, ANNOUNCE_UNKNOWN, ANNOUNCE_FAILED, LEASE_NOT_RENEWED -> true;
            default -> false;
        };
    }

    private void violated(Rule rule, String file, Step... steps) {
        found.add(new Violation(
                rule,
                file,
                String.join(
                        ", ",
                        List.of(steps).stream()
                                .map(Step::line)
                                .map(String::strip)
                                .toList())));
    }

    private static Step later(Step one, Step other) {
        return other.began() > one.began() ? other : one;
    }

    private static Step sooner(Step one, Step other) {
        return other.ended() < one.ended() ? other : one;
    }

    /** All that is known of one grant. */
    private static final class Life {
        private final long token;
        private final Map<Rule, Step> latest = new EnumMap<>(Rule.class);
        private Step first;
        private Step firstTouch;
        private Step lastTouch;
        private Step lastGrant;
        private Step otherHolder;
        private int grants;

        Life(long token) {
            this.token = token;
        }

        void add(Rule rule, Step step) {
            latest.merge(rule, step, HoldChecker::later);
            if (first != null && !first.holder().equals(step.holder())) {
                otherHolder = step;
            }
            first = first == null ? step : sooner(first, step);
            if (step.kind() == Kind.GRANTED) {
                grants++;
                lastGrant = step;
            } else if (step.kind() == Kind.TOUCHED) {
                firstTouch = firstTouch == null ? step : sooner(firstTouch, step);
                lastTouch = lastTouch == null ? step : later(lastTouch, step);
            }
        }
    }
}
