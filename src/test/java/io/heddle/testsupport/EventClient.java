package io.heddle.testsupport;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** One client of an event stream. Reads by itself unless paused; thread-safe. */
public final class EventClient implements AutoCloseable {

    private final EventClients clients;
    private final SocketChannel channel;
    private final Consumer<Event> listener;
    private final List<Event> events = new CopyOnWriteArrayList<>();
    private final Map<String, String> headers = new ConcurrentHashMap<>();
    private final AtomicLong comments = new AtomicLong();
    private volatile int status;
    private volatile String retry = "";
    private volatile String lastId = "";
    private volatile boolean ended;
    private volatile boolean closed;
    // Touched by the reading thread only.
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final ByteArrayOutputStream bodyLine = new ByteArrayOutputStream();
    private boolean inHead = true;
    private boolean chunked;
    private boolean isStream;
    private int chunkLeft = -1;
    private String name = "message";
    private String id = "";
    private StringBuilder data = new StringBuilder();

    /**
     * An event.
     *
     * @param id the last id that was sent with or before it
     */
    public record Event(String name, String id, String data) {}

    EventClient(EventClients clients, SocketChannel channel, Consumer<Event> listener) {
        this.clients = clients;
        this.channel = channel;
        this.listener = listener == null ? events::add : listener;
    }

    /** 0 before there is an answer. */
    public int status() {
        return status;
    }

    public String header(String name) {
        return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
    }

    public List<Event> events() {
        return events;
    }

    public List<String> names() {
        return events.stream().map(Event::name).toList();
    }

    public String lastId() {
        return lastId;
    }

    /** What is not a stream of events. */
    public synchronized String body() {
        return bodyLine.toString(StandardCharsets.UTF_8);
    }

    public long comments() {
        return comments.get();
    }

    public String retry() {
        return retry;
    }

    /** The response is complete. */
    public boolean hasEnded() {
        return ended;
    }

    /** The server closed the connection. */
    public boolean isClosed() {
        return closed;
    }

    /** Stops or goes on reading. */
    public void read(boolean on) {
        clients.reading(channel, on);
    }

    /** The client goes away. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void closed() {
        closed = true;
    }

    synchronized void received(ByteBuffer bytes) {
        while (bytes.hasRemaining() && !ended) {
            if (!inHead && chunkLeft > 0) {
                int count = Math.min(chunkLeft, bytes.remaining());
                byte[] part = new byte[count];
                bytes.get(part);
                content(part);
                chunkLeft -= count;
                ended = !chunked && chunkLeft == 0;
                continue;
            }
            byte b = bytes.get();
            if (b != '\n') {
                line.write(b);
            } else {
                String text = line.toString(StandardCharsets.UTF_8).stripTrailing();
                line.reset();
                protocolLine(text);
            }
        }
    }

    private void protocolLine(String text) {
        if (inHead) {
            headLine(text);
        } else if (!text.isEmpty()) {
            chunkLeft = Integer.parseInt(text, 16);
            ended = chunkLeft == 0;
        }
    }

    private void headLine(String text) {
        if (text.isEmpty()) {
            inHead = false;
            isStream = header("content-type").startsWith("text/event-stream");
            chunked = header("transfer-encoding").equals("chunked");
            if (!chunked) {
                chunkLeft = Integer.parseInt(headers.getOrDefault("content-length", "0"));
                ended = chunkLeft == 0;
            }
        } else if (text.startsWith("HTTP/")) {
            status = Integer.parseInt(text.substring(9, 12));
        } else {
            int colon = text.indexOf(':');
            headers.put(
                    text.substring(0, colon).toLowerCase(Locale.ROOT),
                    text.substring(colon + 1).strip());
        }
    }

    private void content(byte[] bytes) {
        int from = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (isStream && bytes[i] == '\n') {
                bodyLine.write(bytes, from, i - from);
                eventLine(bodyLine.toString(StandardCharsets.UTF_8));
                bodyLine.reset();
                from = i + 1;
            }
        }
        bodyLine.write(bytes, from, bytes.length - from);
    }

    private void eventLine(String text) {
        if (text.startsWith(":")) {
            comments.incrementAndGet();
        } else if (text.startsWith("event: ")) {
            name = text.substring("event: ".length());
        } else if (text.startsWith("id: ")) {
            id = text.substring("id: ".length());
        } else if (text.startsWith("data: ")) {
            data.append(text.substring("data: ".length()));
        } else if (text.startsWith("retry: ")) {
            retry = text.substring("retry: ".length());
        } else if (!text.isEmpty()) {
            throw new IllegalStateException("not a line of an event stream: " + text);
        } else if (data.length() > 0) {
            lastId = id;
            listener.accept(new Event(name, id, data.toString()));
            name = "message";
            data = new StringBuilder();
        }
    }
}
