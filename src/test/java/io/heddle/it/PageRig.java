package io.heddle.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import io.heddle.testsupport.HeadlessChromium;
import io.heddle.testsupport.NatsServer;
import io.heddle.testsupport.PackagedService;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A broker, the packaged service and a browser. */
final class PageRig implements AutoCloseable {

    static final Duration SOON = Duration.ofSeconds(60);

    static {
        PlaywrightAssertions.setDefaultAssertionTimeout(SOON.toMillis());
    }

    private static final Path TARGET = Path.of(System.getProperty("project.build.directory", "target"));
    private static final ObjectMapper MAPPER = new ObjectMapper();

    final NatsServer broker;
    final PackagedService service;
    final HeadlessChromium chromium;
    private final HttpClient http = HttpClient.newHttpClient();

    PageRig(Path directory) {
        this(directory, Map.of());
    }

    PageRig(Path directory, Map<String, String> settings) {
        chromium = HeadlessChromium.start();
        broker = NatsServer.started();
        service = new PackagedService(directory.resolve("service.log"))
                .set("heddle.nats.servers", broker.url())
                .set("heddle.mounts.state-dir", directory.resolve("state").toString())
                // The simulated node agents report changes only.
                .set("heddle.fleet.late-after", "10m")
                .set("heddle.fleet.silent-after", "20m");
        settings.forEach(service::set);
        service.start();
        awaitReady();
    }

    void awaitReady() {
        await().atMost(SOON.multipliedBy(2))
                .until(() ->
                        service.get("/q/health/ready").path("status").asText().equals("UP"));
    }

    Visit visit(int width, int height, ColorScheme colours) {
        return new Visit(new NewContextOptions().setViewportSize(width, height).setColorScheme(colours));
    }

    void announce(String path, String agent, String ttl) {
        call(
                "PUT",
                "/api/v1/holds?path=" + encoded(path),
                Map.of("agent_id", agent, "ttl", ttl, "checkout_path", "/home/" + agent + "/checkout"));
    }

    void release(String path, String agent) {
        call("DELETE", "/api/v1/holds?path=" + encoded(path) + "&agent=" + encoded(agent), null);
    }

    /** Calls the API, and expects success. Returns the answer; missing without a body. */
    JsonNode call(String method, String path, Object body) {
        return call("", method, path, body);
    }

    /** The same with a token. */
    JsonNode call(String token, String method, String path, Object body) {
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(service.url() + path))
                    .timeout(SOON.multipliedBy(3))
                    .header("Content-Type", "application/json")
                    .method(
                            method,
                            body == null
                                    ? BodyPublishers.noBody()
                                    : BodyPublishers.ofString(MAPPER.writeValueAsString(body)));
            if (!token.isEmpty()) {
                request.header("Authorization", "Bearer " + token);
            }
            HttpResponse<String> answer = http.send(request.build(), BodyHandlers.ofString());
            assertThat(answer.statusCode())
                    .as(method + " " + path + ": " + answer.body())
                    .isBetween(200, 299);
            return MAPPER.readTree(answer.body());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        chromium.close();
        service.close();
        broker.close();
    }

    /** The description of a CubeFS share. */
    static Map<String, Object> share(String id) {
        return Map.of(
                "mount_point",
                "/run/weft/shares/" + id,
                "cubefs",
                Map.of("volume", id, "masters", List.of("10.9.0.1:17010"), "owner", "school"));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** A browser profile with the page open. {@link #close()} fails if there were errors, or requests to other hosts. */
    final class Visit implements AutoCloseable {

        final Page page;
        private final BrowserContext context;
        private final List<String> wrong = new ArrayList<>();
        private boolean lostLineExpected;

        private Visit(NewContextOptions options) {
            context = chromium.browser().newContext(options);
            page = context.newPage();
            page.onPageError(error -> wrong.add("uncaught: " + error));
            page.onConsoleMessage(message -> {
                boolean expected = lostLineExpected && message.text().startsWith("Failed to load resource");
                if (message.type().equals("error") && !expected) {
                    wrong.add("console: " + message.text()); // includes violations of the security policy
                }
            });
            page.onRequest(request -> {
                if (!request.url().startsWith(service.url() + "/")
                        && !request.url().startsWith("data:")) {
                    wrong.add("request to another host: " + request.url());
                }
            });
        }

        Visit open() {
            return open("");
        }

        /** Opens the page at an address with this fragment. */
        Visit open(String fragment) {
            page.navigate(service.url() + "/#" + fragment);
            says("#connection", "Live");
            return this;
        }

        /** Opens the page of a service that requires a sign-in; the browser logs each refused request on its console. */
        Visit openSignedOut() {
            return openSignedOut("");
        }

        Visit openSignedOut(String fragment) {
            lostLineExpected = true;
            page.navigate(service.url() + "/#" + fragment);
            return this;
        }

        /** To be called before the service or the broker stops. */
        void expectLostLine() {
            lostLineExpected = true;
        }

        /** What the address says after its {@code #}. */
        String fragment() {
            return (String) page.evaluate("location.hash.slice(1)");
        }

        Locator at(String selector) {
            return page.locator(selector);
        }

        Locator hold(String path) {
            return page.locator("#holds-rows [data-key='" + path + "']");
        }

        Locator vm(String id) {
            return page.locator("#vms-rows [data-key='" + id + "']");
        }

        /** A value on the card of the broker. */
        Locator brokerLine(String part, String name) {
            return page.locator("#broker section:has(h3:text-is('" + part + "')) dt:text-is('" + name + "') + dd");
        }

        LocatorAssertions expect(Locator locator) {
            return PlaywrightAssertions.assertThat(locator);
        }

        void says(String selector, String text) {
            expect(page.locator(selector)).containsText(text);
        }

        void press(String... keys) {
            for (String key : keys) {
                page.keyboard().press(key);
            }
        }

        Path screenshot(String name) {
            Path file = TARGET.resolve("screenshots").resolve(name + ".png");
            page.screenshot(new Page.ScreenshotOptions().setPath(file));
            return file;
        }

        void isAccessible() {
            var violations = new AxeBuilder(page).analyze().getViolations();
            assertThat(violations.stream()
                            .map(rule -> rule.getId() + ": " + rule.getHelp() + " "
                                    + rule.getNodes().get(0).getHtml()))
                    .isEmpty();
        }

        @Override
        public void close() {
            context.close();
            assertThat(wrong).isEmpty();
        }
    }
}
