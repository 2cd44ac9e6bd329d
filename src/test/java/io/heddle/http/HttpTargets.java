package io.heddle.http;

import static io.heddle.testsupport.FuzzTarget.ACCEPTED;
import static io.heddle.testsupport.FuzzTarget.require;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.hold.FilePath;
import io.heddle.hold.InvalidCheckoutPathException;
import io.heddle.hold.InvalidHolderException;
import io.heddle.http.hold.HoldBody;
import io.heddle.testsupport.FuzzTarget;
import io.heddle.testsupport.Mutator;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** The readers of the http package, and their guarantees. */
public final class HttpTargets {

    private static final ObjectMapper JSON = new ObjectMapper();
    /** How much of an input an answer may repeat, so that answers stay small. */
    private static final int LONGEST_DETAIL = 2_000;

    /** Bodies of the calls on holds. */
    public static final List<String> BODIES = List.of(
            "{\"agent_id\":\"agent-7\",\"ttl\":\"30s\",\"checkout_path\":\"/home/agent-7\"}",
            "{\"agent_id\":\"agent-7\",\"ttl\":\"PT1M\",\"paths\":[\"/work/a\",\"/work//b/\",\"/work/ä\"]}",
            "{\"path\":\"/work/a\",\"token\":1776592800000000,\"to_agent\":\"agent-8\"}",
            "{\"path\":\"/work/a\",\"agent_id\":\"agent-7\",\"ttl\":\"1h30m\",\"timeout\":\"10ms\"}");

    private static final List<String> BODY_WORDS = List.of(
            "agent_id",
            "ttl",
            "checkout_path",
            "paths",
            "path",
            "token",
            "to_agent",
            "timeout",
            "30s",
            "-1s",
            "/../..");
    private static final List<String> QUERIES = List.of(
            "path=/work/a%20b&agent=agent-7&force=true",
            "prefix=%2Fwork%2F%C3%A4&limit=10&after=/work/b&agent=",
            "path=/a+b&token=42&min_remaining=5s&key==2Fwork",
            "");
    private static final List<String> QUERY_WORDS = List.of(
            "path",
            "agent",
            "force",
            "prefix",
            "limit",
            "after",
            "token",
            "key",
            "&",
            "=",
            "%2",
            "%ff%fe",
            "%ED%A0%80",
            "%C0%AF",
            "+",
            "true");
    private static final List<String> DURATIONS =
            List.of("30s", "5m", "1h30m", "1.5s", "250ms", "1us", "1µs", "3ns", "2d", "PT30S", "P1DT2H", "-PT5S", "0s");

    private static final Set<String> FIELDS =
            Set.of("body", "agent_id", "ttl", "paths", "path", "token", "to_agent", "timeout", "query");

    private HttpTargets() {}

    /** All of them. */
    public static List<FuzzTarget> all() {
        return List.of(
                FuzzTarget.of("body of a hold call", BODIES, BODY_WORDS, HttpTargets::body),
                FuzzTarget.of("query", QUERIES, QUERY_WORDS, HttpTargets::query),
                FuzzTarget.of(
                        "duration",
                        DURATIONS,
                        List.of("P", "T", "s", "m", "h", "µs", "-", "."),
                        HttpTargets::duration));
    }

    private static String body(byte[] input) throws IOException {
        String verdict = read(() -> {
            HoldBody.Announce announce = JsonBody.read(input, HoldBody.Announce.class);
            announce.agent();
            announce.life();
            request(announce);
        });
        String[] others = {
            read(() -> {
                HoldBody.Batch batch = JsonBody.read(input, HoldBody.Batch.class);
                require(batch.files().size() <= HoldBody.MOST_PATHS, "is not too much", batch);
                batch.files().forEach(HttpTargets::clean);
                batch.announce().agent();
            }),
            read(() -> {
                HoldBody.Transfer transfer = JsonBody.read(input, HoldBody.Transfer.class);
                clean(transfer.file());
                transfer.fencingToken();
                transfer.agent();
            }),
            read(() -> {
                HoldBody.Wait wait = JsonBody.read(input, HoldBody.Wait.class);
                clean(wait.file());
                Duration patience = wait.patience();
                require(!patience.isNegative() && !patience.isZero(), "waits", patience);
                wait.announce().life();
            })
        };
        for (String other : others) {
            verdict = verdict.equals(ACCEPTED) ? verdict : other;
        }
        return verdict;
    }

    /** The rules of holds apply here as in Java; the holder and checkout path have rules of their own. */
    private static void request(HoldBody.Announce announce) {
        try {
            announce.of(FilePath.of("/work/a"));
        } catch (InvalidHolderException | InvalidCheckoutPathException e) {
            require(String.valueOf(e.getMessage()).length() < 200, "is refused in few words", e);
        }
    }

    private static String query(byte[] input) throws IOException {
        String text = Mutator.text(input);
        return read(() -> {
            Query query = Query.of(text);
            List<Consumer<String>> questions = List.of(
                    name -> clean(query.requireFile(name)),
                    query::flag,
                    query::requireNumber,
                    name -> require(query.count(name, 100, 1000) <= 1000, "is not too much", name),
                    name -> Durations.parse(name, query.require(name)),
                    name -> require(!Query.key(name, query.require(name)).contains(">"), "is a key", name));
            BadFieldException refused = null;
            for (String name : List.of("path", "prefix", "after", "force", "limit", "token", "key", "agent")) {
                for (Consumer<String> question : questions) {
                    try {
                        question.accept(name);
                    } catch (BadFieldException e) {
                        refused = e;
                        problem(e);
                    }
                }
            }
            require(refused != null, "not everything fits all", text);
        });
    }

    private static String duration(byte[] input) throws IOException {
        String text = Mutator.text(input);
        return read(() -> {
            Duration duration = Durations.parse("ttl", text);
            long unused = duration.toNanos();
            if (!duration.isNegative()) {
                require(
                        Durations.parse("ttl", Durations.format(duration)).equals(duration),
                        "is read as it was written",
                        text);
            }
        });
    }

    private static void clean(FilePath file) {
        require(FilePath.of(file.value()).equals(file), "is clean", file);
    }

    private static String read(Runnable reading) throws IOException {
        try {
            reading.run();
            return ACCEPTED;
        } catch (BadFieldException e) {
            problem(e);
            String field = String.valueOf(e.problem().field());
            return FIELDS.contains(field) ? field : "another parameter";
        }
    }

    /** It can be written, and is short. */
    private static void problem(BadFieldException e) {
        try {
            byte[] problem = JSON.writeValueAsBytes(e.problem());
            require(JSON.readTree(problem).path("detail").asText().length() <= LONGEST_DETAIL, "is short", e.problem());
        } catch (JsonProcessingException unreadable) {
            throw new AssertionError("can be written", unreadable);
        } catch (IOException unreadable) {
            throw new AssertionError("can be read", unreadable);
        }
    }
}
