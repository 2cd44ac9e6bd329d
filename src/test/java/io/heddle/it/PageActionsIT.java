package io.heddle.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.ColorScheme;
import io.heddle.it.PageRig.Visit;
import io.heddle.testsupport.SimulatedVms;
import io.heddle.testsupport.TokenIssuer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the page changes: shares of VMs and groups, members, with the roles of the caller. */
class PageActionsIT {

    private static final String SECRET = "s3cret-of-the-volume";

    @TempDir
    static Path directory;

    private static PageRig rig;
    private static SimulatedVms vms;

    @BeforeAll
    static void begin() throws Exception {
        rig = new PageRig(directory);
        vms = new SimulatedVms(rig.broker.url(), "vm-", Set.of());
        group("class-7b", "vm-1", "vm-2");
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
    void aGroupIsCreatedGetsAShareLosesItAndIsDeleted() {
        try (Visit visit = rig.visit(1440, 900, ColorScheme.LIGHT).open()) {
            visit.at("[data-list=groups]").click();
            visit.expect(visit.at("#groups-rows [data-key=class-7b]")).containsText("2");
            visit.at("#groups-new").click();
            visit.at("[name=name]").fill("class-9");
            visit.at("[name=vms]").fill("vm-10 vm-11\nvm-12");
            visit.says("#act-consequences", "3 VMs get the shares");
            visit.at("#act-submit").click();
            visit.says("#act-status", "stored");
            visit.press("Enter"); // Close
            visit.expect(visit.at("#act")).isHidden();
            visit.expect(visit.at("#groups-new")).isFocused();

            visit.at("#groups-rows [data-key=class-9]").focus();
            visit.press("Enter");
            visit.expect(visit.at("#drawer-title")).hasText("class-9");
            button(visit, "Give a share…").click();
            visit.at("[name=id]").fill("tools");
            visit.says("#act-consequences", "tools is published to 3 VMs, and to those that join later");
            visit.at("#act-submit").click(); // incomplete
            visit.expect(visit.at("[name=mount_point]")).isFocused();
            visit.at("[name=mount_point]").fill("/etc/tools");
            visit.at("[name='cubefs.volume']").fill("tools");
            visit.at("[name='cubefs.masters']").fill("10.9.0.1:17010, 10.9.0.2:17010");
            visit.at("[name='cubefs.owner']").fill("school");
            visit.at("[name='cubefs.access_key']").fill("an-access-key");
            visit.at("[name='cubefs.secret_key']").fill(SECRET);
            visit.expect(visit.at("[name='cubefs.secret_key']")).hasAttribute("type", "password");
            visit.isAccessible();
            visit.screenshot("give-a-share");
            visit.expectLostLine(); // the browser logs the refusal
            visit.at("#act-submit").click();
            visit.says("#act-error", "mount_point");
            visit.expect(visit.at("[name=mount_point]")).isFocused();
            visit.expect(visit.at("[name='cubefs.secret_key']")).hasValue(SECRET);
            visit.at("[name=mount_point]").fill("/run/weft/shares/tools");
            visit.press("Enter");
            visit.says("#act-status", "Published to 3 VMs");
            visit.expect(visit.at("#act [name]")).hasCount(0);
            assertThat(visit.page.content()).doesNotContain(SECRET);
            assertThat(visit.page.url()).doesNotContain(SECRET);
            visit.at("#act-cancel").click();
            visit.expect(visit.at("#drawer-title")).isFocused();
            visit.says("#drawer", "3 mounted");
            visit.isAccessible();
            visit.screenshot("groups");

            // What is known of the share is filled in; its source and keys are not.
            button(visit, "Change…").click();
            visit.expect(visit.at("[name=id]")).hasValue("tools");
            visit.expect(visit.at("[name='cubefs.volume']")).hasValue("tools");
            visit.expect(visit.at("[name='cubefs.masters']")).hasValue("");
            visit.expect(visit.at("[name='cubefs.secret_key']")).hasValue("");
            visit.at("[name=readonly]").check();
            visit.at("[name='cubefs.masters']").fill("10.9.0.3:17010");
            visit.at("[name='cubefs.owner']").fill("school");
            visit.at("#act-submit").click();
            visit.says("#act-status", "Published to 3 VMs");
            visit.at("#act-cancel").click();
            visit.says("#drawer", "/run/weft/shares/tools, read-only");

            button(visit, "Take away…").click();
            visit.says("#act-consequences", "3 VMs unmount tools, unless another group gives it");
            visit.at("#act-submit").click();
            visit.says("#act-status", "Published to 3 VMs");
            visit.at("#act-cancel").click();
            visit.expect(button(visit, "Take away…")).hasCount(0);

            button(visit, "Delete the group…").click();
            visit.at("#act-submit").click();
            visit.expect(visit.at("#act-submit")).isHidden();
            visit.at("#act-cancel").click();
            visit.says("#drawer-gone", "does not exist any more");
            visit.expect(visit.at("#groups-rows [data-key=class-9]")).hasCount(0);
        }
    }

    @Test
    void membersAreChanged() {
        group("class-8", "vm-21", "vm-22");
        try (Visit visit = rig.visit(1440, 900, ColorScheme.LIGHT).open("list=groups&open=group:class-8")) {
            button(visit, "Members…").click();
            visit.expect(visit.at("[name=vms]")).hasValue("vm-21\nvm-22");
            visit.says("#act-consequences", "No member changes yet");
            visit.at("[name=vms]").fill("vm-22 vm-23 vm-24");
            visit.says("#act-consequences", "2 VMs join and get the shares of the group: vm-23, vm-24.");
            visit.says("#act-consequences", "1 VM leaves and loses those that no other group gives: vm-21.");
            visit.at("#act-submit").click();
            visit.expect(visit.at("#act-submit")).isHidden();
        }
        JsonNode group = rig.call("GET", "/api/v1/groups/class-8", null);
        assertThat(group.path("vms")).extracting(JsonNode::asText).containsExactly("vm-22", "vm-23", "vm-24");
    }

    @Test
    void aShareOfOneVmIsGivenAndTakenAndTheVmForgotten() {
        rig.call("PUT", "/api/v1/vms/vm-31/shares/own", PageRig.share("own"));
        try (Visit visit = rig.visit(1440, 900, ColorScheme.LIGHT).open("open=vm:vm-31")) {
            visit.says("#drawer", "mounted at /run/weft/shares/own");
            visit.expect(button(visit, "Forget…")).hasCount(0); // it has a share
            button(visit, "Take away…").click();
            visit.says("#act-consequences", "vm-31 unmounts own");
            visit.at("#act-submit").click();
            visit.says("#act-status", "Published to vm-31");
            visit.at("#act-cancel").click();
            visit.expect(button(visit, "Take away…")).hasCount(0);

            button(visit, "Forget…").click();
            visit.at("#act-submit").click();
            visit.says("#act-status", "forgotten");
            visit.at("#act-cancel").click();
            visit.expect(visit.vm("vm-31")).hasCount(0);
        }
    }

    /** The answer of the service is changed on its way: no VM of this broker can be made to fail. */
    @Test
    void theProgressAndTheFailuresAreShownAndTriedAgain() {
        group("class-10", "vm-41", "vm-42", "vm-43");
        try (Visit visit = rig.visit(1440, 900, ColorScheme.LIGHT).open("list=groups&open=group:class-10")) {
            visit.page.evaluate("""
                    () => {
                      const original = window.fetch;
                      let first = true;
                      window.fetch = async (url, options) => {
                        if (!first || options?.method !== "PUT") {
                          return original(url, options);
                        }
                        first = false;
                        const lines = [
                          { total: 3, done: 1, failed: [], finished: false },
                          { total: 3, done: 1, failed: [{ vm: "vm-42", reason: "no answer in time" }], finished: false },
                        ];
                        const last = { total: 3, done: 2, failed: lines[1].failed, finished: true };
                        const body = new ReadableStream({
                          start(controller) {
                            const send = (line) => controller.enqueue(new TextEncoder().encode(JSON.stringify(line) + "\\n"));
                            lines.forEach(send);
                            window.finish = () => { send(last); controller.close(); };
                          },
                        });
                        return new Response(body, { headers: { "Content-Type": "application/x-ndjson" } });
                      };
                    }""");
            button(visit, "Give a share…").click();
            visit.at("[name=id]").fill("tools");
            visit.at("[name=mount_point]").fill("/run/weft/shares/tools");
            visit.at("[name='cubefs.volume']").fill("tools");
            visit.at("[name='cubefs.masters']").fill("10.9.0.1:17010");
            visit.at("[name='cubefs.owner']").fill("school");
            visit.at("#act-submit").click();
            visit.says("#act-status", "1 of 3 VMs, 1 failed");
            assertThat(visit.at("#act-progress").evaluate("(bar) => bar.value + '/' + bar.max"))
                    .isEqualTo("2/3");
            visit.page.evaluate("finish()");
            visit.says("#act-error", "1 VM was not reached. The service retries; you can too.");
            visit.says("#act-failures", "vm-42: no answer in time");
            visit.isAccessible();
            visit.screenshot("not-reached");

            visit.expect(visit.at("#act-submit")).hasText("Try again");
            visit.press("Enter");
            visit.says("#act-status", "Published to 3 VMs");
            visit.expect(visit.at("#act-failures")).isHidden();
        }
        await().atMost(PageRig.SOON)
                .until(() -> rig.call("GET", "/api/v1/groups/class-10/status", null)
                                .at("/shares/0/mounted")
                                .size()
                        == 3);
    }

    @Test
    void aThousandVmsShowTheirProgress() {
        group("semester", IntStream.range(1000, 2000).mapToObj(i -> "vm-" + i).toArray(String[]::new));
        try (Visit visit = rig.visit(1024, 768, ColorScheme.DARK).open("list=groups&panel=vms&open=group:semester")) {
            button(visit, "Give a share…").click();
            visit.at("[name=id]").fill("tools");
            visit.at("[name=mount_point]").fill("/run/weft/shares/tools");
            visit.at("[name=backend]").selectOption("virtio9p");
            visit.expect(visit.at("[name='cubefs.volume']")).isHidden();
            visit.at("#act-submit").click();
            visit.says("#act-status", "Published to 1,000 VMs");
            visit.isAccessible();
            visit.screenshot("published-dark");
        }
    }

    @Test
    void withoutTheRoleThereIsNoButtonAndTheServiceRefuses(@TempDir Path own) throws Exception {
        TokenIssuer issuer = new TokenIssuer();
        Path key = Files.writeString(own.resolve("issuer.pem"), issuer.pem());
        Map<String, String> settings = Map.of(
                "heddle.security.mode",
                "jwt",
                "mp.jwt.verify.publickey.location",
                key.toString(),
                "mp.jwt.verify.issuer",
                TokenIssuer.ISSUER,
                "mp.jwt.verify.audiences",
                TokenIssuer.AUDIENCE);
        try (PageRig secured = new PageRig(own, settings);
                Visit visit =
                        secured.visit(1440, 900, ColorScheme.LIGHT).openSignedOut("list=groups&open=group:class-7b")) {
            String publisher = issuer.token("teacher", "holds:read", "shares:read", "shares:publish");
            secured.call(publisher, "PUT", "/api/v1/groups/class-7b", Map.of("vms", List.of("vm-1")));
            secured.call(publisher, "PUT", "/api/v1/groups/class-7b/shares/tools", PageRig.share("tools"));
            visit.at("#token").fill(issuer.token("reader", "holds:read", "shares:read"));
            visit.press("Tab", "Enter");
            visit.says("#drawer", "tools");
            visit.expect(visit.at("#drawer .actions button")).hasCount(0);
            visit.expect(visit.at("#groups-new")).isHidden();
            assertThat(visit.page.evaluate("fetch('api/v1/groups/class-7b/shares/tools', { method: 'DELETE' })"
                            + ".then((response) => response.status)"))
                    .isEqualTo(403);

            visit.at("#sign-out").click();
            visit.says("#connection", "Not signed in");
            visit.at("#token").fill(publisher);
            visit.press("Tab", "Enter");
            visit.expect(button(visit, "Take away…")).isVisible();
            visit.at("#drawer a:text-is('vm-1')").click();
            visit.expect(button(visit, "Give a share…")).isVisible();
            visit.expect(button(visit, "Forget…")).hasCount(0); // for administrators
            assertThat(visit.page.url()).doesNotContain(publisher.substring(publisher.length() - 20));
        }
    }

    private static void group(String name, String... members) {
        rig.call("PUT", "/api/v1/groups/" + name, Map.of("vms", members));
    }

    private static Locator button(Visit visit, String text) {
        return visit.at("#drawer button:text-is('" + text + "')");
    }
}
