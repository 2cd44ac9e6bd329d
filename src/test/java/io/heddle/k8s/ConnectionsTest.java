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
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

    private static final List<String> STRAY =
            List.of("another pod beside the API", "another pod beside the node agent");

    @TempDir
    Path scratch;

    private final Map<String, NetworkRules> installations = new LinkedHashMap<>();
    private final Map<String, List<End>> ends = new LinkedHashMap<>();

    /** Connections that the documentation promises: from each of the parts, with each protocol, to each port. */
    private record Connection(
            List<String> from, String to, List<String> protocols, List<Integer> ports, String shown, String purpose) {

        static Connection tcp(String from, String to, int port, String purpose) {
            return new Connection(List.of(from.split(", ")), to, List.of("TCP"), List.of(port), "TCP " + port, purpose);
        }

        static Connection dns(String to, int port, String servers) {
            return new Connection(
                    PARTS, to, List.of("UDP", "TCP"), List.of(port), "UDP, TCP " + port, "DNS: " + servers);
        }

        Stream<Single> each() {
            return from.stream().flatMap(source -> protocols.stream()
                    .flatMap(protocol -> ports.stream().map(port -> new Single(source, to, protocol, port))));
        }
    }

    private record Single(String from, String to, String protocol, int port) {}

    private static final List<String> PARTS = List.of("API", "node agent", "broker");

    private static final List<Connection> DOCUMENTED = List.of(
            Connection.tcp(
                    "a client or an ingress", "API", 8080, "requests, from namespaces with `heddle.io/client=true`"),
            Connection.tcp("API, node agent", "broker", 4222, "shares, holds, groups"),
            Connection.tcp("broker", "broker", 6222, "routes between the servers"),
            Connection.tcp("API, node agent", "any address", 4222, "your own broker"),
            new Connection(
                    List.of("node agent"),
                    "any address",
                    List.of("TCP"),
                    IntStream.rangeClosed(17000, 17999).boxed().toList(),
                    "TCP 17000 to 17999",
                    "CubeFS"),
            Connection.tcp("API, node agent", "any address", 443, "keys of the issuer (JWKS), OIDC"),
            Connection.tcp("monitoring", "API", 8080, "metrics"),
            Connection.tcp("monitoring", "node agent", 8080, "metrics"),
            Connection.tcp("monitoring", "broker", 7777, "metrics of the exporter"),
            new Connection(
                    List.of("API", "node agent"),
                    "monitoring",
                    List.of("TCP"),
                    List.of(4317, 4318),
                    "TCP 4317, 4318",
                    "traces to the OTLP collector"),
            Connection.dns("cluster DNS", 53, "CoreDNS, kube-dns"),
            Connection.dns("OpenShift DNS", 5353, "OpenShift"),
            Connection.dns("DNS cache of the node", 53, "NodeLocal DNSCache"),
            Connection.dns("any address", 53, "servers outside of the cluster"));

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
        ends.put(STRAY.get(0), List.of(Pod.of("heddle", Map.of("app", "stray"))));
        ends.put(STRAY.get(1), List.of(Pod.of("heddle-agents", Map.of("app", "stray"))));
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
                    .filter(installation -> connection.each().allMatch(single -> allowed(installation, single)))
                    .toList();
            assertThat(allowing).as("%s", connection).isNotEmpty();
            table.append("| %s | %s | %s | %s | %s |\n"
                    .formatted(
                            String.join(", ", connection.from()),
                            connection.to(),
                            connection.shown(),
                            connection.purpose(),
                            shown(allowing)));
        }
        GeneratedSection.assertUpToDate(Path.of("docs/kubernetes.md"), table.toString(), getClass());
    }

    /** Whether all addresses and pods that the ends stand for can connect, so also IPv6. */
    private boolean allowed(String installation, Single single) {
        NetworkRules rules = installations.get(installation);
        return ends.get(single.from()).stream().allMatch(source -> ends.get(single.to()).stream()
                .allMatch(target -> rules.allow(source, target, single.protocol(), single.port())));
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
        Set<Single> documented = DOCUMENTED.stream().flatMap(Connection::each).collect(Collectors.toSet());
        // The address of the DNS cache is one of any address, and a pod that somebody adds to the namespaces may ask
        // for names.
        List.copyOf(documented).stream()
                .filter(single -> single.to().equals("any address"))
                .map(single -> new Single(single.from(), "DNS cache of the node", single.protocol(), single.port()))
                .forEach(documented::add);
        List.copyOf(documented).stream()
                .filter(single ->
                        single.from().equals("API") && Set.of(53, 5353).contains(single.port()))
                .flatMap(single ->
                        STRAY.stream().map(stray -> new Single(stray, single.to(), single.protocol(), single.port())))
                .forEach(documented::add);
        for (String installation : installations.keySet()) {
            assertThat(everyAllowed(installation)).as(installation).isNotEmpty().isSubsetOf(documented);
        }
    }

    private Set<Single> everyAllowed(String installation) {
        Set<Single> allowed = new HashSet<>();
        for (String from : ends.keySet()) {
            for (String to : ends.keySet()) {
                boolean ours = Stream.of(from, to).anyMatch(end -> PARTS.contains(end) || STRAY.contains(end));
                for (String protocol : List.of("TCP", "UDP")) {
                    PORTS.stream()
                            .map(port -> new Single(from, to, protocol, port))
                            .filter(single -> ours && any(installation, single))
                            .forEach(allowed::add);
                }
            }
        }
        return allowed;
    }

    private boolean any(String installation, Single single) {
        NetworkRules rules = installations.get(installation);
        return ends.get(single.from()).stream().anyMatch(source -> ends.get(single.to()).stream()
                .anyMatch(target -> rules.allow(source, target, single.protocol(), single.port())));
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
