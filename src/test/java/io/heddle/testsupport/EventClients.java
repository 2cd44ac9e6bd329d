package io.heddle.testsupport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/** Any number of clients of event streams over plain sockets, all read by one thread. */
public final class EventClients implements AutoCloseable {

    private final Selector selector;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final Thread thread;
    private final ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
    private volatile boolean closed;

    public EventClients() {
        try {
            selector = Selector.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        thread = new Thread(this::run, "event-clients");
        thread.setDaemon(true);
        thread.start();
    }

    /** A GET on a connection of its own; its events are kept. */
    public EventClient open(int port, String pathAndQuery, String... headerLines) {
        return open(port, pathAndQuery, null, headerLines);
    }

    /**
     * A GET on a connection of its own.
     *
     * @param listener gets the events instead of having them kept; null to keep them
     */
    public EventClient open(
            int port, String pathAndQuery, Consumer<EventClient.Event> listener, String... headerLines) {
        String request = "GET " + pathAndQuery + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n"
                + String.join(
                        "",
                        List.of(headerLines).stream().map(line -> line + "\r\n").toList()) + "\r\n";
        try {
            SocketChannel channel = SocketChannel.open();
            channel.setOption(StandardSocketOptions.SO_RCVBUF, 16 * 1024);
            channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.UTF_8)));
            channel.configureBlocking(false);
            EventClient client = new EventClient(this, channel, listener);
            run(() -> {
                try {
                    channel.register(selector, SelectionKey.OP_READ, client);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            return client;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        closed = true;
        selector.wakeup();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    void reading(SocketChannel channel, boolean on) {
        run(() -> {
            SelectionKey key = channel.keyFor(selector);
            if (key != null && key.isValid()) {
                key.interestOps(on ? SelectionKey.OP_READ : 0);
            }
        });
    }

    private void run(Runnable task) {
        tasks.add(task);
        selector.wakeup();
    }

    private void run() {
        try (selector) {
            while (!closed) {
                selector.select(key -> read((SocketChannel) key.channel(), (EventClient) key.attachment()));
                for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                    task.run();
                }
            }
            for (SelectionKey key : selector.keys()) {
                key.channel().close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void read(SocketChannel channel, EventClient client) {
        try {
            buffer.clear();
            int count = channel.read(buffer);
            if (count < 0) {
                client.closed();
                channel.close();
            } else {
                client.received(buffer.flip());
            }
        } catch (IOException e) {
            client.closed(); // a reset is an end, too
            closeQuietly(channel);
        }
    }

    private static void closeQuietly(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
