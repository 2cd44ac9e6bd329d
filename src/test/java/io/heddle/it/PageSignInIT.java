package io.heddle.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.Cookie;
import io.heddle.it.PageRig.Visit;
import io.heddle.testsupport.TokenIssuer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of a service that requires a sign-in. */
class PageSignInIT {

    @TempDir
    Path directory;

    @Test
    void requiresATokenAndShowsNothingWithoutOne() throws Exception {
        TokenIssuer issuer = new TokenIssuer();
        try (PageRig rig = new PageRig(directory, jwt(issuer));
                Visit visit = rig.visit(1440, 900, ColorScheme.LIGHT).openSignedOut()) {
            visit.says("#connection", "Not signed in");
            visit.expect(visit.at("#sign-in")).isVisible();
            visit.expect(visit.at("#count-holds")).hasText("–");
            visit.isAccessible();
            visit.screenshot("sign-in");

            visit.at("#token").fill("not-a-token");
            visit.press("Tab", "Enter");
            visit.says("#sign-in-error", "not accepted");

            visit.at("#token").fill(issuer.token("operator", "holds:read", "shares:read"));
            visit.press("Tab", "Enter");
            visit.says("#connection", "Live");
            visit.expect(visit.at("#sign-in")).isHidden();
            visit.says("#count-holds", "0");
            Cookie cookie = visit.page.context().cookies().get(0);
            assertThat(cookie.httpOnly).isTrue();
            assertThat(visit.page.evaluate(
                            "document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage)"))
                    .isEqualTo("{}{}");

            visit.page.reload();
            visit.says("#connection", "Live");
            visit.at("#sign-out").click();
            visit.says("#connection", "Not signed in");
        }
    }

    @Test
    void onlyAnAdministratorReleasesByForce() throws Exception {
        TokenIssuer issuer = new TokenIssuer();
        String admin = issuer.token("root", "admin");
        try (PageRig rig = new PageRig(directory, jwt(issuer));
                Visit visit = rig.visit(1440, 900, ColorScheme.LIGHT).openSignedOut()) {
            rig.call(admin, "PUT", "/api/v1/holds?path=/locked/a.java", Map.of("agent_id", "agent-7", "ttl", "5m"));
            Locator button = visit.at("#agents-rows [data-key='session:agent-7'] button");

            visit.at("#token").fill(issuer.token("reader", "holds:read", "holds:write", "shares:read"));
            visit.press("Tab", "Enter");
            visit.expect(visit.at("#agents-rows [data-key='session:agent-7']")).isVisible();
            visit.expect(button).isHidden();
            assertThat(visit.page.evaluate("fetch('api/v1/holds?path=/locked/a.java&force=true&reason=mine',"
                            + " { method: 'DELETE' }).then((response) => response.status)"))
                    .isEqualTo(403);
            visit.isAccessible();

            visit.at("#sign-out").click();
            visit.says("#connection", "Not signed in");
            visit.at("#token").fill(admin);
            visit.press("Tab", "Enter");
            button.click();
            visit.at("#release-reason").fill("it crashed");
            visit.press("Enter");
            visit.expect(visit.at("#agents-rows [data-key='session:agent-7']")).hasCount(0);
            visit.says("#events-rows", "agent-7 by administrator (it crashed)");
        }
    }

    private Map<String, String> jwt(TokenIssuer issuer) throws IOException {
        Path key = Files.writeString(directory.resolve("issuer.pem"), issuer.pem());
        return Map.of(
                "heddle.security.mode",
                "jwt",
                "mp.jwt.verify.publickey.location",
                key.toString(),
                "mp.jwt.verify.issuer",
                TokenIssuer.ISSUER,
                "mp.jwt.verify.audiences",
                TokenIssuer.AUDIENCE);
    }
}
