package io.heddle.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.ColorScheme;
import io.heddle.it.PageRig.Visit;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The page's view of agents: sessions of the packaged service, and release by force. */
class PageAgentsIT {

    @TempDir
    static Path directory;

    private static PageRig rig;

    /** Of this test's own: the tests share a service. */
    private final String project = "shop-" + UUID.randomUUID().toString().substring(0, 8);

    private final String one = "claude-code/" + UUID.randomUUID();
    private final String two = "codex/" + UUID.randomUUID();

    @BeforeAll
    static void begin() {
        rig = new PageRig(directory);
    }

    @AfterAll
    static void end() {
        if (rig != null) {
            rig.close();
        }
    }

    @Test
    void aSessionAppearsWithAllThatIsKnown() {
        try (Visit visit = rig.visit(1440, 900, ColorScheme.LIGHT).open()) {
            visit.at("#agents-search").fill(project);
            hold(one, Map.of("reason", "integer cents"), "src/a.ts", "src/b.ts");

            Locator session = session(visit, one);
            visit.expect(session.locator(".agent-tool")).hasText("claude-code");
            visit.expect(session.locator(".name")).hasText(one.substring(one.indexOf('/') + 1));
            visit.expect(session).containsText("ann@mac-1 · " + project + " · 2 files");
            visit.expect(session.locator(".when")).hasText(Pattern.compile("\\d+ s ago"));
            visit.expect(file(visit, one, "src/a.ts")).containsText("integer cents");
            visit.expect(file(visit, one, "src/b.ts")).isVisible();
            session.focus();
            visit.says("#tip", "/home/ann/shop");

            rig.call("POST", "/api/v1/sessions/release", Map.of("session", one, "end", true));
            visit.expect(session).hasCount(0);
            visit.expect(file(visit, one, "src/a.ts")).hasCount(0);
        }
    }

    @Test
    void aDirectoryAndSharedHoldsAreNamedInBothLists() {
        hold(one, Map.of("shared", true, "reason", "reads the handbook"), "docs/");
        hold(two, Map.of("shared", true), "docs/");
        try (Visit visit = rig.visit(1440, 900, ColorScheme.LIGHT).open()) {
            visit.at("#agents-search").fill(project);
            visit.expect(file(visit, one, "docs/")).containsText("directory, shared");
            visit.expect(file(visit, one, "docs/")).containsText("reads the handbook");
            visit.expect(file(visit, two, "docs/")).containsText("directory, shared");

            visit.at("#holds-search").fill(project);
            visit.expect(visit.at("#holds-rows .hold")).hasCount(2);
            visit.says("#holds-rows", "reads the handbook");
            visit.at("[data-view=files]").click();
            visit.says("#holds-rows", "(the directory)");

            rig.call("POST", "/api/v1/sessions/release", Map.of("session", one));
            visit.expect(file(visit, one, "docs/")).hasCount(0);
            visit.expect(file(visit, two, "docs/")).isVisible();
        }
    }

    @Test
    void aHolderThatOnlyTheBucketKnowsAppearsWithItsCheckout() {
        rig.announce("/" + project + "/a.go", "agent-" + project, "3m");
        try (Visit visit = rig.visit(1440, 900, ColorScheme.LIGHT).open()) {
            visit.says("#agents-shown", "other holder");
            visit.at("#agents-search").fill(project);
            Locator holder = session(visit, "agent-" + project);
            visit.expect(holder).containsText("/home/agent-" + project + "/checkout · 1 file");
            visit.expect(holder.locator(".when")).isEmpty();
            holder.focus();
            visit.says("#tip", "known from the bucket");

            // Its files can be hidden, and those of all.
            visit.press("ArrowLeft");
            visit.expect(holder).hasAttribute("aria-expanded", "false");
            visit.press("ArrowRight");
            visit.expect(holder).hasAttribute("aria-expanded", "true");
            visit.at("#agents-files").uncheck();
            visit.expect(visit.at("#agents-rows .file-of")).hasCount(0);

            visit.at("#agents-search").fill("no-such-agent");
            visit.says("#agents-empty", "No agent matches");
        }
    }

    /** The holder crashed, the other one waits, and an administrator decides: with the keyboard only. */
    @Test
    void whatASessionWaitsForIsShownAndReleasedByForceWithTheKeyboard() throws Exception {
        hold(one, Map.of(), "src/total.ts", "src/other.ts");
        CompletableFuture<JsonNode> waiting =
                CompletableFuture.supplyAsync(() -> hold(two, Map.of("wait", "2m"), "src/total.ts"));
        try (Visit visit = rig.visit(1440, 900, ColorScheme.LIGHT).open()) {
            visit.says("#agents-shown", "1 waiting");
            visit.at("#agents-search").fill(project);
            visit.expect(session(visit, two).locator(".agent-waits"))
                    .containsText("waits for /" + project + "/src/total.ts, held by " + one);
            visit.expect(visit.at("#agents-rows .agent").first()).hasAttribute("data-key", "session:" + two);
            visit.screenshot("agents-waiting");

            visit.press("Tab", "End"); // the grid's last row
            visit.expect(file(visit, one, "src/total.ts")).isFocused();
            visit.press("ArrowRight");
            Locator button = file(visit, one, "src/total.ts").locator("button");
            visit.expect(button).isFocused();

            visit.press("Enter");
            visit.expect(visit.at("#release-reason")).isFocused();
            visit.says("#release-paths", "/" + project + "/src/total.ts");
            visit.says("#release-consequences", one + " loses this hold at once");
            visit.says("#release-consequences", two + " waits for it, and can take it next");
            visit.isAccessible();
            visit.press("Enter"); // a reason is required
            visit.expect(visit.at("#release")).isVisible();

            visit.press("Escape");
            visit.expect(visit.at("#release")).isHidden();
            visit.expect(button).isFocused();
            visit.press("Enter", "Tab", "Enter"); // Cancel
            visit.expect(visit.at("#release")).isHidden();
            visit.expect(button).isFocused();
            assertThat(waiting).isNotDone();

            visit.press("Enter");
            visit.page.keyboard().type("its host crashed");
            visit.press("Enter");
            visit.expect(visit.at("#release")).isHidden();
            visit.expect(file(visit, one, "src/total.ts")).hasCount(0);
            visit.expect(file(visit, two, "src/total.ts")).isVisible();
            visit.expect(session(visit, two).locator(".agent-waits")).isHidden();
            visit.expect(visit.at("#agents-rows [tabindex='0']:focus")).hasCount(1);
            visit.says("#events-rows", one + " by administrator (its host crashed)");
            visit.says("#release-done", "Released 1 hold of " + one);
        }
        assertThat(waiting.get(1, TimeUnit.MINUTES).path("held").findValuesAsText("path"))
                .containsExactly("/" + project + "/src/total.ts");
        assertThat(rig.call("GET", "/api/v1/sessions/holds?session=" + one, null)
                        .path("lost")
                        .findValuesAsText("why"))
                .containsExactly("it was released by force by administrator (its host crashed)");
    }

    @Test
    void everythingOfASessionIsReleased() {
        hold(one, Map.of(), "a", "b", "c", "d", "e", "f", "g");
        try (Visit visit = rig.visit(1440, 900, ColorScheme.LIGHT).open()) {
            visit.at("#agents-search").fill(one);
            session(visit, one).locator("button").click();
            visit.says("#release-title", "Release 7 holds by force?");
            visit.says("#release-paths", "and 2 more");
            visit.at("#release-reason").fill("the project is moved");
            visit.at("#release-submit").click();

            visit.expect(visit.at("#release")).isHidden();
            visit.expect(visit.at("#agents-rows .file-of")).hasCount(0);
            visit.expect(session(visit, one)).isFocused(); // still in contact, with nothing to release
            visit.expect(session(visit, one).locator("button")).isHidden();
        }
        assertThat(rig.call("GET", "/api/v1/sessions/holds?session=" + one, null)
                        .path("held"))
                .isEmpty();
    }

    @Test
    void isRequestedOnlyWhileItIsVisible() {
        List<String> asked = new CopyOnWriteArrayList<>();
        try (Visit visit = rig.visit(768, 1024, ColorScheme.LIGHT)) {
            visit.page.onRequest(request -> {
                if (request.url().contains("/api/v1/sessions")) {
                    asked.add(request.url());
                }
            });
            visit.open();
            visit.at("#holds-search").fill(project); // only the rows in view are in the document
            hold(one, Map.of(), "src/a.ts");
            visit.expect(visit.hold("/" + project + "/src/a.ts")).isVisible();
            assertThat(asked).isEmpty();

            visit.at(".tabs [data-panel=agents]").click();
            visit.at("#agents-search").fill(project);
            visit.expect(session(visit, one)).containsText("ann@mac-1");
            int now = asked.size();
            await().atMost(PageRig.SOON).until(() -> visit.page.evaluate("1") != null && asked.size() >= now + 2);

            visit.at(".tabs [data-panel=events]").click();
            int last = asked.size();
            hold(one, Map.of(), "src/b.ts");
            visit.at(".tabs [data-panel=holds]").click();
            visit.expect(visit.hold("/" + project + "/src/b.ts")).isVisible();
            assertThat(asked).hasSize(last);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "360,740,LIGHT",
        "360,740,DARK",
        "768,1024,LIGHT",
        "1024,768,DARK",
        "1440,900,LIGHT",
        "1440,900,DARK",
        "2560,1300,LIGHT",
        "2560,1300,DARK"
    })
    void fitsEveryScreen(int width, int height, ColorScheme colours) {
        hold(
                one,
                Map.of("reason", "a reason with so many words that it has to be shortened on a narrow screen"),
                "a-directory-with-quite-a-long-name/and-another-one/AnExtraordinarilyLongName.ts",
                "src/");
        hold(two, Map.of(), "b.ts");
        String name = "agents-" + width + "-" + colours.name().toLowerCase(Locale.ROOT);
        try (Visit visit = rig.visit(width, height, colours).open()) {
            if (width < 1000) {
                visit.at(".tabs [data-panel=agents]").click();
            }
            visit.at("#agents-search").fill(project);
            visit.expect(session(visit, one)).containsText("ann@mac-1");
            fits(visit, name);

            session(visit, one).locator("button").click();
            visit.expect(visit.at("#release")).isVisible();
            fits(visit, name + "-release");
        }
    }

    private static void fits(Visit visit, String name) {
        await().atMost(PageRig.SOON)
                .until(() -> (Boolean) visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth"));
        visit.isAccessible();
        visit.screenshot(name);
    }

    private JsonNode hold(String session, Map<String, Object> more, String... paths) {
        Map<String, Object> body = new HashMap<>(more);
        body.putAll(Map.of(
                "session",
                session,
                "project",
                project,
                "paths",
                paths,
                "user",
                "ann",
                "host",
                "mac-1",
                "checkout_path",
                "/home/ann/shop"));
        return rig.call("POST", "/api/v1/sessions/hold", body);
    }

    private static Locator session(Visit visit, String name) {
        return visit.at("#agents-rows [data-key='session:" + name + "']");
    }

    private Locator file(Visit visit, String session, String path) {
        return visit.at("#agents-rows [data-key^='hold:%s'][data-key*='/%s/%s']".formatted(session, project, path));
    }
}
