package io.heddle.hold.faults;

import io.heddle.hold.faults.HoldChecker.Rule;
import io.heddle.hold.faults.HoldChecker.Violation;
import io.heddle.hold.faults.HoldHistory.Kind;
import io.heddle.hold.faults.HoldHistory.Step;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Whether conflicting holds of different names were in force at once. A grant was in force from one touch to the next, unless a call
 * of its holder may have revived it in between; and at each touch. So a touch of a conflicting grant must not lie between the two.
 */
final class OverlapChecker {

    /** When a grant was in force all the while. */
    private record Span(Step first, Step last) {

        boolean isDuring(Span other) {
            return first.began() < other.last.began() && other.first.began() < last.began();
        }
    }

    private final List<Violation> found = new ArrayList<>();

    private OverlapChecker() {}

    /** @param isEvidence whether a touch proves that the hold was in force */
    static List<Violation> violations(Map<String, List<Step>> byName, Predicate<Step> isEvidence) {
        OverlapChecker checker = new OverlapChecker();
        Map<String, List<Span>> spans = new TreeMap<>();
        byName.forEach((name, steps) -> {
            if (name.startsWith("/")) { // other steps are of no hold
                spans.put(name, spans(steps, isEvidence));
            }
        });
        List<String> names = List.copyOf(spans.keySet());
        for (int i = 0; i < names.size(); i++) {
            for (int j = i + 1; j < names.size(); j++) {
                if (Contested.conflict(names.get(i), names.get(j))) {
                    checker.compare(spans.get(names.get(i)), spans.get(names.get(j)));
                }
            }
        }
        for (String name : names) {
            checker.tokensRise(
                    byName.get(name),
                    names.stream()
                            .filter(other -> Contested.overlap(name, other))
                            .flatMap(other -> byName.get(other).stream())
                            .toList());
        }
        return checker.found;
    }

    private static List<Span> spans(List<Step> steps, Predicate<Step> isEvidence) {
        Map<String, Calls> calls = new HashMap<>();
        steps.stream()
                .filter(HoldChecker::mayRevive)
                .sorted(Comparator.comparingLong(Step::began))
                .forEach(call -> calls.computeIfAbsent(call.holder(), holder -> new Calls())
                        .add(call));
        Map<Long, List<Step>> touches = new TreeMap<>();
        steps.stream()
                .filter(step -> step.kind() == Kind.TOUCHED && isEvidence.test(step))
                .sorted(Comparator.comparingLong(Step::began))
                .forEach(step -> touches.computeIfAbsent(step.token(), token -> new ArrayList<>())
                        .add(step));
        List<Span> spans = new ArrayList<>();
        for (List<Step> ofGrant : touches.values()) {
            Step begin = ofGrant.get(0);
            Calls ofHolder = calls.getOrDefault(begin.holder(), new Calls());
            Step first = begin;
            Step last = begin;
            for (Step touch : ofGrant) {
                if (ofHolder.mayRevive(begin, last, touch)) {
                    spans.add(new Span(first, last));
                    first = touch;
                }
                last = touch;
            }
            spans.add(new Span(first, last));
        }
        spans.sort(Comparator.comparingLong(span -> span.first().began()));
        return spans;
    }

    /** The calls of one holder that may revive its hold: by when they began, the latest end of all until then. */
    private static final class Calls {
        private final TreeMap<Long, Long> ended = new TreeMap<>();
        private final TreeMap<Long, Long> open = new TreeMap<>();

        void add(Step call) {
            boolean isOpen = call.kind() == Kind.ANNOUNCE_UNKNOWN || call.kind() == Kind.LEASE_NOT_RENEWED;
            TreeMap<Long, Long> map = isOpen ? open : ended;
            long latest = map.isEmpty()
                    ? call.ended()
                    : Math.max(call.ended(), map.lastEntry().getValue());
            map.put(call.began(), latest);
        }

        /** A call of unknown outcome may revive the hold at any time, but not one that ended before the grant. */
        boolean mayRevive(Step begin, Step last, Step next) {
            return hasEndedSince(ended, last, next) || hasEndedSince(open, begin, next);
        }

        private static boolean hasEndedSince(NavigableMap<Long, Long> calls, Step since, Step next) {
            Map.Entry<Long, Long> latest = calls.floorEntry(next.began());
            return latest != null && latest.getValue() >= since.began();
        }
    }

    private void compare(List<Span> one, List<Span> other) {
        int from = 0;
        for (Span span : one) {
            while (from < other.size()
                    && other.get(from).last().began() < span.first().began()) {
                from++;
            }
            for (int i = from;
                    i < other.size()
                            && other.get(i).first().began() <= span.last().began();
                    i++) {
                Span second = other.get(i);
                if (span.isDuring(second)
                        && !span.first().holder().equals(second.first().holder())) {
                    found.add(new Violation(
                            Rule.OVERLAPPING_HOLDERS,
                            span.first().file(),
                            List.of(span, second).toString()));
                }
            }
        }
    }

    /** The token of each grant is larger than that of every earlier one whose path overlaps. */
    private void tokensRise(List<Step> steps, List<Step> overlapping) {
        List<Step> byEnd = overlapping.stream()
                .filter(step -> step.kind() == Kind.GRANTED)
                .sorted(Comparator.comparingLong(Step::ended))
                .toList();
        Step highest = null;
        int ended = 0;
        for (Step grant : steps.stream()
                .filter(step -> step.kind() == Kind.GRANTED)
                .sorted(Comparator.comparingLong(Step::began))
                .toList()) {
            for (; ended < byEnd.size() && byEnd.get(ended).ended() < grant.began(); ended++) {
                Step earlier = byEnd.get(ended);
                highest = highest == null || earlier.token() > highest.token() ? earlier : highest;
            }
            if (highest != null && highest.token() >= grant.token()) {
                String both = highest.line().strip() + ", " + grant.line().strip();
                found.add(new Violation(Rule.TOKEN_NOT_RISING, grant.file(), both));
            }
        }
    }
}
