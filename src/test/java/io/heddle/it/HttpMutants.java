package io.heddle.it;

import io.heddle.fleet.FleetTargets;
import io.heddle.hold.HoldTargets;
import io.heddle.http.HttpTargets;
import io.heddle.mount.MountTargets;
import io.heddle.testsupport.Mutator;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Requests to every endpoint, of which one part or several are not as they should be. What becomes a name of something that is
 * kept (a file, a VM, a group) comes from a limited supply, so that what is kept has a limit, too.
 */
final class HttpMutants {

    private static final int SUPPLY = 300;
    private static final String SSE = "text/event-stream";

    private final List<Call> calls = new ArrayList<>();
    private final List<byte[]> segments;
    private final List<byte[]> queries;
    private final Mutator headers;
    private final Mutator holdBodies = mutator(HttpTargets.BODIES);
    private final Mutator shareBodies;
    private final Mutator groupBodies = mutator(List.of(
            "{\"vms\":[\"vm-f1\",\"vm-f2\"]}",
            "{\"add\":[\"vm-f3\"],\"remove\":[\"vm-f1\"]}",
            "{\"vms\":[]}",
            FleetTargets.STATUSES.get(0)));
    private final Mutator sessionBodies;
    private final String token;

    /** One way to call an endpoint. */
    private record Call(String method, String path, String query, String accept, Body body) {}

    private enum Body {
        NONE,
        HOLD,
        SHARE,
        GROUP,
        SESSION
    }

    /**
     * A request.
     *
     * @param whole whether its length is as it says, so that another one can follow
     * @param mayWait whether an answer may take longer than a client has patience
     */
    record Request(byte[] bytes, String method, String target, boolean whole, boolean mayWait) {

        boolean isHead() {
            return method.equals("HEAD");
        }

        /** Whether the server can take it apart: what it cannot it refuses by itself, without a word. */
        boolean isHttp() {
            String head = text(bytes).split("\r\n\r\n", 2)[0];
            try {
                return head.matches("[\\t\r\n -~]*") && new URI(target).getRawPath() != null;
            } catch (URISyntaxException e) {
                return false;
            }
        }

        boolean isOfTheApi() {
            return isHttp() && URI.create(target).normalize().getRawPath().startsWith("/api/v1/");
        }
    }

    /** @param root an allowed root of the service */
    HttpMutants(String token, String root) {
        this.token = token;
        this.shareBodies = mutator(MountTargets.sharesBelow(root));
        this.sessionBodies = mutator(List.of("{\"token\":\"" + token + "\"}", "{\"token\":null}"));
        this.segments = supply(List.of("vm-f1", "vm-f2", "team-data", "g_1", "%C3%A4", "a%20b", "events", "status"));
        this.queries = supply(Stream.concat(
                        HoldTargets.paths().stream().limit(20).map(path -> "path=" + percent(path)),
                        Stream.of(
                                "path=/fuzz/a&agent=agent-7",
                                "path=/fuzz/a&token=1776592800000000&min_remaining=5s",
                                "prefix=/fuzz&limit=10&after=/fuzz/a&agent=agent-7",
                                "path=/fuzz/a&force=true",
                                "key==2Ffuzz=2Fb&force=true",
                                "limit=5&after=vm&problem=true",
                                "last_event_id=abc.1.1"))
                .toList());
        this.headers = mutator(List.of(
                "Bearer " + token,
                "heddle-session=" + token + "; other=\"x\"",
                "1ab2c3d4e5f6.1776592800000007.6512904178231",
                "application/json;q=0.5, text/event-stream;charset=utf-8, */*",
                "\"abc\", W/\"def\", *",
                "Wed, 21 Oct 2015 07:28:00 GMT",
                "bytes=0-10, 20-",
                "gzip, br;q=1.0, *;q=0",
                "de-CH, en;q=0.7",
                "https://other.test:8443",
                "same-origin",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "for=192.0.2.60;proto=http;by=203.0.113.43"));
        call("PUT", "/api/v1/holds", "path=/fuzz/a", Body.HOLD);
        call("GET", "/api/v1/holds", "path=/fuzz/a", Body.NONE);
        call("GET", "/api/v1/holds", "prefix=/fuzz&limit=10", Body.NONE);
        call("GET", "/api/v1/holds/by-path", "path=/fuzz/a", Body.NONE);
        call("GET", "/api/v1/holds/history", "path=/fuzz/a&since=2026-04-19T10:00:00Z&limit=5", Body.NONE);
        call("DELETE", "/api/v1/holds", "path=/fuzz/a&agent=agent-7", Body.NONE);
        call("DELETE", "/api/v1/holds", "path=/fuzz/a&force=true", Body.NONE);
        call("POST", "/api/v1/holds/batch", "", Body.HOLD);
        call("POST", "/api/v1/holds/query", "", Body.HOLD);
        call("POST", "/api/v1/holds/transfer", "", Body.HOLD);
        call("POST", "/api/v1/holds/wait", "", Body.HOLD);
        call("GET", "/api/v1/holds/check", "path=/fuzz/a&token=1&min_remaining=5s", Body.NONE);
        calls.add(new Call("GET", "/api/v1/holds/events", "prefix=/fuzz", SSE, Body.NONE));
        call("GET", "/api/v1/mounts", "", Body.NONE);
        calls.add(new Call("GET", "/api/v1/mounts/events", "", SSE, Body.NONE));
        call("PUT", "/api/v1/vms/vm-f1/shares/team-data", "", Body.SHARE);
        call("DELETE", "/api/v1/vms/vm-f1/shares/team-data", "", Body.NONE);
        call("GET", "/api/v1/vms", "limit=5&after=vm", Body.NONE);
        call("GET", "/api/v1/vms/vm-f1", "", Body.NONE);
        calls.add(new Call("GET", "/api/v1/vms/events", "", SSE, Body.NONE));
        call("GET", "/api/v1/groups", "limit=5&after=g", Body.NONE);
        call("PUT", "/api/v1/groups/g_1", "", Body.GROUP);
        call("PATCH", "/api/v1/groups/g_1", "", Body.GROUP);
        call("DELETE", "/api/v1/groups/g_1", "", Body.NONE);
        call("GET", "/api/v1/groups/g_1/status", "", Body.NONE);
        call("PUT", "/api/v1/groups/g_1/shares/team-data", "", Body.SHARE);
        calls.add(new Call("PUT", "/api/v1/groups/g_1/shares/team-data", "", "application/x-ndjson", Body.SHARE));
        calls.add(new Call("PUT", "/api/v1/groups/g_1/shares/team-data", "", SSE, Body.SHARE));
        call("DELETE", "/api/v1/groups/g_1/shares/team-data", "", Body.NONE);
        call("GET", "/api/v1/session", "", Body.NONE);
        call("POST", "/api/v1/session", "", Body.SESSION);
        call("DELETE", "/api/v1/session", "", Body.NONE);
        calls.add(new Call("GET", "/", "", "text/html", Body.NONE));
        calls.add(new Call("GET", "/page/main.js", "", "*/*", Body.NONE));
        call("GET", "/q/health", "", Body.NONE);
        call("GET", "/q/openapi", "", Body.NONE);
    }

    Request next(Random random) {
        Call call = pick(random, calls);
        int what = random.nextInt(100);
        String method = random.nextInt(30) == 0
                ? pick(
                        random,
                        List.of("HEAD", "OPTIONS", "PATCH", "TRACE", "POST", "PUT", "DELETE", "GET", "get", "X-Y"))
                : call.method();
        byte[] target = target(random, call, what < 35);
        byte[] body = body(random, call.body(), what >= 25 && what < 75);
        Map<String, byte[]> fields = new LinkedHashMap<>();
        fields.put("Host", utf8("127.0.0.1"));
        fields.put("Authorization", utf8("Bearer " + token));
        fields.put("Accept", utf8(call.accept()));
        if (call.body() != Body.NONE) {
            fields.put("Content-Type", utf8("application/json"));
        }
        if (what >= 70 && what < 97) {
            changeHeaders(random, fields);
        }
        byte[] request = request(method, target, fields, body);
        if (what >= 97) {
            byte[] broken = new Mutator(List.of(request), List.of("HTTP/1.0", "HTTP/2.0", "chunked", "Content-Length"))
                    .next(random);
            return new Request(broken, method, text(target), false, true);
        }
        boolean mayWait = call.path().endsWith("/wait");
        return new Request(request, method, text(target), true, mayWait);
    }

    private void call(String method, String path, String query, Body body) {
        calls.add(new Call(method, path, query, "application/json", body));
    }

    /** Path and query; in some requests another segment, or all of it, is none that should be there. */
    private byte[] target(Random random, Call call, boolean changed) {
        String path = call.path();
        byte[] query = utf8(call.query());
        if (!changed) {
            return join(utf8(path), query.length == 0 ? query : utf8("?"), query);
        }
        if (random.nextBoolean()) {
            query = pick(random, queries);
        }
        int last = path.lastIndexOf('/');
        byte[] changedPath =
                switch (random.nextInt(4)) {
                    case 0 -> utf8(path);
                    case 1 -> join(utf8(path.substring(0, last + 1)), pick(random, segments));
                    case 2 -> join(utf8(path), utf8("/"), pick(random, segments));
                    default -> {
                        int before = path.substring(0, Math.max(1, last)).lastIndexOf('/');
                        yield join(
                                utf8(path.substring(0, before + 1)),
                                pick(random, segments),
                                utf8(path.substring(Math.max(last, before + 1))));
                    }
                };
        return sent(join(changedPath, query.length == 0 ? query : utf8("?"), query), "%20");
    }

    private byte[] body(Random random, Body body, boolean changed) {
        Mutator mutator =
                switch (body) {
                    case NONE -> null;
                    case HOLD -> holdBodies;
                    case SHARE -> shareBodies;
                    case GROUP -> groupBodies;
                    case SESSION -> sessionBodies;
                };
        if (mutator == null) {
            return changed && random.nextInt(5) == 0 ? holdBodies.next(random) : new byte[0];
        }
        return changed ? mutator.next(random) : mutator.original(random);
    }

    private void changeHeaders(Random random, Map<String, byte[]> fields) {
        for (int i = random.nextInt(3); i >= 0; i--) {
            String name = pick(
                    random,
                    List.of(
                            "Authorization",
                            "Cookie",
                            "Last-Event-ID",
                            "Accept",
                            "Content-Type",
                            "If-Match",
                            "If-None-Match",
                            "If-Modified-Since",
                            "If-Unmodified-Since",
                            "Range",
                            "Accept-Encoding",
                            "Accept-Language",
                            "Accept-Charset",
                            "Content-Encoding",
                            "Origin",
                            "Sec-Fetch-Site",
                            "traceparent",
                            "tracestate",
                            "baggage",
                            "Forwarded",
                            "X-Forwarded-For",
                            "X-HTTP-Method-Override",
                            "Host",
                            "X-Anything"));
            byte[] value = random.nextInt(8) == 0 ? headers.original(random) : headers.next(random);
            if (name.equals("Cookie")) {
                fields.remove("Authorization");
            }
            fields.put(name, sent(value, " "));
        }
    }

    /** Without what would end the line, and with that the request. */
    private static byte[] sent(byte[] value, String blank) {
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        byte[] some = value.length > 20_000 ? Arrays.copyOf(value, 20_000) : value;
        for (byte b : some) {
            if (b != '\r' && b != '\n' && b != ' ' && b != 0) {
                sent.write(b);
            } else if (b == ' ') {
                sent.writeBytes(utf8(blank));
            }
        }
        return sent.toByteArray();
    }

    private static byte[] request(String method, byte[] target, Map<String, byte[]> fields, byte[] body) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(512 + body.length);
        out.writeBytes(join(utf8(method + " "), target, utf8(" HTTP/1.1\r\n")));
        fields.forEach((name, value) -> out.writeBytes(join(utf8(name + ": "), value, utf8("\r\n"))));
        if (body.length > 0) {
            out.writeBytes(utf8("Content-Length: " + body.length + "\r\n"));
        }
        out.writeBytes(utf8("\r\n"));
        out.writeBytes(body);
        return out.toByteArray();
    }

    private static Mutator mutator(List<String> corpus) {
        return new Mutator(
                corpus.stream().map(HttpMutants::utf8).toList(),
                List.of("*/*", "q=2", ";", "=", "Bearer ", "W/\"", "eyJhbGciOiJub25lIn0.e30.", "..", "heddle-session"));
    }

    private static List<byte[]> supply(List<String> corpus) {
        Mutator mutator = mutator(corpus);
        Random random = new Random(1);
        List<byte[]> supply =
                new ArrayList<>(corpus.stream().map(HttpMutants::utf8).toList());
        while (supply.size() < SUPPLY) {
            byte[] next = mutator.next(random);
            supply.add(Arrays.copyOf(next, Math.min(next.length, 9_000)));
        }
        return supply;
    }

    private static String percent(String text) {
        StringBuilder out = new StringBuilder();
        for (byte b : utf8(text)) {
            out.append(String.format("%%%02X", b & 0xFF));
        }
        return out.toString();
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    private static <T> T pick(Random random, List<T> from) {
        return from.get(random.nextInt(from.size()));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
