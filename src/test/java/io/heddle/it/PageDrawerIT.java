package io.heddle.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.ColorScheme;
import io.heddle.it.PageRig.Visit;
import io.heddle.testsupport.SimulatedVms;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The drawer of the page: everything known of a hold, a holder, a VM and a group. */
class PageDrawerIT {

    private static final String FAILING = "vm-2";

    @TempDir
    static Path directory;

    private static PageRig rig;
    private static SimulatedVms vms;

    @BeforeAll
    static void begin() throws Exception {
        rig = new PageRig(directory);
        vms = new SimulatedVms(rig.broker.url(), "vm-", Set.of(FAILING));
        rig.call("PUT", "/api/v1/groups/class-7b", Map.of("vms", List.of("vm-1", FAILING)));
        rig.call("PUT", "/api/v1/groups/class-7b/shares/tools", PageRig.share("tools"));
    }

    @AfterAll
    static void end() throws Exception {
        if (vms != null) {
            vms.close();
        }
        if (rig != null) {
            rig.close();
        }
    }

    @Test
    void enterOpensAHoldAndEscapeReturnsTheFocus() {
        rig.announce("/drawer/a b.go", "dana", "5m");
        rig.announce("/drawer/c.go", "dana", "5m");
        try (Visit visit = rig.visit(1440, 900, ColorScheme.LIGHT).open("q=/drawer/")) {
            Locator row = visit.hold("/drawer/a b.go");
            row.focus();
            visit.press("Enter");
            visit.expect(visit.at("#drawer-title")).isFocused();
            visit.expect(visit.at("#drawer-title")).hasText("/drawer/a b.go");
            visit.expect(row).hasAttribute("aria-selected", "true");
            visit.expect(fact(visit, "Held by")).hasText("dana");
            visit.expect(fact(visit, "Checkout path")).hasText("/home/dana/checkout");
            visit.expect(fact(visit, "Left")).hasText(Pattern.compile("4 m \\d\\d s|5 m 00 s"));
            visit.expect(visit.at("#drawer-command")).hasText("heddle holds ls --prefix '/drawer/a b.go'");
            assertThat(visit.fragment()).contains("open=hold:/drawer/a+b.go");
            visit.isAccessible();

            // To its holder, that one's other hold, and back by the history.
            visit.at("#drawer a:text-is('dana')").click();
            visit.expect(visit.at("#drawer-title")).hasText("dana");
            visit.expect(visit.at("#drawer section:has(h3 span:text-is('Holds')) li"))
                    .hasCount(2);
            visit.at("#drawer a:text-is('/drawer/c.go')").click();
            visit.expect(visit.at("#drawer-title")).hasText("/drawer/c.go");
            visit.page.goBack();
            visit.expect(visit.at("#drawer-title")).hasText("dana");
            visit.page.goBack();
            visit.expect(visit.at("#drawer-title")).hasText("/drawer/a b.go");

            visit.press("Escape");
            visit.expect(visit.at("#drawer")).isHidden();
            visit.expect(row).isFocused();
            visit.expect(row).hasAttribute("aria-selected", "false");
        }
    }

    @Test
    void whatEndedStaysWithANote() {
        rig.announce("/ended/a.go", "bob", "5m");
        try (Visit visit = rig.visit(1440, 900, ColorScheme.LIGHT).open("open=hold:/ended/a.go")) {
            visit.expect(fact(visit, "Held by")).hasText("bob");
            rig.release("/ended/a.go", "bob");
            visit.says("#drawer-gone", "does not exist any more");
            visit.expect(fact(visit, "Held by")).hasText("bob");
            visit.at("#drawer-close").click();
            visit.expect(visit.at("#drawer")).isHidden();
        }
        try (Visit visit = rig.visit(1440, 900, ColorScheme.LIGHT).open("open=hold:/ended/a.go")) {
            visit.says("#drawer-gone", "Not found here");
            rig.announce("/ended/a.go", "cid", "5m");
            visit.expect(fact(visit, "Held by")).hasText("cid");
            visit.expect(fact(visit, "Held since")).isVisible();
        }
    }

    @Test
    void aVmShowsItsSharesWithTheirErrorsAndItsGroup() {
        try (Visit visit = rig.visit(1440, 900, ColorScheme.LIGHT).open()) {
            visit.vm(FAILING).locator(".cell").first().focus();
            visit.press("Enter");
            visit.expect(visit.at("#drawer-title")).hasText(FAILING);
            visit.expect(fact(visit, "Version")).hasText("simulated");
            Locator share = visit.at("#drawer section:has(h3:has-text('tools'))");
            visit.expect(share.locator(".state")).hasText("retrying");
            visit.expect(share.locator(".problem")).hasText("no such volume");
            visit.expect(share).containsText("Attempts");
            visit.expect(share).containsText("/run/weft/shares/tools");
            visit.expect(visit.at("#drawer-command")).hasText("heddle share status vm-2");

            visit.at("#drawer a:text-is('class-7b')").click();
            visit.expect(visit.at("#drawer-kind")).hasText("Group");
            visit.says("#drawer", "1 retrying, 1 mounted");
            visit.expect(visit.at("#drawer .links li").first()).containsText(FAILING);
            visit.press("Escape");
            visit.expect(visit.vm(FAILING).locator(".cell").first()).isFocused();
        }
    }

    @Test
    void copiesTheCommandAsTheShellNeedsIt() {
        rig.announce("/copy/it's $HOME.go", "ann", "5m");
        try (Visit visit = rig.visit(1440, 900, ColorScheme.LIGHT)) {
            visit.page.context().grantPermissions(List.of("clipboard-read", "clipboard-write"));
            visit.open("q=/copy/");
            visit.at("#holds-rows .hold").click();
            visit.at("#drawer-copy").click();
            visit.says("#drawer-copied", "Copied");
            assertThat(visit.page.evaluate("navigator.clipboard.readText()"))
                    .isEqualTo("heddle holds ls --prefix '/copy/it'\\''s $HOME.go'");
        }
    }

    @ParameterizedTest
    @CsvSource({"360,740,LIGHT", "360,740,DARK", "1024,768,LIGHT", "1024,768,DARK", "1440,900,LIGHT", "1440,900,DARK"})
    void fitsEveryScreen(int width, int height, ColorScheme colours) {
        String longPath = "/drawer/a-directory-with-quite-a-long-name/and-another-one/AnExtraordinarilyLongName.java";
        rig.announce(longPath, "claude-code/3c1e6c1a-77bc-4d1c-9d7e-1f0a5b0f9a11", "5m");
        String name = "drawer-%s-" + width + "-" + colours.name().toLowerCase(Locale.ROOT);
        try (Visit visit = rig.visit(width, height, colours).open("open=hold:" + longPath)) {
            fits(visit, "AnExtraordinarilyLongName.java", name.formatted("hold"));
            visit.page.navigate(rig.service.url() + "/#panel=vms&open=vm:" + FAILING);
            fits(visit, FAILING, name.formatted("vm"));
            visit.page.navigate(rig.service.url() + "/#panel=vms&open=group:class-7b");
            fits(visit, "class-7b", name.formatted("group"));
        }
    }

    private static void fits(Visit visit, String title, String name) {
        visit.says("#drawer-title", title);
        visit.expect(visit.at("#drawer-sections section").first()).isVisible();
        await().atMost(PageRig.SOON)
                .until(() -> (Boolean) visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth"));
        visit.isAccessible();
        visit.screenshot(name);
    }

    private static Locator fact(Visit visit, String name) {
        return visit.at("#drawer dt:text-is('" + name + "') + dd");
    }
}
