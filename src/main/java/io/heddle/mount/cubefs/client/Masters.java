package io.heddle.mount.cubefs.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The masters of a volume. The client asks them in the given order and waits 30 s for a silent one at each of its calls. */
public final class Masters {

    private static final Duration LIMIT = Duration.ofMillis(500);
    private static final byte[] REQUEST = "GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private Masters() {}

    /** Returns all masters, those that answer a request within half a second first, else in the given order. Blocks. */
    public static List<String> answeringFirst(List<String> masters) {
        if (masters.size() == 1) {
            return masters;
        }
        List<CompletableFuture<Boolean>> checks = masters.stream()
                .map(master -> CompletableFuture.supplyAsync(() -> answers(master), Masters::inDaemon)
                        .exceptionally(failure -> false)
                        .completeOnTimeout(false, LIMIT.toMillis(), TimeUnit.MILLISECONDS))
                .toList();
        List<Boolean> answers = checks.stream().map(CompletableFuture::join).toList();
        return Stream.of(true, false)
                .flatMap(first -> Stream.iterate(0, i -> i + 1)
                        .limit(masters.size())
                        .filter(i -> answers.get(i).equals(first))
                        .map(masters::get))
                .toList();
    }

    /** Any byte is an answer: a suspended master still accepts connections. */
    private static boolean answers(String master) {
        int colon = master.lastIndexOf(':');
        String host = master.substring(0, colon).replaceAll("[\\[\\]]", "");
        try (Socket socket = new Socket()) {
            int millis = (int) LIMIT.toMillis();
            socket.setSoTimeout(millis);
            socket.connect(new InetSocketAddress(host, Integer.parseInt(master.substring(colon + 1))), millis);
            socket.getOutputStream().write(REQUEST);
            return socket.getInputStream().read() >= 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A thread of its own, because the resolution of a name may take longer than the limit. */
    private static void inDaemon(Runnable check) {
        Thread thread = new Thread(check, "heddle-master-check");
        thread.setDaemon(true);
        thread.start();
    }
}
