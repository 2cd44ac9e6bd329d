package io.heddle.testsupport;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;

/**
 * A collector of traces: takes OTLP over HTTP in protobuf, and reads of it what tests look at.
 *
 * @see <a href="https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto">The
 *     field numbers</a>
 */
public final class OtlpReceiver implements AutoCloseable {

    private final HttpServer server;
    private final List<Span> spans = new CopyOnWriteArrayList<>();

    /** A span, with those of its attributes that are texts. Ids are lower-case hexadecimal; a root's parent is empty. */
    public record Span(
            String service,
            String traceId,
            String spanId,
            String parentId,
            String name,
            Map<String, String> attributes) {}

    public OtlpReceiver() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/traces", this::receive);
        server.start();
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Every span so far, in the order of arrival. */
    public List<Span> all() {
        return List.copyOf(spans);
    }

    public List<Span> trace(String traceId) {
        return spans.stream().filter(span -> span.traceId().equals(traceId)).toList();
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void receive(HttpExchange exchange) throws IOException {
        boolean zipped = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
        try (InputStream body = zipped ? new GZIPInputStream(exchange.getRequestBody()) : exchange.getRequestBody()) {
            each(ByteBuffer.wrap(body.readAllBytes()), 1, this::resourceSpans);
            exchange.sendResponseHeaders(200, -1);
        } finally {
            exchange.close();
        }
    }

    private void resourceSpans(ByteBuffer message) {
        Map<String, String> resource = new HashMap<>();
        each(message, 1, each -> attributes(each, 1, resource));
        each(
                message,
                2,
                scope -> each(scope, 2, span -> spans.add(span(resource.getOrDefault("service.name", ""), span))));
    }

    private static Span span(String service, ByteBuffer message) {
        Map<Integer, byte[]> fields = new HashMap<>();
        fields(message, (number, bytes) -> fields.put(number, array(bytes)));
        Map<String, String> attributes = new HashMap<>();
        attributes(message, 9, attributes);
        return new Span(
                service,
                hex(fields.get(1)),
                hex(fields.get(2)),
                hex(fields.getOrDefault(4, new byte[0])),
                new String(fields.get(5), StandardCharsets.UTF_8),
                attributes);
    }

    private static void attributes(ByteBuffer message, int number, Map<String, String> into) {
        each(message, number, pair -> {
            List<String> texts = new ArrayList<>();
            each(pair, 1, key -> texts.add(text(key)));
            each(pair, 2, value -> each(value, 1, string -> texts.add(text(string))));
            if (texts.size() == 2) {
                into.put(texts.get(0), texts.get(1));
            }
        });
    }

    private static void each(ByteBuffer message, int number, Consumer<ByteBuffer> reader) {
        fields(message, (field, bytes) -> {
            if (field == number) {
                reader.accept(bytes);
            }
        });
    }

    /** The length-delimited fields of a message; the message's own position stays. */
    private static void fields(ByteBuffer message, BiConsumer<Integer, ByteBuffer> reader) {
        ByteBuffer rest = message.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        while (rest.hasRemaining()) {
            long tag = varint(rest);
            switch ((int) (tag & 7)) {
                case 0 -> varint(rest);
                case 1 -> rest.getLong();
                case 2 -> {
                    int length = (int) varint(rest);
                    reader.accept((int) (tag >>> 3), rest.slice(rest.position(), length));
                    rest.position(rest.position() + length);
                }
                case 5 -> rest.getInt();
                default -> throw new IllegalArgumentException("no such wire type: " + tag);
            }
        }
    }

    private static long varint(ByteBuffer bytes) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = bytes.get();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }

    private static String text(ByteBuffer bytes) {
        return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private static byte[] array(ByteBuffer bytes) {
        byte[] array = new byte[bytes.remaining()];
        bytes.duplicate().get(array);
        return array;
    }
}
