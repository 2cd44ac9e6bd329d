package io.heddle.http.security;

import io.heddle.http.security.SecurityConfig.Mode;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.vertx.http.security.HttpSecurity;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/** Requires a valid token at {@code /mcp} with mode {@code jwt}: its clients expect 401, and its tools then check the roles. */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
@IfBuildProperty(name = "heddle.coding.enabled", stringValue = "true")
final class ToolsSignIn {

    private final Mode mode;

    ToolsSignIn(SecurityConfig config) {
        this.mode = config.mode();
    }

    void require(@Observes HttpSecurity security) {
        if (mode == Mode.JWT) {
            HttpSecurity unused = security.path("/mcp", "/mcp/*").authenticated();
        }
    }
}
