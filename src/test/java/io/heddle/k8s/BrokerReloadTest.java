package io.heddle.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nats.client.AuthenticationException;
import io.nats.client.Connection;
import io.nats.client.ConnectionListener.Events;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The overlay prod loads renewed certificates and changed accounts without a restart, and cuts nobody. Real servers, with the reloader. */
class BrokerReloadTest {

    private static final Duration SOON = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private Bootstrap bootstrap;
    private List<BrokerPod> pods = List.of();

    @BeforeEach
    void start() throws Exception {
        bootstrap = new Bootstrap(directory.resolve("secrets"));
        bootstrap.run("--node", "worker-1", "--publisher", "ci", "--san", "IP:127.0.0.1");
        pods = BrokerPod.of(Manifests.rendered("k8s/overlays/prod"), directory);
        for (BrokerPod pod : pods) {
            pod.project(bootstrap);
            pod.start();
        }
        await().atMost(SOON).until(() -> pods.stream().allMatch(BrokerPod::isReady));
    }

    @AfterEach
    void end() {
        pods.forEach(BrokerPod::close);
    }

    @Test
    void aRenewedCertificateAndANewUserAreLoadedAndNothingIsCut() throws Exception {
        List<String> changes = new ArrayList<>();
        try (Connection before = connect(pods.get(0), "publishers/ci", "_INBOX_publisher-ci.", changes)) {
            X509Certificate first = certificate(pods.get(0));
            Set<String> clients = connections();

            bootstrap.run("--renew", "--san", "IP:127.0.0.1", "--node", "worker-2");
            for (BrokerPod pod : pods) {
                pod.project(bootstrap);
            }

            for (BrokerPod pod : pods) {
                await().atMost(SOON)
                        .untilAsserted(() ->
                                assertThat(certificate(pod).getSerialNumber()).isNotEqualTo(first.getSerialNumber()));
            }
            try (Connection added =
                    connect(pods.get(1), "agents/worker-2", "_INBOX_agent-worker-2.", new ArrayList<>())) {
                assertThat(added.getStatus()).isEqualTo(Connection.Status.CONNECTED);
            }
            before.flush(Duration.ofSeconds(5));
            assertThat(changes).as("what happened to the connection").containsExactly("CONNECTED");
            assertThat(connections()).as("clients and routes").containsAll(clients);
        }
    }

    /** The steps of docs/kubernetes.md. A client that trusts what is current at each step is never refused. */
    @Test
    void aNewCaReplacesTheOldOneAndNothingIsCut() throws Exception {
        List<String> changes = new ArrayList<>();
        try (Connection before = connect(pods.get(0), "publishers/ci", "_INBOX_publisher-ci.", changes)) {
            X509Certificate first = certificate(pods.get(0));
            Set<String> connections = connections();

            SSLContext old = trusting();
            reload("--new-ca");
            SSLContext both = trusting();
            reload("--renew", "--san", "IP:127.0.0.1");
            for (BrokerPod pod : pods) {
                await().atMost(SOON)
                        .ignoreExceptionsInstanceOf(IOException.class)
                        .until(() -> !certificate(pod, both).getSerialNumber().equals(first.getSerialNumber()));
            }
            assertThatThrownBy(() -> certificate(pods.get(0), old))
                    .as("the old CA did not sign it")
                    .isInstanceOf(IOException.class);
            reload("--drop-old-ca");

            for (BrokerPod pod : pods) {
                assertThat(certificate(pod)).isNotNull();
            }
            before.flush(Duration.ofSeconds(5));
            assertThat(changes).as("what happened to the connection").containsExactly("CONNECTED");
            assertThat(connections()).as("clients and routes").containsAll(connections);
        }
        // Routes that are made new need the new CA at both ends.
        pods.get(2).stop();
        pods.get(2).start();
        await().atMost(SOON).until(() -> pods.stream().allMatch(BrokerPod::isReady));
    }

    /** Changes the files and waits until every server has loaded them. */
    private void reload(String... arguments) throws Exception {
        List<Long> loaded = new ArrayList<>();
        for (BrokerPod pod : pods) {
            loaded.add(reloads(pod));
        }
        bootstrap.run(arguments);
        for (BrokerPod pod : pods) {
            pod.project(bootstrap);
        }
        for (int i = 0; i < pods.size(); i++) {
            int pod = i;
            await().atMost(SOON).until(() -> reloads(pods.get(pod)) > loaded.get(pod));
        }
    }

    private static long reloads(BrokerPod pod) throws IOException {
        return pod.log()
                .lines()
                .filter(line -> line.contains("Reloaded server configuration"))
                .count();
    }

    @Test
    void aUserWithANewSeedNoLongerConnectsWithTheOldOne() throws Exception {
        String old = Files.readString(bootstrap.seed("publishers/ci"));
        connect(pods.get(0), "publishers/ci", "_INBOX_publisher-ci.", new ArrayList<>())
                .close();

        bootstrap.run("--new-seed", "ci");
        pods.get(0).project(bootstrap);

        await().atMost(SOON)
                .ignoreExceptionsInstanceOf(AuthenticationException.class)
                .until(() -> {
                    connect(pods.get(0), "publishers/ci", "_INBOX_publisher-ci.", new ArrayList<>())
                            .close();
                    return true;
                });
        Files.writeString(bootstrap.seed("publishers/ci"), old);
        assertThatThrownBy(() -> connect(pods.get(0), "publishers/ci", "_INBOX_publisher-ci.", new ArrayList<>()))
                .hasMessageContaining("Authorization Violation");
    }

    private Connection connect(BrokerPod pod, String user, String inbox, List<String> changes) throws Exception {
        return Nats.connect(new Options.Builder()
                .server(pod.url())
                .sslContext(trusting())
                .authHandler(Nats.credentials(null, bootstrap.seed(user).toString()))
                .inboxPrefix(inbox)
                .connectionListener((connection, event) -> {
                    if (event == Events.CONNECTED || event == Events.DISCONNECTED || event == Events.RECONNECTED) {
                        changes.add(event.name());
                    }
                })
                .build());
    }

    /** The clients and routes of all servers, by their ids. */
    private Set<String> connections() throws IOException {
        Set<String> ids = new TreeSet<>();
        for (BrokerPod pod : pods) {
            JsonNode clients = new ObjectMapper().readTree(pod.monitor("/connz"));
            clients.path("connections").forEach(client -> ids.add(pod.url() + " client " + client.path("cid")));
            JsonNode routes = new ObjectMapper().readTree(pod.monitor("/routez"));
            routes.path("routes").forEach(route -> ids.add(pod.url() + " route " + route.path("rid")));
        }
        return ids;
    }

    /** The certificate that the server shows to a new client, checked against the CA and its name. */
    private X509Certificate certificate(BrokerPod pod) throws Exception {
        return certificate(pod, trusting());
    }

    private static X509Certificate certificate(BrokerPod pod, SSLContext trust) throws Exception {
        int port = URI.create(pod.url()).getPort();
        try (Socket plain = new Socket("127.0.0.1", port)) {
            InputStream in = plain.getInputStream();
            int read;
            do {
                read = in.read(); // the greeting of the server is one line, before TLS starts
            } while (read != '\n' && read >= 0);
            try (SSLSocket socket = (SSLSocket) trust.getSocketFactory().createSocket(plain, "127.0.0.1", port, true)) {
                var parameters = socket.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                socket.setSSLParameters(parameters);
                socket.startHandshake();
                SSLSession session = socket.getSession();
                return (X509Certificate) session.getPeerCertificates()[0];
            }
        }
    }

    private SSLContext trusting() throws Exception {
        byte[] pem = bootstrap.objects().config("heddle-nats-ca").get("ca.crt").getBytes(StandardCharsets.US_ASCII);
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        for (Certificate ca :
                CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem))) {
            store.setCertificateEntry("ca" + store.size(), ca);
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }
}
