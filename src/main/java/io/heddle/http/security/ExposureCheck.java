package io.heddle.http.security;

import io.heddle.http.security.SecurityConfig.Mode;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.LaunchMode;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.jwt.auth.principal.JWTAuthContextInfo;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Refuses to start in production on an address that is not loopback without security, and with mode {@code jwt} without a key to
 * verify tokens, an issuer or an audience.
 */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
final class ExposureCheck {

    private final SecurityConfig config;
    private final JWTAuthContextInfo tokens;
    private final String host;
    private final boolean tcp;

    ExposureCheck(
            SecurityConfig config,
            JWTAuthContextInfo tokens,
            @ConfigProperty(name = "quarkus.http.host") String host,
            // Without, only a Unix domain socket is listened on, which has a file's permissions.
            @ConfigProperty(name = "quarkus.http.host-enabled", defaultValue = "true") boolean tcp) {
        this.config = config;
        this.tokens = tokens;
        this.host = host;
        this.tcp = tcp;
    }

    /** Before anything else starts. */
    void check(@Observes @Priority(0) StartupEvent event) {
        if (config.mode() == Mode.JWT) {
            requireKey();
            if (LaunchMode.current() == LaunchMode.NORMAL) {
                requireIssuerAndAudience();
            }
        } else if (LaunchMode.current() == LaunchMode.NORMAL && tcp && !config.allowInsecure() && !isLoopback(host)) {
            throw new IllegalStateException("HDL0500: quarkus.http.host=" + host
                    + " lets the network publish shares without sign-in, because heddle.security.mode is none. Set "
                    + "heddle.security.mode=jwt, or bind to 127.0.0.1, or accept it with "
                    + "heddle.security.allow-insecure=true");
        }
    }

    /** Whether a name or address resolves to loopback addresses only. */
    static boolean isLoopback(String host) {
        try {
            return !host.isBlank()
                    && Arrays.stream(InetAddress.getAllByName(host)).allMatch(InetAddress::isLoopbackAddress);
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /** Without them, every token that the key signed is accepted, whoever it was made for. */
    private void requireIssuerAndAudience() {
        Set<String> audience = tokens.getExpectedAudience();
        if (tokens.getIssuedBy() == null || audience == null || audience.isEmpty()) {
            throw new IllegalStateException(
                    "HDL0573: heddle.security.mode=jwt needs both mp.jwt.verify.issuer, the iss of the "
                            + "tokens to accept, and mp.jwt.verify.audiences, an aud that is in them: without these, tokens that were "
                            + "made for another service would be accepted");
        }
    }

    private void requireKey() {
        // The library has refused an unreadable file already.
        boolean given = Stream.of(
                        tokens.getPublicKeyLocation(),
                        tokens.getPublicKeyContent(),
                        tokens.getSecretKeyContent(),
                        tokens.getPublicVerificationKey(),
                        tokens.getSecretVerificationKey(),
                        tokens.getTlsCertificate())
                .anyMatch(Objects::nonNull);
        if (!given) {
            throw new IllegalStateException(
                    "HDL0570: heddle.security.mode=jwt needs a key to verify tokens: set mp.jwt.verify.publickey.location "
                            + "to a PEM or JWKS file, or to the https address of the issuer's JWKS");
        }
    }
}
