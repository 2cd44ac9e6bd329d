package io.heddle.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Volume;
import io.heddle.k8s.Manifests.Workload;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The commands of docs/kubernetes.md. The quick start runs without a cluster: k8s/bootstrap, openssl, helm and kustomize are real; kind,
 * docker, mvnw, kubectl and curl are replaced by scripts that record what they get, and what would be applied.
 */
class KubernetesGuideTest {

    private static final Path PAGE = Path.of("docs/kubernetes.md");
    private static final List<String> NODES = List.of("heddle-control-plane", "heddle-worker", "heddle-worker2");

    @TempDir
    Path scratch;

    @Test
    void everyCommandIsValidShellAndNamesWhatExists() throws Exception {
        String page = Files.readString(PAGE);
        List<String> blocks = blocks(page);
        String options = run(Path.of(""), Map.of(), "k8s/bootstrap", "--help");

        assertThat(blocks).hasSizeGreaterThan(8);
        for (String block : blocks) {
            Path script = Files.writeString(scratch.resolve("block.sh"), block);
            assertThat(run(Path.of(""), Map.of(), "bash", "-n", script.toString()))
                    .isEmpty();
        }
        assertThat(found(String.join("\n", blocks), "(?<![\\w/.-])(?:k8s|src)/[\\w./-]+"))
                .contains("k8s/chart", "k8s/namespaces")
                .allSatisfy(path -> assertThat(Path.of(path)).exists());
        Set<String> used = found(page, "k8s/bootstrap [^`\n|]*");
        assertThat(used).hasSizeGreaterThan(5);
        assertThat(found(String.join("\n", used), "--[a-z-]+"))
                .allSatisfy(option -> assertThat(options).contains(option));
    }

    @Test
    void theQuickStartAppliesAllThatThePodsNeedAndSignsAValidToken() throws Exception {
        String page = Files.readString(PAGE);
        int start = page.indexOf("## Quick start with kind");
        String script = String.join("\n", blocks(page.substring(start, page.indexOf("\n## ", start))));

        Path work = replaceTools();
        String output = run(
                work,
                Map.of(
                        "PATH", work.resolve("bin") + ":" + System.getenv("PATH"),
                        "REAL_PATH", System.getenv("PATH"),
                        "REPOSITORY", Path.of("").toAbsolutePath().toString(),
                        "WORK", work.toString()),
                "bash",
                "-euo",
                "pipefail",
                "-c",
                script);

        Manifests applied = Manifests.read(Files.readString(work.resolve("applied.yaml")));
        assertThat(applied.workloads()).as(output).hasSize(3).allSatisfy(workload -> complete(applied, workload));
        assertThat(applied.all(Secret.class)
                        .filter(secret -> secret.getMetadata().getName().equals("heddle-nats-agent")))
                .singleElement()
                .satisfies(secret -> assertThat(secret.getData().keySet())
                        .containsExactlyInAnyOrderElementsOf(
                                NODES.stream().map(node -> node + ".nk").toList()));
        String log = Files.readString(work.resolve("log"));
        assertThat(found(log, "(?<=rollout status )\\S+"))
                .isEqualTo(Set.of("statefulset/nats", "deployment/heddle-api"))
                .allSatisfy(name -> assertThat(applied.workloads())
                        .anyMatch(workload -> workload.toString().equalsIgnoreCase(name.replace('/', ' '))));
        JsonNode claims = verified(found(log, "(?<=Bearer )\\S+").iterator().next(), work.resolve("publickey.pem"));
        assertThat(claims.path("exp").asLong() - claims.path("iat").asLong()).isEqualTo(3600);
        assertThat(claims.path("groups").get(0).asText()).isEqualTo("admin");
        Map<String, String> settings = applied.config("heddle-api");
        assertThat(claims.path("iss").asText()).isEqualTo(settings.get("MP_JWT_VERIFY_ISSUER"));
        assertThat(claims.path("aud").asText()).isEqualTo(settings.get("MP_JWT_VERIFY_AUDIENCES"));
    }

    /** The namespace, and every Secret and ConfigMap that the pods read, were applied. */
    private static void complete(Manifests applied, Workload workload) {
        assertThat(applied.names(Namespace.class)).contains(workload.namespace());
        Set<String> existing = applied.objects().stream()
                .filter(object ->
                        workload.namespace().equals(object.getMetadata().getNamespace()))
                .filter(object -> object instanceof Secret || object instanceof ConfigMap)
                .map(KubernetesGuideTest::named)
                .collect(Collectors.toSet());
        assertThat(existing)
                .as("%s", workload)
                .containsAll(sources(workload.pod().getSpec()));
    }

    private static String named(HasMetadata object) {
        return object.getKind() + " " + object.getMetadata().getName();
    }

    private static List<String> sources(PodSpec pod) {
        List<String> names = new ArrayList<>();
        for (Container container : pod.getContainers()) {
            container
                    .getEnvFrom()
                    .forEach(from ->
                            names.add("ConfigMap " + from.getConfigMapRef().getName()));
        }
        for (Volume volume : pod.getVolumes()) {
            if (volume.getSecret() != null) {
                names.add("Secret " + volume.getSecret().getSecretName());
            } else if (volume.getConfigMap() != null) {
                names.add("ConfigMap " + volume.getConfigMap().getName());
            } else if (volume.getProjected() != null) {
                volume.getProjected()
                        .getSources()
                        .forEach(source -> names.add(
                                source.getSecret() != null
                                        ? "Secret " + source.getSecret().getName()
                                        : "ConfigMap " + source.getConfigMap().getName()));
            }
        }
        assertThat(names).isNotEmpty();
        return names;
    }

    /** The claims of a token that the key verifies. */
    private static JsonNode verified(String token, Path pem) throws Exception {
        String[] parts = token.split("\\.");
        String key = Files.readString(pem).replaceAll("-----[A-Z ]+-----|\\s", "");
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initVerify(KeyFactory.getInstance("RSA")
                .generatePublic(new X509EncodedKeySpec(Base64.getDecoder().decode(key))));
        signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
        assertThat(signature.verify(Base64.getUrlDecoder().decode(parts[2]))).isTrue();
        return new ObjectMapper().readTree(Base64.getUrlDecoder().decode(parts[1]));
    }

    /** A directory like a checkout, in which the tools that need a cluster or the network only record. */
    private Path replaceTools() throws IOException {
        Path work = Files.createDirectories(scratch.toRealPath().resolve("checkout"));
        Path bin = Files.createDirectories(work.resolve("bin"));
        Files.createSymbolicLink(work.resolve("k8s"), Path.of("k8s").toAbsolutePath());
        String record = "#!/bin/sh\necho \"$(basename \"$0\") $*\" >>\"$WORK/log\"\n";
        for (Path tool :
                List.of(bin.resolve("kind"), bin.resolve("docker"), bin.resolve("curl"), work.resolve("mvnw"))) {
            executable(tool, record);
        }
        executable(bin.resolve("kubectl"), record + """
                        export PATH="$REAL_PATH"
                        case "$*" in
                          "get nodes -o name") printf 'node/%%s\\n' %s ;;
                          "apply -k "*) { echo ---; "$REPOSITORY/dev/kustomize" "$REPOSITORY/$3"; } >>"$WORK/applied.yaml" ;;
                          "apply --server-side -f "*) for file in "$4"/*; do echo ---; cat "$file"; done >>"$WORK/applied.yaml" ;;
                          *apply*) exit 1 ;;
                        esac
                        """.formatted(String.join(" ", NODES)));
        executable(bin.resolve("helm"), record + """
                        [ "$1" = install ] || exit 1
                        shift
                        export PATH="$REAL_PATH"
                        cd "$REPOSITORY"
                        dev/helm template "$@" >>"$WORK/applied.yaml"
                        """);
        return work;
    }

    private static void executable(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }

    private static String run(Path directory, Map<String, String> environment, String... command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toAbsolutePath().toFile())
                .redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    /** The shell blocks of a page, also those inside of lists. */
    private static List<String> blocks(String page) {
        return Pattern.compile("(?ms)^( *)```sh\n(.*?)^ *```$")
                .matcher(page)
                .results()
                .map(block -> block.group(2).replaceAll("(?m)^" + block.group(1), ""))
                .toList();
    }

    private static Set<String> found(String text, String pattern) {
        try (Stream<MatchResult> results =
                Pattern.compile(pattern).matcher(text).results()) {
            return results.map(MatchResult::group).collect(Collectors.toCollection(TreeSet::new));
        }
    }
}
