package io.heddle.http.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testsupport.Configs;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AllowedHostsTest {

    private static final AllowedHosts TRUSTING = names("127.0.0.1", Map.of());

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "LocalHost:8080",
                "localhost.:8080",
                "dev.localhost:8080",
                "127.0.0.1",
                "127.0.0.1:8080",
                "10.1.2.3:8080",
                "[::1]",
                "[::1]:8080",
                "[fe80::1]:8080"
            })
    void whatNoSiteCanBeNamedIsTaken(String authority) {
        assertThat(TRUSTING.include(authority)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "evil.example:8080",
                "localhost.evil.example",
                "127.0.0.1.evil.example:8080",
                "notlocalhost",
                "127.0.0.1x",
                "1.2.3",
                "2130706433", // some browsers take it for an address, and then send the address
                "localhost:8080:evil.example",
                "localhost@evil.example",
                "[::1].evil.example",
                ""
            })
    void whatMayBeTheNameOfASiteIsNot(String authority) {
        assertThat(TRUSTING.include(authority)).isFalse();
    }

    @Test
    void aNameThatIsGivenIsTaken() {
        AllowedHosts names =
                names("127.0.0.1", Map.of("heddle.security.allowed-hosts", "Heddle.Example,other.example"));

        assertThat(names.include("heddle.example:8443")).isTrue();
        assertThat(names.include("other.example.")).isTrue();
        assertThat(names.include("localhost")).isTrue();
        assertThat(names.include("sub.heddle.example")).isFalse();
    }

    @Test
    void whereThereIsASignInOrANetworkAnyNameWillDoUntilOneIsGiven() {
        String jwt = "heddle.security.mode";

        assertThat(names("127.0.0.1", Map.of(jwt, "jwt")).include("any.example"))
                .isTrue();
        assertThat(names("0.0.0.0", Map.of()).include("any.example")).isTrue();
        assertThat(names("0.0.0.0", Map.of(jwt, "jwt", "heddle.security.allowed-hosts", "heddle.example"))
                        .include("any.example"))
                .isFalse();
    }

    @Test
    void whoNamesNoHostIsNoBrowser() {
        assertThat(TRUSTING.include(null)).isTrue();
    }

    private static AllowedHosts names(String host, Map<String, String> settings) {
        return AllowedHosts.of(Configs.of(SecurityConfig.class, settings), host, true);
    }
}
