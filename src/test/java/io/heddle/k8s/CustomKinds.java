package io.heddle.k8s;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.util.List;
import java.util.Map;

/** What k8s/ uses of the resources that other projects define, by their published schemas. Another field is an error. */
final class CustomKinds {

    static final Map<String, Class<?>> KINDS = Map.of(
            "gateway.networking.k8s.io/v1 HTTPRoute", HttpRoute.class,
            "cert-manager.io/v1 Issuer", Issuer.class,
            "cert-manager.io/v1 Certificate", Certificate.class);

    private CustomKinds() {}

    record HttpRoute(String apiVersion, String kind, ObjectMeta metadata, RouteSpec spec) {}

    record RouteSpec(List<ParentRef> parentRefs, List<String> hostnames, List<RouteRule> rules) {}

    record ParentRef(String name, String namespace) {}

    record RouteRule(List<Match> matches, Timeouts timeouts, List<BackendRef> backendRefs) {}

    record Match(PathMatch path) {}

    record PathMatch(String type, String value) {}

    record Timeouts(String request, String backendRequest) {}

    record BackendRef(String name, int port) {}

    record Issuer(String apiVersion, String kind, ObjectMeta metadata, IssuerSpec spec) {}

    record IssuerSpec(Map<String, String> selfSigned, Ca ca) {}

    record Ca(String secretName) {}

    record Certificate(String apiVersion, String kind, ObjectMeta metadata, CertificateSpec spec) {}

    record CertificateSpec(
            boolean isCA,
            String commonName,
            String secretName,
            String duration,
            String renewBefore,
            PrivateKey privateKey,
            List<String> usages,
            List<String> dnsNames,
            IssuerRef issuerRef) {}

    record PrivateKey(String algorithm, int size, String rotationPolicy) {}

    record IssuerRef(String name, String kind) {}
}
