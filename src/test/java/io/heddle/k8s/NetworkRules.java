package io.heddle.k8s;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.fabric8.kubernetes.api.model.networking.v1.IPBlock;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whether network policies allow a connection, by the rules of the Kubernetes API. An {@code ipBlock} is applied only to addresses that are
 * not pods, because network plugins differ for pods.
 */
record NetworkRules(List<NetworkPolicy> policies) {

    static NetworkRules of(Manifests manifests) {
        return new NetworkRules(manifests.all(NetworkPolicy.class).toList());
    }

    /** One end of a connection. */
    sealed interface End permits Pod, Address {}

    /** A pod, with the labels of its namespace and the numbers of its named ports. */
    record Pod(
            String namespace,
            Map<String, String> namespaceLabels,
            Map<String, String> labels,
            Map<String, Integer> ports)
            implements End {

        static Pod of(String namespace, Map<String, String> labels) {
            return new Pod(namespace, Map.of("kubernetes.io/metadata.name", namespace), labels, Map.of());
        }

        static Pod of(Manifests.Workload workload) {
            Map<String, Integer> ports = new HashMap<>();
            for (Container container : workload.pod().getSpec().getContainers()) {
                for (ContainerPort port : container.getPorts()) {
                    ports.put(port.getName(), port.getContainerPort());
                }
            }
            Pod plain = of(workload.namespace(), workload.labels());
            return new Pod(plain.namespace(), plain.namespaceLabels(), plain.labels(), ports);
        }
    }

    /** An address that belongs to no pod. */
    record Address(String ip) implements End {}

    boolean allow(End from, End to, String protocol, int port) {
        return (!(from instanceof Pod source) || leaves(source, to, protocol, port))
                && (!(to instanceof Pod target) || enters(from, target, protocol, port));
    }

    private boolean leaves(Pod source, End to, String protocol, int port) {
        List<NetworkPolicy> applied = applied(source, "Egress");
        return applied.isEmpty()
                || applied.stream()
                        .flatMap(policy -> policy.getSpec().getEgress().stream()
                                .filter(rule ->
                                        peers(policy, rule.getTo(), to) && ports(rule.getPorts(), to, protocol, port)))
                        .findAny()
                        .isPresent();
    }

    private boolean enters(End from, Pod target, String protocol, int port) {
        List<NetworkPolicy> applied = applied(target, "Ingress");
        return applied.isEmpty()
                || applied.stream()
                        .flatMap(policy -> policy.getSpec().getIngress().stream()
                                .filter(rule -> peers(policy, rule.getFrom(), from)
                                        && ports(rule.getPorts(), target, protocol, port)))
                        .findAny()
                        .isPresent();
    }

    private List<NetworkPolicy> applied(Pod pod, String direction) {
        return policies.stream()
                .filter(policy -> policy.getMetadata().getNamespace().equals(pod.namespace())
                        && policy.getSpec().getPolicyTypes().contains(direction)
                        && matches(policy.getSpec().getPodSelector(), pod.labels()))
                .toList();
    }

    private static boolean peers(NetworkPolicy policy, List<NetworkPolicyPeer> peers, End end) {
        return peers.isEmpty() || peers.stream().anyMatch(peer -> peer(policy, peer, end));
    }

    private static boolean peer(NetworkPolicy policy, NetworkPolicyPeer peer, End end) {
        if (end instanceof Address address) {
            return peer.getIpBlock() != null && contains(peer.getIpBlock(), address.ip());
        }
        Pod pod = (Pod) end;
        if (peer.getIpBlock() != null) {
            return false;
        }
        boolean namespace = peer.getNamespaceSelector() == null
                ? policy.getMetadata().getNamespace().equals(pod.namespace())
                : matches(peer.getNamespaceSelector(), pod.namespaceLabels());
        return namespace && (peer.getPodSelector() == null || matches(peer.getPodSelector(), pod.labels()));
    }

    private static boolean ports(List<NetworkPolicyPort> ports, End target, String protocol, int port) {
        return ports.isEmpty()
                || ports.stream().anyMatch(allowed -> {
                    if (!Optional.ofNullable(allowed.getProtocol())
                            .orElse("TCP")
                            .equals(protocol)) {
                        return false;
                    }
                    Integer first = number(allowed.getPort(), target);
                    int last = Optional.ofNullable(allowed.getEndPort()).orElse(first == null ? -1 : first);
                    return allowed.getPort() == null || (first != null && first <= port && port <= last);
                });
    }

    private static Integer number(IntOrString port, End target) {
        if (port == null || port.getStrVal() == null) {
            return port == null ? null : port.getIntVal();
        }
        return target instanceof Pod pod ? pod.ports().get(port.getStrVal()) : null;
    }

    private static boolean matches(LabelSelector selector, Map<String, String> labels) {
        return labels.entrySet()
                        .containsAll(Optional.ofNullable(selector.getMatchLabels())
                                .orElse(Map.of())
                                .entrySet())
                && selector.getMatchExpressions().stream().allMatch(expression -> matches(expression, labels));
    }

    private static boolean matches(LabelSelectorRequirement expression, Map<String, String> labels) {
        String value = labels.get(expression.getKey());
        return switch (expression.getOperator()) {
            case "In" -> value != null && expression.getValues().contains(value);
            case "NotIn" -> value == null || !expression.getValues().contains(value);
            case "Exists" -> value != null;
            case "DoesNotExist" -> value == null;
            default -> throw new IllegalArgumentException(expression.getOperator());
        };
    }

    private static boolean contains(IPBlock block, String ip) {
        return contains(block.getCidr(), ip) && block.getExcept().stream().noneMatch(except -> contains(except, ip));
    }

    private static boolean contains(String cidr, String ip) {
        int slash = cidr.indexOf('/');
        byte[] network = bytes(cidr.substring(0, slash));
        byte[] address = bytes(ip);
        int shift = 8 * network.length - Integer.parseInt(cidr.substring(slash + 1));
        return network.length == address.length
                && new BigInteger(1, network).shiftRight(shift).equals(new BigInteger(1, address).shiftRight(shift));
    }

    private static byte[] bytes(String ip) {
        try {
            return InetAddress.getByName(ip).getAddress(); // not looked up, because it is an address
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(ip, e);
        }
    }
}
