package io.heddle.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.testsupport.Configs;
import io.heddle.testsupport.NatsServer;
import io.heddle.testsupport.SelfSigned;
import io.nats.client.NKey;
import io.nats.client.support.JsonSerializable;
import io.nats.client.support.JwtUtils;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every way to sign in, each against a server that insists on it. */
class SignInTest {

    private final NatsServer server = NatsServer.create();
    private NatsConnection connection;

    @TempDir
    Path directory;

    @AfterEach
    void end() {
        connection.close();
        server.close();
    }

    @Test
    void byUserAndPassword() {
        server.with("authorization { user: agent, password: \"pa:ss@word\" }").start();

        connect(Map.of("heddle.nats.user", "agent", "heddle.nats.password", "pa:ss@word"), null);

        awaitConnected();
    }

    @Test
    void byNkey() throws Exception {
        NKey user = NKey.createUser(null);
        server.with("authorization { users: [ { nkey: " + new String(user.getPublicKey()) + " } ] }")
                .start();
        Path seed = Files.writeString(directory.resolve("agent.nk"), new String(user.getSeed()) + "\n");

        connect(Map.of("heddle.nats.nkey-file", seed.toString()), null);

        awaitConnected();
    }

    @Test
    void byCredentialsFileWhichIsReadAgainAfterItChanged() throws Exception {
        NKey operator = NKey.createOperator(null);
        NKey account = NKey.createAccount(null);
        String accountId = new String(account.getPublicKey());
        server.jetStream(false)
                .with(
                        "operator: " + jwt(operator, operator, "op", "{\"type\":\"operator\",\"version\":2}"),
                        "resolver: MEMORY",
                        "resolver_preload: { " + accountId + ": "
                                + jwt(
                                        operator,
                                        account,
                                        "acc",
                                        "{\"type\":\"account\",\"version\":2,\"limits\":"
                                                + "{\"subs\":-1,\"data\":-1,\"payload\":-1,\"imports\":-1,\"exports\":-1,"
                                                + "\"conn\":-1,\"leaf\":-1,\"wildcards\":true}}")
                                + " }")
                .start();
        Path credentials = directory.resolve("agent.creds");
        Files.writeString(credentials, credentials(NKey.createAccount(null), accountId)); // signed by a stranger

        connect(Map.of("heddle.nats.credentials-file", credentials.toString()), null);
        await().until(() -> String.valueOf(connection.state().error()).contains("Authorization"));
        Files.writeString(credentials, credentials(account, accountId));

        awaitConnected();
    }

    @Test
    void byTlsWithAPrivateCertificateAuthority() throws Exception {
        SelfSigned identity = SelfSigned.in(directory, "ip:127.0.0.1", "dns:localhost");
        server.with("tls { cert_file: \"" + identity.certificate() + "\", key_file: \"" + identity.key() + "\" }")
                .start();

        connect(Map.of(), () -> trusting(identity.store()));

        awaitConnected();
    }

    @Test
    void refusesAServerThatItDoesNotTrust() throws Exception {
        SelfSigned identity = SelfSigned.in(directory, "ip:127.0.0.1", "dns:localhost");
        server.with("tls { cert_file: \"" + identity.certificate() + "\", key_file: \"" + identity.key() + "\" }")
                .start();

        connect(Map.of("heddle.nats.servers", server.url().replace("nats:", "tls:")), null);

        await().until(() -> connection.state().error() != null);
        assertThat(connection.state().connects()).isZero();
    }

    private void connect(Map<String, String> settings, Supplier<SSLContext> tls) {
        Map<String, String> all = new HashMap<>(settings);
        all.putIfAbsent("heddle.nats.servers", server.url());
        connection = new NatsConnection(Configs.of(NatsConfig.class, all), tls);
        connection.start();
    }

    private void awaitConnected() {
        await().until(() -> connection.state().isConnected());
        assertThat(connection.require().getServerInfo().getVersion()).isNotEmpty();
    }

    private static String credentials(NKey account, String accountId) throws Exception {
        NKey user = NKey.createUser(null);
        String jwt = JwtUtils.issueUserJWT(account, accountId, new String(user.getPublicKey()));
        return String.format(JwtUtils.NATS_USER_JWT_FORMAT, jwt, new String(user.getSeed()));
    }

    private static String jwt(NKey issuer, NKey subject, String name, String claim) throws Exception {
        JsonSerializable nats = () -> claim;
        return JwtUtils.issueJWT(
                issuer,
                new String(subject.getPublicKey()),
                name,
                null,
                JwtUtils.currentTimeSeconds(),
                new String(issuer.getPublicKey()),
                nats);
    }

    private static SSLContext trusting(KeyStore store) {
        try {
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            KeyStore certificates = KeyStore.getInstance("PKCS12");
            certificates.load(null, null);
            certificates.setCertificateEntry("server", store.getCertificate("server"));
            trust.init(certificates);
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(certificates, new char[0]);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
            return context;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
