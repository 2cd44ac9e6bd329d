package io.heddle.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.heddle.docs.GeneratedSection;
import io.heddle.k8s.NetworkRules.Address;
import io.heddle.k8s.NetworkRules.End;
import io.heddle.k8s.NetworkRules.Pod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The network policies of every overlay and component allow the connections in the table of docs/kubernetes.md, which this test writes, and
 * no others.
 */
class ConnectionsTest {

    private static final List<String> OVERLAYS = List.of("dev", "prod", "external-nats");
    private static final List<Integer> PORTS = List.of(
            22, 53, 80, 443, 2379, 4222, 4317, 4318, 5353, 6222, 6443, 7777, 8080, 8222, 8443, 9090, 10250, 16999,
            17000, 17999, 18000);

    @TempDir
    Path scratch;

    private final Map<String, NetworkRules> installations = new LinkedHashMap<>();
    private final Map<String, List<End>> ends = new LinkedHashMap<>();

    /** A connection that the documentation promises, to each of the ports. */
    private record Connection(
            String from, String to, String protocol, List<Integer> ports, String shown, String purpose) {

        Connection(String from, String to, int port, String purpose) {
            this(from, to, "TCP", List.of(port), "TCP " + port, purpose);
        }

        Stream<String> each() {
            return ports.stream().map(port -> name(from, to, protocol, port));
        }
    }

    private static final List<Connection> DOCUMENTED = documented();

    private static List<Connection> documented() {
        List<Connection> all = new ArrayList<>(List.of(
                new Connection(
                        "a client or an ingress",
                        "API",
                        8080,
                        "requests, from namespaces with `heddle.io/client=true`"),
                new Connection("API", "broker", 4222, "shares, holds, groups"),
                new Connection("node agent", "broker", 4222, "shares"),
                new Connection("broker", "broker", 6222, "routes between the servers"),
                new Connection("API", "any address", 4222, "your own broker"),
                new Connection("node agent", "any address", 4222, "your own broker"),
                new Connection(
                        "node agent",
                        "any address",
                        "TCP",
                        IntStream.rangeClosed(17000, 17999).boxed().toList(),
                        "TCP 17000 to 17999",
                        "CubeFS"),
                new Connection("API", "any address", 443, "keys of the issuer (JWKS), OIDC"),
                new Connection("node agent", "any address", 443, "keys of the issuer (JWKS)"),
                new Connection("monitoring", "API", 8080, "metrics"),
                new Connection("monitoring", "node agent", 8080, "metrics"),
                new Connection("monitoring", "broker", 7777, "metrics of the exporter")));
        for (String part : List.of("API", "node agent")) {
            all.add(new Connection(
                    part, "monitoring", "TCP", List.of(4317, 4318), "TCP 4317, 4318", "traces to the OTLP collector"));
        }
        for (String part : List.of("API", "node agent", "broker")) {
            for (String protocol : List.of("UDP", "TCP")) {
                all.add(dns(part, "cluster DNS", protocol, 53, "DNS: CoreDNS, kube-dns"));
                all.add(dns(part, "OpenShift DNS", protocol, 5353, "DNS of OpenShift"));
                all.add(dns(part, "DNS cache of the node", protocol, 53, "DNS: NodeLocal DNSCache"));
                all.add(dns(part, "any address", protocol, 53, "DNS servers outside of the cluster"));
            }
        }
        return all;
    }

    private static Connection dns(String from, String to, String protocol, int port, String purpose) {
        return new Connection(from, to, protocol, List.of(port), protocol + " " + port, purpose);
    }

    @BeforeEach
    void readPolicies() throws IOException {
        for (String overlay : OVERLAYS) {
            installations.put(overlay, NetworkRules.of(Manifests.ofOverlay("k8s/overlays/" + overlay)));
        }
        try (Stream<Path> components = Files.list(Path.of("k8s/components"))) {
            String prod = Files.readString(Path.of("k8s/overlays/prod/kustomization.yaml"));
            for (Path component : components.sorted().toList()) {
                String name = component.getFileName().toString();
                if (!prod.contains("\n  - ../../components/" + name)) {
                    Path own = Files.createDirectories(scratch.resolve(name));
                    Manifests with = Manifests.rendered(own, "k8s/overlays/prod", name);
                    installations.put("`" + name + "`", NetworkRules.of(with));
                }
            }
        }
        Manifests prod = Manifests.ofOverlay("k8s/overlays/prod");
        ends.put("API", List.of(pod(prod, "Deployment heddle-api")));
        ends.put("node agent", List.of(pod(prod, "DaemonSet heddle-agent")));
        ends.put("broker", List.of(pod(prod, "StatefulSet nats")));
        ends.put(
                "a client or an ingress",
                List.of(new Pod("apps", Map.of("heddle.io/client", "true"), Map.of(), Map.of())));
        ends.put("monitoring", List.of(Pod.of("monitoring", Map.of("app", "any"))));
        ends.put(
                "cluster DNS",
                Stream.of("kube-dns", "coredns")
                        .<End>map(app -> Pod.of("kube-system", Map.of("k8s-app", app)))
                        .toList());
        ends.put(
                "OpenShift DNS",
                List.of(Pod.of("openshift-dns", Map.of("dns.operator.openshift.io/daemonset-dns", "default"))));
        ends.put("DNS cache of the node", List.of(new Address("169.254.20.10"), new Address("fd00::10")));
        ends.put("any address", List.of(new Address("192.0.2.1"), new Address("2001:db8::1")));
        ends.put("a pod of another namespace", List.of(Pod.of("other", Map.of("app.kubernetes.io/name", "heddle"))));
        ends.put("another pod of kube-system", List.of(Pod.of("kube-system", Map.of("k8s-app", "other"))));
        ends.put("a stray pod beside the API", List.of(Pod.of("heddle", Map.of("app", "stray"))));
        ends.put("a stray pod beside the node agent", List.of(Pod.of("heddle-agents", Map.of("app", "stray"))));
    }

    private static Pod pod(Manifests manifests, String workload) {
        return manifests.workloads().stream()
                .filter(it -> it.toString().equals(workload))
                .findFirst()
                .map(Pod::of)
                .orElseThrow();
    }

    @Test
    void everyDocumentedConnectionIsAllowedWhereTheTableSays() throws IOException {
        StringBuilder table = new StringBuilder("| from | to | port | for | allowed by |\n|---|---|---|---|---|\n");
        for (Connection connection : DOCUMENTED) {
            List<String> allowing = installations.keySet().stream()
                    .filter(installation ->
                            connection.ports().stream().allMatch(port -> allowed(installation, connection, port)))
                    .toList();
            assertThat(allowing).as("%s", connection).isNotEmpty();
            table.append("| %s | %s | %s | %s | %s |\n"
                    .formatted(
                            connection.from(),
                            connection.to(),
                            connection.shown(),
                            connection.purpose(),
                            shown(allowing)));
        }
        GeneratedSection.assertUpToDate(Path.of("docs/kubernetes.md"), table.toString(), getClass());
    }

    private boolean allowed(String installation, Connection connection, int port) {
        return allowed(installation, connection.from(), connection.to(), connection.protocol(), port);
    }

    /** Whether all addresses and pods that an end stands for can connect, so also IPv6. */
    private boolean allowed(String installation, String from, String to, String protocol, int port) {
        NetworkRules rules = installations.get(installation);
        return ends.get(from).stream().allMatch(source -> ends.get(to).stream()
                .allMatch(target -> rules.allow(source, target, protocol, port)));
    }

    /** The components that are needed, or the overlays. A component is added to prod, so it also has what prod allows. */
    private static String shown(List<String> allowing) {
        if (allowing.containsAll(OVERLAYS)) {
            return "all overlays";
        }
        List<String> overlays = allowing.stream().filter(OVERLAYS::contains).toList();
        List<String> shown = allowing.contains("prod")
                ? overlays
                : Stream.concat(overlays.stream(), allowing.stream().filter(name -> name.startsWith("`")))
                        .toList();
        return shown.stream()
                .map(name -> name.startsWith("`") ? "component " + name : name)
                .collect(Collectors.joining(", "));
    }

    @Test
    void everyOtherConnectionIsDenied() {
        Set<String> documented =
                DOCUMENTED.stream().flatMap(Connection::each).collect(Collectors.toCollection(TreeSet::new));
        // The address of the DNS cache is also any address.
        DOCUMENTED.stream()
                .filter(connection -> connection.to().equals("any address"))
                .flatMap(Connection::each)
                .map(name -> name.replace("any address", "DNS cache of the node"))
                .forEach(documented::add);
        Set<String> parts = Set.of("API", "node agent", "broker");
        for (String installation : installations.keySet()) {
            Set<String> allowed = new TreeSet<>();
            for (String from : ends.keySet()) {
                for (String to : ends.keySet()) {
                    boolean ours =
                            Stream.of(from, to).anyMatch(end -> parts.contains(end) || end.startsWith("a stray"));
                    for (String protocol : List.of("TCP", "UDP")) {
                        PORTS.stream()
                                .filter(port -> ours && any(installation, from, to, protocol, port))
                                .forEach(port -> allowed.add(name(from, to, protocol, port)));
                    }
                }
            }
            allowed.removeIf(name -> name.startsWith("a stray") && name.matches(".* (UDP|TCP) (53|5353)"));
            assertThat(allowed).as(installation).isNotEmpty().isSubsetOf(documented);
        }
    }

    private boolean any(String installation, String from, String to, String protocol, int port) {
        NetworkRules rules = installations.get(installation);
        return ends.get(from).stream().anyMatch(source -> ends.get(to).stream()
                .anyMatch(target -> rules.allow(source, target, protocol, port)));
    }

    private static String name(String from, String to, String protocol, int port) {
        return from + " -> " + to + " " + protocol + " " + port;
    }

    @Test
    void anOpenPolicyWouldBeFound() {
        String open = """
                apiVersion: networking.k8s.io/v1
                kind: NetworkPolicy
                metadata: {name: open, namespace: heddle}
                spec: {podSelector: {}, policyTypes: [Ingress], ingress: [{ports: [{port: 8222}]}]}
                """;
        List<NetworkPolicy> policies = new ArrayList<>(installations.get("prod").policies());
        End stranger = ends.get("a pod of another namespace").get(0);
        End broker = ends.get("broker").get(0);
        assertThat(new NetworkRules(policies).allow(stranger, broker, "TCP", 8222))
                .isFalse();

        Manifests.read(open).all(NetworkPolicy.class).forEach(policies::add);

        assertThat(new NetworkRules(policies).allow(stranger, broker, "TCP", 8222))
                .isTrue();
        assertThat(new NetworkRules(policies).allow(stranger, broker, "TCP", 8223))
                .isFalse();
    }
}
