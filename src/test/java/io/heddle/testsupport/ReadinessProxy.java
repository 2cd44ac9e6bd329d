package io.heddle.testsupport;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A balancer of TCP connections on 127.0.0.1, as a Service of Kubernetes is one: a new connection goes to one of the backends that are
 * ready, in turn; an open connection stays where it is. It asks for the readiness ten times a second.
 */
public final class ReadinessProxy implements AutoCloseable {

    private static final int PERIOD_MS = 100;

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient probes = vertx.createHttpClient();
    private final NetClient client = vertx.createNetClient();
    private final List<Backend> backends;
    private final AtomicInteger turn = new AtomicInteger();
    private final NetServer server;

    private static final class Backend {
        private final int port;
        private volatile boolean ready;

        private Backend(int port) {
            this.port = port;
        }
    }

    public ReadinessProxy(int... ports) {
        backends = Arrays.stream(ports).mapToObj(Backend::new).toList();
        vertx.setPeriodic(1, PERIOD_MS, tick -> backends.forEach(this::probe));
        server = vertx.createNetServer()
                .connectHandler(this::connected)
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }

    public int port() {
        return server.actualPort();
    }

    /** How many backends get connections. */
    public long ready() {
        return backends.stream().filter(backend -> backend.ready).count();
    }

    @Override
    public void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private void probe(Backend backend) {
        probes.request(HttpMethod.GET, backend.port, "127.0.0.1", "/q/health/ready")
                .compose(HttpClientRequest::send)
                .onComplete(response -> backend.ready = response.statusCode() == 200, failure -> backend.ready = false);
    }

    private void connected(NetSocket caller) {
        List<Backend> ready = backends.stream().filter(backend -> backend.ready).toList();
        if (ready.isEmpty()) {
            var unused = caller.close();
            return;
        }
        caller.pause();
        Backend backend = ready.get(Math.floorMod(turn.getAndIncrement(), ready.size()));
        client.connect(backend.port, "127.0.0.1").onComplete(replica -> connect(caller, replica), failure -> {
            var unused = caller.close();
        });
    }

    private static void connect(NetSocket caller, NetSocket replica) {
        caller.closeHandler(gone -> replica.close());
        replica.closeHandler(gone -> caller.close());
        var unusedIn = caller.pipeTo(replica);
        var unusedOut = replica.pipeTo(caller);
    }
}
