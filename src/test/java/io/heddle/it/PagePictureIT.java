package io.heddle.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.options.ColorScheme;
import io.heddle.it.PageRig.Visit;
import io.heddle.testsupport.CommandLine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code dev/example-data} shows every state; the README has its picture ({@code -Dheddle.docs.update=true} replaces it). */
class PagePictureIT {

    private static final List<String> STATES = List.of(
            "mounted",
            "retrying",
            "mounting",
            "degraded",
            "busy",
            "unmounting",
            "lost",
            "pending",
            "stalled",
            "rejected",
            "no report",
            "by the host");

    @TempDir
    Path directory;

    @Test
    void theExampleDataShowsEveryState() throws Exception {
        try (PageRig rig = new PageRig(directory)) {
            Process data = exampleData(rig, "--keep");
            try (Visit visit = rig.visit(1360, 820, ColorScheme.LIGHT).open()) {
                visit.says("#agents-shown", "3 sessions");
                visit.says("#agents-shown", "1 waiting");
                visit.says("#holds-rows", "directory");
                visit.says("#holds-rows", "shared");
                for (String state : STATES) {
                    visit.says("#vms-tally", state);
                }
                visit.says("#vms-rows .vm >> nth=0", "failing since");
                visit.expect(visit.at("#count-soon")).hasText(Pattern.compile("[1-9]\\d*"));
                Path picture = visit.screenshot("example-data");
                if (Boolean.getBoolean("heddle.docs.update")) {
                    Files.copy(picture, Path.of("docs/images/page.png"), StandardCopyOption.REPLACE_EXISTING);
                }
                visit.open("open=vm:vm-18");
                visit.says("#drawer", "no such volume projects");
                visit.isAccessible();
                visit.screenshot("example-data-vm");
            } finally {
                data.destroy();
                assertThat(data.waitFor(1, TimeUnit.MINUTES)).isTrue();
            }
            // Without an option it ends, and can be repeated.
            assertThat(exampleData(rig).waitFor()).isZero();
        }
    }

    private Process exampleData(PageRig rig, String... options) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(CommandLine.PYTHON, "dev/example-data", "/run/weft/shares")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("example-data.log").toFile()));
        builder.command().addAll(List.of(options));
        builder.environment().put("HEDDLE_URL", rig.service.url());
        return builder.start();
    }
}
