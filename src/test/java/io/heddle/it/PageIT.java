package io.heddle.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.ColorScheme;
import io.heddle.hold.FilePath;
import io.heddle.hold.HoldKey;
import io.heddle.it.PageRig.Visit;
import io.heddle.testsupport.SimulatedVms;
import io.nats.client.Connection;
import io.nats.client.Nats;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The operator's page in a real browser, against the packaged service and a real broker: as a user sees it. */
class PageIT {

    private static final int WIDE = 1440;
    private static final int HIGH = 900;
    private static final String FAILING = "vm-07";
    private static final Pattern ABOUT_TWO_MINUTES = Pattern.compile("1 m [345]\\d s|2 m 00 s");

    @TempDir
    static Path directory;

    private static PageRig rig;
    private static SimulatedVms vms;

    @BeforeAll
    static void begin() throws Exception {
        rig = new PageRig(directory);
        vms = new SimulatedVms(rig.broker.url(), "vm-", Set.of(FAILING));
        List<String> ids =
                IntStream.rangeClosed(1, 12).mapToObj("vm-%02d"::formatted).toList();
        rig.call("PUT", "/api/v1/groups/class-7b", Map.of("vms", ids));
        for (String share : List.of("course-2026", "team-data", "tools")) {
            rig.call("PUT", "/api/v1/groups/class-7b/shares/" + share, PageRig.share(share));
        }
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
    void aHoldAppearsAndDisappears() {
        try (Visit visit = rig.visit(WIDE, HIGH, ColorScheme.LIGHT).open()) {
            rig.announce("/live/src/App.java", "agent-7", "2m");

            visit.expect(visit.hold("/live/src/App.java")).containsText("agent-7");
            visit.expect(visit.hold("/live/src/App.java").locator(".left")).hasText(ABOUT_TWO_MINUTES);
            visit.says("#events-rows", "/live/src/App.java");

            rig.release("/live/src/App.java", "agent-7");
            visit.expect(visit.hold("/live/src/App.java")).hasCount(0);
            visit.says("#events-rows", "released");
        }
    }

    @Test
    void searchFindsByFileAndByHolder() {
        rig.announce("/search/one/Ledger.go", "finder-1", "3m");
        rig.announce("/search/two/Ledger.go", "finder-2", "3m");
        try (Visit visit = rig.visit(WIDE, HIGH, ColorScheme.LIGHT).open()) {
            visit.at("#holds-search").fill("LEDGER two");
            visit.expect(visit.at("#holds-rows .hold")).hasCount(1);
            visit.expect(visit.hold("/search/two/Ledger.go")).isVisible();

            visit.at("#holds-search").fill("finder-1");
            visit.expect(visit.hold("/search/one/Ledger.go")).isVisible();
            visit.expect(visit.at("#holds-rows .hold")).hasCount(1);

            visit.at("#holds-search").fill("no-such-hold");
            visit.says("#holds-empty", "No hold matches the search");
        }
    }

    @Test
    void textOfAHostileHolderIsNotInterpreted() {
        String path = "/rogue/<img src=x onerror=alert(1)>/\u202Egnp.exe";
        rig.announce(path, "<b>agent</b>", "3m");
        try (Visit visit = rig.visit(WIDE, HIGH, ColorScheme.LIGHT).open()) {
            visit.at("#holds-search").fill("rogue");

            visit.expect(visit.at("#holds-rows .hold")).hasCount(1);
            visit.says("#holds-rows", "<b>agent</b>");
            visit.says("#holds-rows .name", "⟨U+202E⟩gnp.exe");
            visit.expect(visit.at("#holds-rows img, #holds-rows b")).hasCount(0);
        }
    }

    /** A Go agent whose clock is an hour ahead, and a browser whose clock is an hour behind. */
    @Test
    void remainingTimeIsTheBrokersWhateverTheOtherClocksSay() throws Exception {
        Instant wrong = Instant.now().plus(Duration.ofHours(1));
        String value = """
                {"agent_id":"go-agent","claimed_at":"%s","expires_at":"%s","checkout_path":"","ttl":120000000000}""".formatted(wrong, wrong.plusSeconds(120));
        try (Connection connection = Nats.connect(rig.broker.url());
                Visit visit = rig.visit(WIDE, HIGH, ColorScheme.LIGHT)) {
            visit.page.addInitScript("const steady = performance.timeOrigin - 3600000;"
                    + "Object.defineProperty(performance, 'timeOrigin', { value: steady });");
            visit.open();
            connection
                    .keyValue("bones-holds")
                    .put(HoldKey.of(FilePath.of("/skewed/a.go")).toString(), value.getBytes(StandardCharsets.UTF_8));

            visit.expect(visit.hold("/skewed/a.go").locator(".left")).hasText(ABOUT_TWO_MINUTES);
        }
    }

    @Test
    void theVmWithAProblemComesFirstWithItsError() {
        try (Visit visit = rig.visit(WIDE, HIGH, ColorScheme.LIGHT).open()) {
            visit.says("#figure-trouble", "1");
            visit.says("#vms-rows .vm >> nth=0", FAILING);
            visit.expect(visit.vm(FAILING)).containsText("no such volume");
            visit.expect(visit.vm("vm-03").locator(".cell").first()).hasAttribute("aria-label", "course-2026: mounted");

            visit.vm(FAILING).locator(".cell").nth(1).hover();
            visit.says("#tip", "team-data on vm-07: retrying");
            visit.says("#tip", "no such volume");

            visit.at("#figure-trouble").click();
            visit.expect(visit.at("#vms-rows .vm")).hasCount(1);
            visit.at("#figure-trouble").click();
            visit.at("#vms-group").selectOption("class-7b");
            visit.expect(visit.at("#vms-rows .vm")).not().hasCount(1);
        }
    }

    /** A share stays failed while its next attempt runs. */
    @Test
    void aShareThatFailsStaysInTroubleDuringItsNextAttempt() {
        try (Visit visit = rig.visit(WIDE, HIGH, ColorScheme.LIGHT)) {
            editVmEvents(
                    visit,
                    "/\"state\":\"RETRYING\"/g",
                    "'\"state\":\"MOUNTING\",\"failing_since\":\"2026-01-02T03:04:05Z\"'");
            visit.open();

            visit.says("#figure-trouble", "1");
            visit.says("#vms-rows .vm >> nth=0", FAILING);
            visit.expect(visit.vm(FAILING)).containsText("failing since");
            visit.expect(visit.vm(FAILING)).containsText("1 attempt: no such volume");
            visit.expect(visit.vm(FAILING).locator(".cell").nth(1)).hasAttribute("aria-label", "team-data: retrying");
            visit.vm(FAILING).locator(".cell").nth(1).hover();
            visit.says("#tip", "Failing since");
            visit.says("#tip", "no such volume");
            visit.screenshot("failing-since");
        }
    }

    @Test
    void aShareThatAVmDoesNotHaveIsAnEmptyCell() {
        try (Visit visit = rig.visit(WIDE, HIGH, ColorScheme.LIGHT)) {
            editVmEvents(
                    visit, "/\"vm\":\"vm-03\".*/g", "(event) => event.replaceAll('\"tools\"', '\"tools-of-vm-03\"')");
            visit.open();
            visit.expect(visit.at("#vms-rows [aria-label='tools-of-vm-03: mounted']"))
                    .hasCount(1);
            Locator without = visit.at("#vms-rows [aria-label='tools-of-vm-03: not on this VM']");

            visit.expect(without.first()).hasAttribute("data-tone", "absent");
            visit.expect(without.first().locator(".glyph")).isHidden();
            visit.expect(without.first()).hasText("");
            visit.expect(visit.at("#theme .glyph")).isVisible();
            visit.screenshot("empty-cells");
        }
    }

    /** Edits the events of VMs on their way to the page: a status that the simulated node agents of the other tests do not report. */
    private static void editVmEvents(Visit visit, String pattern, String replacement) {
        visit.page.addInitScript("""
                const original = window.fetch;
                window.fetch = async (url, options) => {
                  const response = await original(url, options);
                  if (!response.ok || !String(url).endsWith("vms/events")) {
                    return response;
                  }
                  const edit = new TransformStream({
                    transform: (text, controller) => controller.enqueue(text.replace(%s, %s)),
                  });
                  const body = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(edit);
                  return new Response(body.pipeThrough(new TextEncoderStream()), response);
                };""".formatted(pattern, replacement));
    }

    @Test
    void everythingCanBeReachedByKeyboard() {
        rig.announce("/keys/a/One.java", "typist", "4m");
        rig.announce("/keys/a/Two.java", "typist", "4m");
        try (Visit visit = rig.visit(WIDE, HIGH, ColorScheme.LIGHT).open()) {
            visit.press("/");
            visit.expect(visit.at("#holds-search")).isFocused();
            visit.page.keyboard().type("/keys/");
            visit.press("Shift+Tab", "Shift+Tab", "Enter"); // the view by files
            visit.expect(visit.at("[data-view=files]")).hasAttribute("aria-pressed", "true");
            visit.expect(visit.at("#holds-rows .hold")).hasCount(3);
            visit.press("Tab", "Tab", "Tab", "Home");
            visit.expect(visit.hold("/keys/a/")).isFocused();
            visit.press("ArrowDown", "ArrowDown");
            visit.expect(visit.hold("/keys/a/Two.java")).isFocused();
            visit.says("#tip", "/home/typist/checkout");
            visit.press("Escape");
            visit.expect(visit.at("#tip")).isHidden();

            // A row that disappears passes the focus to the next one.
            rig.release("/keys/a/Two.java", "typist");
            visit.expect(visit.hold("/keys/a/One.java")).isFocused();
            visit.press("ArrowLeft", "ArrowLeft");
            visit.expect(visit.hold("/keys/a/")).hasAttribute("aria-expanded", "false");

            // The agents: the files, the search, and the grid. The VMs: the two lists, problems only, the group, the
            // search, and the grid.
            visit.press("Tab", "Tab");
            visit.expect(visit.at("#agents-search")).isFocused();
            visit.press("Tab", "Tab", "Tab", "Tab", "Space", "Tab", "Tab", "Tab");
            visit.expect(visit.vm(FAILING).locator(".vm-head")).isFocused();
            visit.press("ArrowRight", "ArrowRight");
            visit.expect(visit.vm(FAILING).locator(".cell").nth(1)).isFocused();
            visit.expect(visit.vm(FAILING).locator(".cell").nth(1)).hasAttribute("aria-describedby", "tip");
            visit.says("#tip", "no such volume");
            visit.press("Tab", "Tab", "Enter");
            visit.says("#events-shown", "paused");
        }
    }

    @Test
    void requestsTheBrokerOnlyWhileTheCardIsOpen() {
        rig.announce("/broker/kept.java", "keeper", "4m");
        List<String> asked = new CopyOnWriteArrayList<>();
        try (Visit visit = rig.visit(WIDE, HIGH, ColorScheme.LIGHT)) {
            visit.page.onRequest(request -> {
                if (request.url().endsWith("/api/v1/broker")) {
                    asked.add(request.url());
                }
            });
            visit.open();
            assertThat(asked).isEmpty();

            visit.at("#broker-tool").focus();
            visit.press("Enter");
            visit.says("#broker-body", "connected since");
            visit.says("#broker-body", rig.broker.url());
            visit.expect(visit.brokerLine("Connection", "Compare-and-set")).hasText("safe");
            visit.expect(visit.brokerLine("Shares", "Stream")).hasText("weft-mounts");
            visit.expect(visit.brokerLine("Shares", "Messages")).hasText("36"); // three shares for twelve VMs
            visit.expect(visit.brokerLine("Holds", "Bucket")).hasText("bones-holds");
            visit.expect(visit.brokerLine("Holds", "Retention")).hasText("the latest message of each subject, for 5m");
            visit.expect(visit.brokerLine("Groups", "Entries")).hasText("1");
            visit.isAccessible();
            visit.screenshot("broker");

            rig.call("PUT", "/api/v1/groups/class-8", Map.of("vms", List.of()));
            visit.expect(visit.brokerLine("Groups", "Entries")).hasText("2");
            visit.press("Escape");
            visit.expect(visit.at("#broker")).isHidden();
            visit.expect(visit.at("#broker-tool")).isFocused();
        } finally {
            rig.call("DELETE", "/api/v1/groups/class-8", null);
        }
    }

    @Test
    void showsThatItIsNotConnectedAndReconnects() {
        rig.announce("/restart/before.java", "stayer", "4m");
        try (Visit visit = rig.visit(WIDE, HIGH, ColorScheme.DARK).open()) {
            visit.expect(visit.hold("/restart/before.java")).isVisible();
            visit.expectLostLine();

            rig.service.stop();
            visit.says("#connection", "Not connected since");
            visit.isAccessible();
            visit.screenshot("not-connected");

            rig.service.start();
            rig.awaitReady();
            visit.says("#connection", "Live");
            rig.announce("/restart/after.java", "stayer", "4m");
            visit.expect(visit.hold("/restart/after.java")).isVisible();
            visit.expect(visit.hold("/restart/before.java")).isVisible();
        }
    }

    @Test
    void showsThatTheServiceHasLostItsBroker() {
        try (Visit visit = rig.visit(WIDE, HIGH, ColorScheme.LIGHT).open()) {
            visit.expectLostLine();
            rig.broker.stop();
            visit.says("#connection", "not ready");

            rig.broker.start();
            rig.awaitReady();
            visit.says("#connection", "Live");
            visit.expect(visit.at("#connection")).hasText(Pattern.compile("\\s*Live\\s*"));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ColorScheme.class,
            names = {"LIGHT", "DARK"})
    void axeFindsNothing(ColorScheme colours) {
        rig.announce("/axe/src/Main.java", "reader", "4m");
        String theme = colours.name().toLowerCase(Locale.ROOT);
        try (Visit visit = rig.visit(WIDE, HIGH, colours).open()) {
            visit.expect(visit.hold("/axe/src/Main.java")).isVisible();
            visit.expect(visit.vm(FAILING)).isVisible();
            visit.isAccessible();
            visit.screenshot("ends-first-" + theme);

            visit.at("[data-view=files]").click();
            visit.vm(FAILING).locator(".cell").nth(1).hover();
            visit.says("#tip", "no such volume");
            visit.isAccessible();
            visit.screenshot("files-" + theme);
        }
        assertThat(background(colours))
                .isEqualTo(colours == ColorScheme.DARK ? "rgb(18, 18, 17)" : "rgb(244, 243, 239)");
    }

    @ParameterizedTest
    @EnumSource(
            value = ColorScheme.class,
            names = {"LIGHT", "DARK"})
    void fitsAPhone(ColorScheme colours) {
        rig.announce(
                "/phone/a-directory-with-quite-a-long-name/and-another-one/AnExtraordinarilyLongName.java", "p", "4m");
        String theme = colours.name().toLowerCase(Locale.ROOT);
        try (Visit visit = rig.visit(360, 740, colours).open()) {
            for (String panel : List.of("holds", "agents", "vms", "events")) {
                visit.at(".tabs [data-panel=" + panel + "]").click();
                visit.expect(visit.at("#" + panel)).isVisible();
                await().atMost(PageRig.SOON).until(() ->
                        (Boolean) visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth"));
                if (colours == ColorScheme.LIGHT) {
                    visit.isAccessible();
                }
                visit.screenshot("phone-" + panel + "-" + theme);
            }
        }
    }

    private static Object background(ColorScheme colours) {
        try (Visit visit = rig.visit(WIDE, HIGH, colours).open()) {
            return visit.page.evaluate("getComputedStyle(document.body).backgroundColor");
        }
    }
}
