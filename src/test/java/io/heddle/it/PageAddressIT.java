package io.heddle.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.options.ColorScheme;
import io.heddle.it.PageRig.Visit;
import io.heddle.testsupport.SimulatedVms;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The address of the page: back and forward, reload, and a link that another browser opens. */
class PageAddressIT {

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
        rig.call("PUT", "/api/v1/groups/class-8", Map.of("vms", List.of("vm-3")));
        for (String group : List.of("class-7b", "class-8")) {
            rig.call("PUT", "/api/v1/groups/" + group + "/shares/tools", PageRig.share("tools"));
        }
        rig.announce("/link/one/Ledger.go", "ann", "5m");
        rig.announce("/link/two/Ledger.go", "bob", "5m");
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
    void backAndForwardGoThroughWhatTheUserChanged() {
        try (Visit visit = rig.visit(1440, 900, ColorScheme.LIGHT).open()) {
            visit.expect(visit.at("#holds-rows .hold")).hasCount(2);
            visit.at("#holds-search").focus();
            visit.page.keyboard().type("two/");
            visit.expect(visit.at("#holds-rows .hold")).hasCount(1);
            visit.at("[data-view=files]").click();
            visit.at("#figure-trouble").click();
            visit.expect(visit.at("#vms-rows .vm")).hasCount(1);
            assertThat(visit.fragment()).isEqualTo("q=two/&order=files&problems=only&panel=vms");

            visit.page.goBack();
            visit.expect(visit.at("#vms-rows .vm")).hasCount(3);
            visit.expect(visit.at("#figure-trouble")).hasAttribute("aria-pressed", "false");
            visit.page.goBack();
            visit.expect(visit.at("[data-view=ends]")).hasAttribute("aria-pressed", "true");
            visit.expect(visit.at("#holds-search")).hasValue("two/");
            visit.page.goBack(); // a word is one step, not one for each letter
            visit.expect(visit.at("#holds-search")).hasValue("");
            visit.expect(visit.at("#holds-rows .hold")).hasCount(2);
            assertThat(visit.fragment()).isEmpty();

            for (int i = 0; i < 3; i++) {
                visit.page.goForward();
            }
            visit.expect(visit.at("#vms-rows .vm")).hasCount(1);
            visit.expect(visit.at("#holds-search")).hasValue("two/");
        }
    }

    @Test
    void aLinkShowsTheSameInAnotherBrowserAndAfterAReload() {
        String address;
        try (Visit visit = rig.visit(1440, 900, ColorScheme.LIGHT).open()) {
            visit.at("#holds-search").fill("ledger one");
            visit.at("[data-view=holders]").click();
            visit.at("#agents-search").fill("bob");
            visit.at("#agents-files").uncheck();
            visit.at("#vms-search").fill("tools");
            visit.at("#vms-group").selectOption("class-7b");
            visit.at("#vms-problems").check();
            showsAll(visit);
            visit.page.reload();
            showsAll(visit);
            address = visit.fragment();
        }
        try (Visit other = rig.visit(360, 740, ColorScheme.DARK).open(address + "&panel=vms")) {
            showsAll(other);
            other.expect(other.vm(FAILING)).isVisible();
        }
    }

    private static void showsAll(Visit visit) {
        visit.says("#connection", "Live");
        visit.expect(visit.at("#holds-search")).hasValue("ledger one");
        visit.expect(visit.at("[data-view=holders]")).hasAttribute("aria-pressed", "true");
        visit.expect(visit.at("#holds-rows .hold")).hasCount(2); // the holder and its file
        visit.expect(visit.at("#agents-search")).hasValue("bob");
        visit.expect(visit.at("#agents-files")).not().isChecked();
        visit.expect(visit.at("#vms-search")).hasValue("tools");
        visit.expect(visit.at("#vms-group")).hasValue("class-7b");
        visit.expect(visit.at("#vms-problems")).isChecked();
        visit.expect(visit.at("#vms-rows .vm")).hasCount(1);
    }

    /** A link of someone else, or of an older page. */
    @Test
    void whatTheAddressDoesNotKnowMeansTheDefault() {
        try (Visit visit = rig.visit(1440, 900, ColorScheme.LIGHT)
                .open("panel=nope&order=%3Cimg%3E&group=gone&open=nothing:%E0%A4%A&x=1")) {
            visit.expect(visit.at("[data-view=ends]")).hasAttribute("aria-pressed", "true");
            visit.expect(visit.at("#main")).hasAttribute("data-panel", "holds");
            visit.expect(visit.at("#vms-rows .vm")).hasCount(3);
        }
    }
}
