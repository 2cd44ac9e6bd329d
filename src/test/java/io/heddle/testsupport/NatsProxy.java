package io.heddle.testsupport;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The network between one client and one broker, as bad as a test wants it: cut, silent in one direction or both, slow, or with
 * answers that come late or twice. It never changes a byte, and what it holds back arrives when it heals, as with TCP. Thread-safe.
 */
public final class NatsProxy implements AutoCloseable {

    private static final int LATEST_ANSWER_MILLIS = 1_500;
    private static final int LATEST_REPEAT_MILLIS = 300;

    private final int brokerPort;
    private final ServerSocket listener;
    private final Set<Link> links = ConcurrentHashMap.newKeySet();
    private final ScheduledThreadPoolExecutor later = new ScheduledThreadPoolExecutor(1, NatsProxy::thread);
    private final AtomicLong lateAnswers = new AtomicLong();
    private final AtomicLong repeatedAnswers = new AtomicLong();
    private volatile boolean cut;
    private volatile Duration delay = Duration.ZERO;
    private volatile Random disturbance;
    private volatile String heldFrom;
    private boolean requestsHeld;
    private boolean answersHeld;

    private NatsProxy(int brokerPort, ServerSocket listener) {
        this.brokerPort = brokerPort;
        this.listener = listener;
    }

    /** A network without faults before this server, which may come and go. */
    public static NatsProxy before(NatsServer server) {
        try {
            NatsProxy proxy = new NatsProxy(server.port(), new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
            thread(proxy::accept).start();
            return proxy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the client has to connect to. */
    public String url() {
        return "nats://127.0.0.1:" + listener.getLocalPort();
    }

    /** Ends every connection, and every new one at once. */
    public void cut() {
        cut = true;
        links.forEach(Link::close);
    }

    /** Nothing reaches the broker, or the client, or neither; neither is notified. */
    public synchronized void hold(boolean requests, boolean answers) {
        requestsHeld = requests;
        answersHeld = answers;
    }

    /** From the first request that contains this text on, nothing reaches the broker; answers still reach the client. */
    public void holdFrom(String text) {
        heldFrom = text;
    }

    /** Whether requests are held back. */
    public synchronized boolean isHolding() {
        return requestsHeld;
    }

    /** Everything takes that much longer, in both directions. */
    public void delay(Duration each) {
        delay = each;
    }

    /**
     * The broker's answers (to requests: acknowledgements, reads, the API) come late, out of order, or twice. What a consumer is
     * sent is left alone, as no network repeats that.
     *
     * @param choices which ones
     */
    public void disturbAnswers(Random choices) {
        disturbance = choices;
    }

    /** A good network again; what was held back passes. */
    public synchronized void heal() {
        cut = false;
        delay = Duration.ZERO;
        disturbance = null;
        heldFrom = null;
        requestsHeld = false;
        answersHeld = false;
        notifyAll();
    }

    public long lateAnswers() {
        return lateAnswers.get();
    }

    public long repeatedAnswers() {
        return repeatedAnswers.get();
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            cut();
            later.shutdownNow();
        }
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                if (cut) {
                    client.close();
                } else {
                    connect(client);
                }
            } catch (IOException e) {
                // A client that left again, or the end of the proxy.
                LockSupport.parkNanos(1);
            }
        }
    }

    private void connect(Socket client) throws IOException {
        try {
            Link link = new Link(client, new Socket(InetAddress.getLoopbackAddress(), brokerPort));
            links.add(link);
            link.start();
            if (cut) {
                link.close();
            }
        } catch (IOException brokerIsAway) {
            client.close();
        }
    }

    private synchronized void awaitPassage(boolean answers) throws InterruptedException {
        while (answers ? answersHeld : requestsHeld) {
            wait();
        }
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "nats-proxy");
        thread.setDaemon(true);
        return thread;
    }

    /** Bytes that are on their way, and when they arrive at the earliest. */
    private static final class Parcel {
        private final byte[] bytes;
        private final long dueNanos;

        Parcel(byte[] bytes, long dueNanos) {
            this.bytes = bytes;
            this.dueNanos = dueNanos;
        }
    }

    /** One direction's reader or writer; its end, for whatever reason, is the connection's. */
    private interface Pump {
        void run() throws IOException, InterruptedException;
    }

    /** One connection of the client. */
    private final class Link {
        private final Socket client;
        private final Socket broker;
        private final BlockingQueue<Parcel> requests = new LinkedBlockingQueue<>(100_000);
        private final BlockingQueue<Parcel> answers = new LinkedBlockingQueue<>(100_000);
        private final List<Thread> threads = List.of(
                pump(this::readRequests),
                pump(this::readAnswers),
                pump(() -> write(requests, brokerOutput(), false)),
                pump(() -> write(answers, clientOutput(), true)));

        Link(Socket client, Socket broker) throws IOException {
            this.client = client;
            this.broker = broker;
            client.setTcpNoDelay(true);
            broker.setTcpNoDelay(true);
        }

        void start() {
            threads.forEach(Thread::start);
        }

        void close() {
            links.remove(this);
            closeQuietly(client);
            closeQuietly(broker);
            threads.forEach(Thread::interrupt);
        }

        private OutputStream brokerOutput() throws IOException {
            return broker.getOutputStream();
        }

        private OutputStream clientOutput() throws IOException {
            return client.getOutputStream();
        }

        private Thread pump(Pump pump) {
            return thread(() -> {
                try {
                    pump.run();
                } catch (IOException | InterruptedException ended) {
                    close();
                }
            });
        }

        private void readRequests() throws IOException, InterruptedException {
            InputStream in = client.getInputStream();
            byte[] buffer = new byte[65_536];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                byte[] bytes = Arrays.copyOf(buffer, read);
                String text = heldFrom;
                if (text != null && new String(bytes, StandardCharsets.ISO_8859_1).contains(text)) {
                    hold(true, false);
                }
                send(requests, bytes);
            }
            throw new EOFException();
        }

        /** Frame by frame, so that an answer can be told from the rest. */
        private void readAnswers() throws IOException, InterruptedException {
            InputStream in = new BufferedInputStream(broker.getInputStream(), 65_536);
            while (true) {
                ByteArrayOutputStream frame = new ByteArrayOutputStream();
                String line = readLine(in, frame);
                String[] word = line.split(" ", -1);
                boolean message = word[0].equals("MSG") || word[0].equals("HMSG");
                if (message) {
                    int size = Integer.parseInt(word[word.length - 1]) + 2;
                    byte[] body = in.readNBytes(size);
                    if (body.length < size) {
                        throw new EOFException();
                    }
                    frame.write(body);
                }
                // MSG subject sid size: one with an address for a reply between is a consumer's message.
                forward(frame.toByteArray(), word[0].equals("MSG") && word.length == 4);
            }
        }

        private void forward(byte[] frame, boolean answer) throws InterruptedException {
            Random choices = disturbance;
            int choice = answer && choices != null ? choices.nextInt(100) : 100;
            if (choice < 35) {
                lateAnswers.incrementAndGet();
                sendLater(frame, choices.nextInt(LATEST_ANSWER_MILLIS));
                return;
            }
            if (choice < 60) {
                repeatedAnswers.incrementAndGet();
                sendLater(frame, choices.nextInt(LATEST_REPEAT_MILLIS));
            }
            send(answers, frame);
        }

        private void sendLater(byte[] frame, int millis) {
            try {
                var unused = later.schedule(
                        () -> answers.offer(new Parcel(frame, System.nanoTime())), millis, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException closed) {
                close();
            }
        }

        private void send(BlockingQueue<Parcel> line, byte[] bytes) throws InterruptedException {
            line.put(new Parcel(bytes, System.nanoTime() + delay.toNanos()));
        }

        private void write(BlockingQueue<Parcel> line, OutputStream out, boolean answers)
                throws IOException, InterruptedException {
            while (true) {
                Parcel parcel = line.take();
                for (long left = parcel.dueNanos - System.nanoTime(); left > 0; ) {
                    LockSupport.parkNanos(left);
                    if (Thread.interrupted()) {
                        throw new InterruptedException();
                    }
                    left = parcel.dueNanos - System.nanoTime();
                }
                awaitPassage(answers);
                out.write(parcel.bytes);
                out.flush();
            }
        }
    }

    private static String readLine(InputStream in, ByteArrayOutputStream copy) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int read = in.read(); read != '\n'; read = in.read()) {
            if (read < 0) {
                throw new EOFException();
            }
            line.write(read);
        }
        line.writeTo(copy);
        copy.write('\n');
        return line.toString(StandardCharsets.ISO_8859_1).strip();
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
