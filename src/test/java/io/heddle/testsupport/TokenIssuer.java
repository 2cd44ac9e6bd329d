package io.heddle.testsupport;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.smallrye.jwt.build.Jwt;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Set;

/** Gives out tokens, and tells the service how to check them: with the public half of a key made for this run. */
public final class TokenIssuer implements QuarkusTestResourceLifecycleManager {

    public static final String ISSUER = "https://issuer.test";

    /** The service that the tokens are made for. */
    public static final String AUDIENCE = "heddle";

    private final KeyPair keys = rsa();

    /** The key, as the service reads it. */
    public String pem() {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'})
                .encodeToString(keys.getPublic().getEncoded());
        return "-----BEGIN PUBLIC KEY-----\n" + body + "\n-----END PUBLIC KEY-----\n";
    }

    /** A token that is good for five minutes. */
    public String token(String subject, String... roles) {
        return token(ISSUER, subject, Instant.now().plus(Duration.ofMinutes(5)), roles);
    }

    public String token(String issuer, String subject, Instant end, String... roles) {
        return Jwt.issuer(issuer)
                .subject(subject)
                .audience(AUDIENCE)
                .groups(Set.of(roles))
                .issuedAt(end.minus(Duration.ofMinutes(10)))
                .expiresAt(end)
                .sign(keys.getPrivate());
    }

    @Override
    public Map<String, String> start() {
        return Map.of(
                "heddle.security.mode",
                "jwt",
                // Not its location: in tests Quarkus gives a key of its own, which would come before that.
                "mp.jwt.verify.publickey",
                pem(),
                "mp.jwt.verify.issuer",
                ISSUER,
                "mp.jwt.verify.audiences",
                AUDIENCE);
    }

    @Override
    public void inject(TestInjector injector) {
        injector.injectIntoFields(this, new TestInjector.MatchesType(TokenIssuer.class));
    }

    @Override
    public void stop() {}

    private static KeyPair rsa() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
