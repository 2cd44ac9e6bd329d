package io.heddle.hold;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What all processes of a race did to one file, merged, and whether there is an order of single moments that explains it. All
 * of it follows from one fact: a grant is in force from before its first touch until after its last one, without a gap.
 */
final class HoldHistory {

    /** G granted, N renewed, H refused, T touched while in force, R released, X not released, W looked, F failed. */
    record Step(char kind, long began, long ended, long token, String agent) {
        static Step parse(String line) {
            String[] part = line.split(" ", -1);
            return new Step(
                    part[0].charAt(0),
                    Long.parseLong(part[1]),
                    Long.parseLong(part[2]),
                    Long.parseLong(part[3]),
                    part[4]);
        }
    }

    /** When a grant was certainly in force. */
    private static final class Span {
        private final long token;
        private final String agent;
        private long first = Long.MAX_VALUE;
        private long last = Long.MIN_VALUE;

        Span(long token, String agent) {
            this.token = token;
            this.agent = agent;
        }

        @Override
        public String toString() {
            return agent + " with token " + token + " from " + first + " to " + last;
        }
    }

    private final List<Step> steps;

    HoldHistory(List<Step> steps) {
        this.steps =
                steps.stream().sorted(Comparator.comparingLong(Step::began)).toList();
    }

    /** Whole lines only: the last one of a killed process may be torn. */
    static HoldHistory read(Path directory) {
        List<Step> steps = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                String text = Files.readString(file);
                text.substring(0, text.lastIndexOf('\n') + 1)
                        .lines()
                        .map(Step::parse)
                        .forEach(steps::add);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new HoldHistory(steps);
    }

    long count(char kind) {
        return steps.stream().filter(step -> step.kind() == kind).count();
    }

    /** What contradicts one holder at a time, rising tokens, and reads of the truth; empty when nothing does. */
    List<String> violations() {
        List<String> found = new ArrayList<>();
        Map<Long, Span> spans = spans(found);
        overlaps(spans, found);
        risingTokens(found);
        reads(spans, found);
        return found;
    }

    private Map<Long, Span> spans(List<String> found) {
        Map<Long, Span> spans = new TreeMap<>();
        for (Step step : steps) {
            if (step.kind() == 'T') {
                Span span = spans.computeIfAbsent(step.token(), token -> new Span(token, step.agent()));
                span.first = Math.min(span.first, step.began());
                span.last = Math.max(span.last, step.began());
                if (!span.agent.equals(step.agent())) {
                    found.add("two agents with token " + step.token() + ": " + span.agent + ", " + step.agent());
                }
            }
        }
        return spans;
    }

    /** In the order of their tokens, one must be over before the next begins. */
    private static void overlaps(Map<Long, Span> spans, List<String> found) {
        Span before = null;
        for (Span span : spans.values()) {
            if (before != null && span.first <= before.last) {
                found.add("two holders at once: " + before + ", and " + span);
            }
            before = before == null || span.last > before.last ? span : before;
        }
    }

    /** A grant that was asked for after another one was answered has a higher token; no token is granted twice. */
    private void risingTokens(List<String> found) {
        Map<Long, Step> byToken = new HashMap<>();
        List<Step> grants = steps.stream().filter(step -> step.kind() == 'G').toList();
        for (Step grant : grants) {
            if (byToken.put(grant.token(), grant) != null) {
                found.add("token granted twice: " + grant);
            }
        }
        List<Step> answered =
                grants.stream().sorted(Comparator.comparingLong(Step::ended)).toList();
        int next = 0;
        long highest = 0;
        for (Step grant : grants) {
            while (next < answered.size() && answered.get(next).ended() < grant.began()) {
                highest = Math.max(highest, answered.get(next++).token());
            }
            if (grant.token() <= highest) {
                found.add("token not above " + highest + ": " + grant);
            }
        }
    }

    /** Nobody is shown a hold that was released before he asked, or another one than that in force all the while. */
    private void reads(Map<Long, Span> spans, List<String> found) {
        Map<Long, Long> releasedAt = new HashMap<>();
        steps.stream().filter(step -> step.kind() == 'R').forEach(step -> releasedAt.put(step.token(), step.ended()));
        for (Step step : steps) {
            if (step.kind() != 'W' && step.kind() != 'H') {
                continue;
            }
            if (releasedAt.getOrDefault(step.token(), Long.MAX_VALUE) < step.began()) {
                found.add("a released hold was seen: " + step);
            }
            for (Span span : spans.values()) {
                if (span.first < step.began() && span.last > step.ended() && span.token != step.token()) {
                    found.add("a hold in force was not seen: " + step + ", but " + span);
                }
            }
        }
    }
}
