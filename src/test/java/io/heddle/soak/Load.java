package io.heddle.soak;

import io.heddle.testsupport.PackagedService;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Several kinds of users at once. Each does one thing after another with a pause between, so that a machine that is slow gets less
 * to do and nothing piles up.
 */
final class Load implements AutoCloseable {

    private static final int THREADS = 12;

    private final PackagedService service;
    private final Tally tally;
    private final List<Users> users;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
    private ScheduledExecutorService running;

    /** One kind of users. */
    interface Users {

        /** How long they pause between two things that they do. */
        Duration pause();

        /** How many of them there are. */
        default int number() {
            return 1;
        }

        /** Does one thing. */
        void act(Load load, Random random) throws IOException, InterruptedException;

        /** Gives back everything that they have: nobody is there any more. */
        void leave(Load load) throws IOException, InterruptedException;
    }

    Load(PackagedService service, Tally tally, List<Users> users) {
        this.service = service;
        this.tally = tally;
        this.users = users;
    }

    void begin(long seed) {
        running = Executors.newScheduledThreadPool(THREADS);
        for (Users kind : users) {
            for (int one = 0; one < kind.number(); one++) {
                Random random = new Random(seed++);
                var unused = running.scheduleWithFixedDelay(
                        () -> actOnce(kind, random), 0, kind.pause().toMillis(), TimeUnit.MILLISECONDS);
            }
        }
    }

    /** Everybody ends what they do, and goes. */
    void end() throws IOException, InterruptedException {
        running.shutdown();
        if (!running.awaitTermination(60, TimeUnit.SECONDS)) {
            tally.unexpected("a request is not answered");
        }
        for (Users kind : users) {
            kind.leave(this);
        }
    }

    Tally tally() {
        return tally;
    }

    int port() {
        return service.port();
    }

    /** A request whose answer has one of these statuses; returns its body. */
    String ask(String operation, String method, String path, String body, int... expected)
            throws IOException, InterruptedException {
        return ask(operation, method, path, body, "application/json", "*/*", expected);
    }

    String ask(String operation, String method, String path, String body, String type, String accept, int... expected)
            throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(service.url() + path))
                .timeout(Duration.ofSeconds(30))
                .header("Content-Type", type)
                .header("Accept", accept)
                .method(method, BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
        tally.answered(operation, answer.statusCode(), answer.body(), expected);
        return answer.body();
    }

    /** Sends these very characters on a connection of its own; the status of the answer, or 0 without waiting for one. */
    int raw(String request, boolean waits) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), service.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            if (!waits) {
                return 0;
            }
            InputStream in = socket.getInputStream();
            String line = new String(in.readNBytes("HTTP/1.1 400".length()), StandardCharsets.ISO_8859_1);
            return line.length() < 12 ? -1 : Integer.parseInt(line.substring(9));
        }
    }

    @Override
    public void close() {
        if (running != null) {
            running.shutdownNow();
        }
    }

    /** Every failure is reported, and the next turn follows. */
    private void actOnce(Users kind, Random random) {
        try {
            kind.act(this, random);
        } catch (IOException | RuntimeException e) {
            tally.unexpected(kind.getClass().getSimpleName() + ": " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
