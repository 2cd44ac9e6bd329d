package io.heddle.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.heddle.mount.NodeAgentStatus;
import io.heddle.testsupport.CommandLine;
import io.heddle.testsupport.CommandLine.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command line as an installed tool: its version, its package, its completions in real shells, and how fast it starts. */
class CommandLineToolTest {

    private static final int STARTS = 15;

    @TempDir
    Path directory;

    @Test
    void itHasTheVersionOfTheService() throws Exception {
        String version = NodeAgentStatus.VERSION.replace("-SNAPSHOT", ".dev0");

        assertThat(new CommandLine().run("--version")).isEqualTo(new Ended(0, "heddle " + version + "\n", ""));
        assertThat(new CommandLine().run("holds", "ls", "--version").out()).isEqualTo("heddle " + version + "\n");
    }

    @Test
    void pipInstallsIt() throws Exception {
        Path environment = directory.resolve("environment");
        Path sources = directory.resolve("cli");
        run("cp", "-r", "cli", sources.toString()); // pip builds beside the sources
        Ended created = run(CommandLine.PYTHON, "-m", "venv", environment.toString());
        Ended installed = created.code() != 0
                ? created
                : run(environment.resolve("bin/pip").toString(), "install", "-q", sources.toString());
        if (installed.code() != 0 && !"true".equals(System.getenv("CI"))) {
            abort("pip cannot install the command line here: " + installed.err());
        }
        assertThat(installed.code()).as(installed.err()).isZero();
        String heddle = environment.resolve("bin/heddle").toString();

        assertThat(run(heddle, "--version").out()).startsWith("heddle ");
        assertThat(run(heddle, "holds", "ls", "--url", "http://127.0.0.1:1").code())
                .isEqualTo(69);
        Path repository = directory.resolve("repository");
        run("git", "init", "-q", repository.toString());
        assertThat(run("sh", "-c", "cd " + repository + " && exec " + heddle + " init --dry-run --tool opencode")
                        .out())
                .contains(".opencode/plugins/heddle.js", heddle);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bash --norc -i|heddle holds rel|release",
                "bash --norc -i|heddle --url http://x ho|holds",
                "bash --norc -i|heddle holds ls --pre|--prefix",
                "bash --norc -i|heddle init --tool cl|claude-code",
                "bash --norc -i|heddle who CHANGE|CHANGELOG.md",
                "zsh -f -i|heddle holds rel|release",
                "zsh -f -i|heddle --url http://x ho|holds",
                "zsh -f -i|heddle holds ls --pre|--prefix",
                "zsh -f -i|heddle init --tool cl|claude-code",
                "zsh -f -i|heddle who CHANGE|CHANGELOG.md"
            })
    void shellsCompleteIt(String shell, String line, String expected) throws Exception {
        String name = shell.substring(0, shell.indexOf(' '));
        if (run("sh", "-c", "command -v " + name).code() != 0 && !"true".equals(System.getenv("CI"))) {
            abort(name + " is missing: its completions are not tested");
        }
        Path script = directory.resolve("completion");
        Ended printed = new CommandLine().run("completion", name);
        Files.writeString(script, printed.out());
        String setup = (name.equals("zsh") ? "autoload -U compinit; compinit -D -u; " : "") + "source " + script;
        List<String> press = List.of(CommandLine.PYTHON, "src/test/resources/press-tab.py", setup, line, expected);

        Ended ended =
                run(Stream.concat(press.stream(), Stream.of(shell.split(" "))).toArray(String[]::new));

        assertThat(ended.code()).as(ended.err()).isZero();
    }

    @Test
    void fishGetsEveryCommand() throws Exception {
        assertThat(new CommandLine().run("completion", "fish").out())
                .contains("complete -c heddle -n '__heddle_at holds' -a ls -d 'list holds'")
                .contains("complete -c heddle -n '__heddle_at holds ls' -l prefix -r -F");
    }

    /** Beside an empty program, because this machine may be busy; the bound is far above what is measured, 2 to 3 times as long. */
    @Test
    void itStartsFast() throws Exception {
        new CommandLine().run("--version"); // compiles what it needs
        new CommandLine().run("holds", "ls", "--url", "http://127.0.0.1:1");
        long empty = median(CommandLine.PYTHON, "-c", "pass");
        long version = median(CommandLine.PYTHON, "cli/heddle", "--version");
        long list = median(CommandLine.PYTHON, "cli/heddle", "holds", "ls", "--url", "http://127.0.0.1:1");

        System.out.printf("start: python3 -c pass %d ms, --version %d ms, holds ls %d ms%n", empty, version, list);
        assertThat(version).isLessThan(60 + 5 * empty);
        assertThat(list).isLessThan(60 + 6 * empty);
    }

    private long median(String... command) {
        return IntStream.range(0, STARTS)
                .mapToLong(each -> {
                    long began = System.nanoTime();
                    try {
                        run(command);
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                    return (System.nanoTime() - began) / 1_000_000;
                })
                .sorted()
                .skip(STARTS / 2)
                .findFirst()
                .orElseThrow();
    }

    private Ended run(String... command) throws IOException, InterruptedException {
        Path out = directory.resolve("out");
        Path err = directory.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        new CommandLine().apply(builder.environment());
        builder.environment().remove("PYTHONDONTWRITEBYTECODE");
        int code = builder.start().waitFor();
        return new Ended(code, Files.readString(out), Files.readString(err));
    }
}
