package io.heddle.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.nats.client.NKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code k8s/bootstrap} makes what the overlay needs, once, and shows no secret. */
class BootstrapTest {

    @TempDir
    Path directory;

    private Bootstrap bootstrap;

    @BeforeEach
    void begin() {
        bootstrap = new Bootstrap(directory.resolve("secrets"));
    }

    @Test
    void onlyTheOwnerReadsTheFilesAndTheOutputHasNoSeed() throws Exception {
        String output = bootstrap.run("--node", "worker-1", "--publisher", "ci", "--coding-agent", "editor");

        try (Stream<Path> tree = Files.walk(bootstrap.directory())) {
            assertThat(tree).hasSizeGreaterThan(15).allSatisfy(path -> assertThat(
                            PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                    .endsWith("------"));
        }
        for (String user : List.of("control-plane", "agents/worker-1", "publishers/ci", "coding-agents/editor")) {
            assertThat(output)
                    .doesNotContain(Files.readString(bootstrap.seed(user)).strip());
        }
    }

    @Test
    void theSecretsAreThoseThatTheOverlayMounts() throws Exception {
        Path key = Files.writeString(directory.resolve("key.pem"), "a key");
        bootstrap.run("--node", "worker-1", "--node", "worker-2", "--jwt-key", key.toString());

        assertThat(keys(Secret.class))
                .isEqualTo(Map.of(
                        "heddle/heddle-jwt", List.of("publickey.pem"),
                        "heddle/heddle-nats-api", List.of("user.nk"),
                        "heddle/nats-accounts", List.of("accounts.conf"),
                        "heddle/nats-tls", List.of("ca.crt", "tls.crt", "tls.key"),
                        "heddle-agents/heddle-jwt", List.of("publickey.pem"),
                        "heddle-agents/heddle-nats-agent", List.of("worker-1.nk", "worker-2.nk")));
        assertThat(keys(ConfigMap.class))
                .isEqualTo(Map.of(
                        "heddle/heddle-nats-ca", List.of("ca.crt"), "heddle-agents/heddle-nats-ca", List.of("ca.crt")));
    }

    @Test
    void theAccountsHaveThePublicKeysOfTheSeeds() throws Exception {
        bootstrap.run("--node", "ip-10-0-3-7.ec2.internal", "--publisher", "ci");
        String accounts = Files.readString(bootstrap.directory().resolve("accounts.conf"));

        for (String user : List.of("control-plane", "agents/ip-10-0-3-7.ec2.internal", "publishers/ci")) {
            NKey key =
                    NKey.fromSeed(Files.readString(bootstrap.seed(user)).strip().toCharArray());
            assertThat(accounts).contains("nkey: " + String.valueOf(key.getPublicKey()));
        }
        assertThat(accounts)
                .contains("\"weft.mounts.ip-10-0-3-7-ec2-internal.status\"")
                .contains("\"_INBOX_agent-ip-10-0-3-7.ec2.internal.>\"")
                .contains("\"_INBOX_publisher-ci.>\"")
                .contains("\"_INBOX_control-plane.>\"")
                .doesNotContain("vm-1", "_INBOX.>", "agent-vm-1");
    }

    @Test
    void anotherRunChangesNothingButWhatItIsAskedFor() throws Exception {
        bootstrap.run("--node", "worker-1", "--publisher", "ci");
        Map<String, String> before = secrets();

        bootstrap.run("--node", "worker-1");
        assertThat(secrets()).isEqualTo(before);

        bootstrap.run("--node", "worker-2");
        assertThat(secrets()).containsAllEntriesOf(before).hasSize(before.size() + 1);

        bootstrap.run("--new-seed", "ci", "--renew");
        assertThat(changed(before, secrets())).containsExactly("seeds/publishers/ci.nk", "tls/tls.crt", "tls/tls.key");

        Files.delete(bootstrap.seed("agents/worker-2"));
        bootstrap.run();
        assertThat(Files.readString(bootstrap.directory().resolve("accounts.conf")))
                .doesNotContain("worker-2");
        assertThat(bootstrap.directory().resolve("nodes/worker-2")).doesNotExist();
        assertThat(keys(Secret.class)).containsEntry("heddle-agents/heddle-nats-agent", List.of("worker-1.nk"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--node=Worker",
                "--node=a*",
                "--node=../x",
                "--publisher=>",
                "--san=DNS:a,IP:1.2.3.4",
                "--new-seed=none",
                "--node=worker-1.x",
                "--node=a-b",
                "--namespace=Team_A"
            })
    void whatIsNotSafeIsRefused(String argument) throws Exception {
        bootstrap.run("--node", "worker-1", "--node", "a.b");

        Bootstrap.Result result = bootstrap.attempt(argument);

        assertThat(result.code()).isNotZero();
        assertThat(result.output()).doesNotContain("Traceback").contains(argument.replaceFirst(".*=", ""));
    }

    @Test
    void aDirectoryThatOthersReadIsRefused() throws Exception {
        Files.createDirectory(
                bootstrap.directory(),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.setPosixFilePermissions(bootstrap.directory(), PosixFilePermissions.fromString("rwxr-xr-x"));

        assertThat(bootstrap.attempt().output()).contains("can be read by others", "chmod 0700");
    }

    @Test
    void theNamespacesCanBeOthers() throws Exception {
        bootstrap.run("--node", "worker-1", "--namespace", "team-a", "--agent-namespace", "team-a-nodes");

        assertThat(keys(Secret.class).keySet())
                .containsExactlyInAnyOrder(
                        "team-a/heddle-nats-api",
                        "team-a/nats-accounts",
                        "team-a/nats-tls",
                        "team-a-nodes/heddle-nats-agent");
        Path file = bootstrap.directory().resolve("tls/tls.crt");
        try (var in = Files.newInputStream(file)) {
            X509Certificate certificate =
                    (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
            assertThat(certificate.getSubjectAlternativeNames())
                    .extracting(name -> name.get(1).toString())
                    .contains("nats.team-a.svc", "*.nats-headless.team-a.svc.cluster.local", "nats.team-a", "nats")
                    .doesNotContain("nats.heddle.svc");
        }
    }

    @Test
    void certificatesCanBeLeftToCertManager() throws Exception {
        bootstrap.run("--no-certificates");

        assertThat(bootstrap.directory().resolve("tls")).doesNotExist();
        assertThat(keys(Secret.class)).doesNotContainKey("heddle/nats-tls");
        assertThat(keys(ConfigMap.class)).isEmpty();
    }

    private Map<String, List<String>> keys(Class<? extends HasMetadata> type) throws IOException {
        Map<String, List<String>> keys = new TreeMap<>();
        bootstrap.objects().all(type).forEach(object -> {
            Map<String, String> data =
                    object instanceof Secret secret ? secret.getData() : ((ConfigMap) object).getData();
            keys.put(
                    object.getMetadata().getNamespace() + "/"
                            + object.getMetadata().getName(),
                    data.keySet().stream().sorted().toList());
        });
        return keys;
    }

    /** Seeds, certificates and keys, by their file. */
    private Map<String, String> secrets() throws IOException {
        Map<String, String> files = new TreeMap<>();
        for (String part : List.of("seeds", "tls")) {
            try (Stream<Path> tree = Files.walk(bootstrap.directory().resolve(part))) {
                for (Path file : tree.filter(Files::isRegularFile).toList()) {
                    files.put(bootstrap.directory().relativize(file).toString(), Files.readString(file));
                }
            }
        }
        return files;
    }

    private static List<String> changed(Map<String, String> before, Map<String, String> after) {
        return before.keySet().stream()
                .filter(file -> !before.get(file).equals(after.get(file)))
                .toList();
    }
}
