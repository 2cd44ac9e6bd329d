package io.heddle.testsupport;

import static org.junit.jupiter.api.Assumptions.abort;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType.LaunchOptions;
import com.microsoft.playwright.Playwright;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The machine's Chromium without a window. Nothing is downloaded.
 *
 * <p>A machine without Chromium skips the test that asks for it, and says so; with {@code CI=true} in the environment it fails the
 * test.
 */
public final class HeadlessChromium implements AutoCloseable {

    private static final List<String> NAMES =
            List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
    private static final List<String> ARGUMENTS = List.of(
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync");

    private final Playwright playwright;
    private final Browser browser;

    private HeadlessChromium(Path executable) {
        this.playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        this.browser = playwright
                .chromium()
                .launch(new LaunchOptions().setExecutablePath(executable).setArgs(ARGUMENTS));
    }

    public static HeadlessChromium start() {
        return new HeadlessChromium(executable());
    }

    public Browser browser() {
        return browser;
    }

    @Override
    public void close() {
        browser.close();
        playwright.close();
    }

    private static Path executable() {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .flatMap(directory -> NAMES.stream().map(Path.of(directory)::resolve))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(HeadlessChromium::unavailable);
    }

    private static IllegalStateException unavailable() {
        if ("true".equals(System.getenv("CI"))) {
            return new IllegalStateException("no Chromium in CI: install chromium");
        }
        System.err.println("*** SKIPPED, no Chromium here");
        abort("no Chromium here");
        throw new AssertionError("not reached");
    }
}
