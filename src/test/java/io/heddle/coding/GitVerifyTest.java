package io.heddle.coding;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.testsupport.CommandLine;
import io.heddle.testsupport.CommandLine.Ended;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code heddle git verify} in repositories that git itself makes, and as the hook that git itself runs. */
class GitVerifyTest {

    private static final String OTHER = "claude-code/other";

    @TempDir
    Path directory;

    private StandInService service;
    private CommandLine heddle;
    private Repository shop;

    @BeforeEach
    void begin() throws Exception {
        service = new StandInService();
        heddle = new CommandLine(service.url()).with("HEDDLE_AGENT", "codex/me");
        shop = Repository.create(directory.resolve("shop"), heddle);
        heddle.in(shop.root());
        shop.write(".heddle.json", "{\"project\": \"shop\"}");
    }

    @AfterEach
    void end() {
        service.close();
    }

    @Test
    void changedRenamedAndDeletedFilesCount() throws Exception {
        shop.commit("first", "changed", "deleted", "old name", "kept", "src/a", "src/b");
        shop.write("changed", "new").write("src/new", "x");
        shop.git("rm", "-q", "deleted");
        shop.git("mv", "old name", "new name");
        shop.git("add", "-A");
        service.hold("/shop/kept", OTHER, "");
        assertThat(heddle.run("git", "verify").code()).isZero();

        for (String path :
                new String[] {"/shop/changed", "/shop/deleted", "/shop/old name", "/shop/new name", "/shop/src/"}) {
            service.hold(path, OTHER, "rewrites it");
            Ended refused = heddle.run("git", "verify", "--staged");
            service.free(path);

            assertThat(refused.code()).as(path).isEqualTo(75);
            assertThat(refused.out()).contains(path, OTHER, "rewrites it", "25s");
            assertThat(refused.err()).contains("another session holds 1 changed file; this session is codex/me");
        }
        assertThat(paths(service.requests.get(0)))
                .isEqualTo("/shop/changed|/shop/deleted|/shop/new name|/shop/old name|/shop/src/new");
        assertThat(service.requests.get(0).body().get("agent").asText()).isEqualTo("codex/me");
    }

    @Test
    void ownHoldsAndAnotherSessionByName() throws Exception {
        shop.write("a", "x").git("add", "-A");
        service.hold("/shop/a", OTHER, "");

        assertThat(heddle.run("git", "verify").code()).isEqualTo(75);
        assertThat(heddle.run("git", "verify", "--session", OTHER).code()).isZero();
        heddle.with("HEDDLE_AGENT", "").with("CLAUDE_CODE_SESSION_ID", "other");
        assertThat(heddle.run("git", "verify").code()).isZero();
        heddle.with("CLAUDE_CODE_SESSION_ID", "").with("CODEX_THREAD_ID", "t1");
        Ended json = heddle.run("git", "verify", "--json");
        assertThat(json.code()).isEqualTo(75);
        assertThat(new ObjectMapper()
                        .readTree(json.out())
                        .get(0)
                        .get("holds")
                        .get(0)
                        .get("agent_id")
                        .asText())
                .isEqualTo(OTHER);
        heddle.with("CODEX_THREAD_ID", "");
        heddle.run("git", "verify");
        assertThat(service.requests
                        .get(service.requests.size() - 1)
                        .body()
                        .get("agent")
                        .asText())
                .matches(".+@.+/\\d+");
    }

    @Test
    void anyFileName() throws Exception {
        shop.write("with space", "")
                .write("new\nline", "")
                .write("tab\tquote\"back\\slash", "")
                .write("ä/ü€😀", "");
        shop.write("e\u0301", "").git("add", "-A");
        String blob = shop.git("hash-object", "-w", "with space").strip();
        shop.git("update-index", "--add", "--cacheinfo", "100644," + blob + ",-x");

        assertThat(heddle.run("git", "verify").code()).isZero();
        assertThat(paths(service.requests.get(0)).split("\\|"))
                .contains(
                        "/shop/with space",
                        "/shop/new\nline",
                        "/shop/tab\tquote\"back\\slash",
                        "/shop/ä/ü€😀",
                        "/shop/\u00e9",
                        "/shop/-x");
        service.hold("/shop/new\nline", OTHER, "a\u001b[2Jb");
        Ended refused = heddle.run("git", "verify");
        assertThat(refused.code()).isEqualTo(75);
        assertThat(refused.out()).contains("/shop/new\\nline").doesNotContain("\u001b");
    }

    @Test
    void tenThousandFilesAreOneRequest() throws Exception {
        String blob = shop.attempt("", "hash-object", "-w", "--stdin").output().strip();
        String index = IntStream.range(0, 10_001)
                .mapToObj(i -> "100644 " + blob + "\tsrc/f" + i + "\n")
                .collect(Collectors.joining());
        shop.attempt(index, "update-index", "--index-info");
        service.hold("/shop/src/f9999", OTHER, "");

        Ended refused = heddle.run("git", "verify");

        assertThat(refused.code()).isEqualTo(75);
        assertThat(refused.out()).contains("/shop/src/f9999");
        assertThat(service.requests)
                .extracting(request -> request.body().get("paths").size())
                .containsExactly(10_000, 1);
    }

    @Test
    void withoutChangesThereIsNoRequest() throws Exception {
        assertThat(heddle.run("git", "verify").code()).isZero();
        shop.commit("first", "a");
        shop.hook("pre-commit", "git verify").git("commit", "-q", "--allow-empty", "-m", "empty");
        assertThat(service.requests).isEmpty();
    }

    @Test
    void asHookInTheTreeAWorktreeAndASubmodule() throws Exception {
        shop.hook("pre-commit", "git verify --staged").write("a", "1").git("add", "-A");
        service.hold("/shop/a", OTHER, "");
        Repository.Done first = shop.attempt("", "commit", "-q", "-m", "first");
        assertThat(first.code()).isNotZero();
        assertThat(first.output()).contains("/shop/a", OTHER);
        service.free("/shop/a");
        shop.git("commit", "-q", "-m", "first");

        Path fix = directory.toRealPath().resolve("fix");
        shop.git("worktree", "add", "-q", fix.toString());
        Repository worktree = new Repository(fix, heddle).write("b", "2");
        worktree.git("add", "-A");
        service.hold("/shop/b", OTHER, "");
        assertThat(worktree.attempt("", "commit", "-q", "-m", "b").output()).contains("/shop/b");
        assertThat(worktree.attempt("", "commit", "-q", "--no-verify", "-m", "b")
                        .code())
                .isZero();

        Repository lib = Repository.create(directory.resolve("lib"), heddle).commit("one", "l");
        shop.git("submodule", "add", "-q", lib.root().toString(), "lib");
        Repository inside = new Repository(shop.root().resolve("lib"), heddle).hook("pre-commit", "git verify");
        inside.write("l", "changed").git("add", "-A");
        String name = lib.root() + "/l";
        service.hold(name, OTHER, "");
        assertThat(inside.attempt("", "commit", "-q", "-m", "l").output()).contains(name);
        service.free(name);
        inside.git("commit", "-q", "-m", "l");
        service.hold("/shop/lib", OTHER, "");
        shop.git("add", "-A");
        assertThat(shop.attempt("", "commit", "-q", "-m", "lib").output()).contains("/shop/lib");
    }

    @Test
    void aMergeChangesWhatDiffersFromEveryParent() throws Exception {
        shop.commit("first", "ours", "theirs", "both").git("checkout", "-q", "-b", "other");
        shop.commit("second", "theirs", "both").git("checkout", "-q", "main");
        shop.commit("third", "ours", "both");
        assertThat(shop.attempt("", "merge", "-q", "other").code()).isNotZero();
        shop.write("both", "merged").git("add", "-A");
        service.hold("/shop/theirs", OTHER, "").hold("/shop/ours", OTHER, "");

        assertThat(heddle.run("git", "verify").code()).isZero();
        assertThat(paths(service.requests.get(0))).isEqualTo("/shop/both");
        shop.git("commit", "-q", "--no-edit");
        assertThat(heddle.run("git", "verify", "--range", "other..main").code()).isEqualTo(75);
        assertThat(paths(service.requests.get(1))).isEqualTo("/shop/both|/shop/ours");
    }

    @Test
    void ranges() throws Exception {
        shop.commit("first", "a").commit("second", "b");
        shop.git("mv", "b", "c");
        shop.commit("third");
        shop.commit("fourth", "d");
        service.hold("/shop/b", OTHER, "");

        assertThat(heddle.run("git", "verify", "--range", "HEAD~3..HEAD").out()).contains("/shop/b");
        assertThat(heddle.run("git", "verify", "--range", "HEAD~1...").code()).isZero();
        assertThat(paths(service.requests.get(0))).isEqualTo("/shop/b|/shop/c|/shop/d");
        assertThat(heddle.run("git", "verify", "--range", "HEAD").code()).isEqualTo(2);
        assertThat(heddle.run("git", "verify", "--range", "--all..x").code()).isEqualTo(2);
        assertThat(heddle.run("git", "verify", "--range", "none..HEAD").err()).startsWith("heddle: git rev-list: ");

        Repository bare = new Repository(directory.resolve("bare.git"), heddle);
        shop.git("clone", "-q", "--bare", ".", bare.root().toString());
        heddle.in(bare.root());
        assertThat(heddle.run("git", "verify", "--range", "HEAD~3..HEAD").out()).contains("/shop/b");
    }

    @Test
    void asPrePushHook() throws Exception {
        Path bare = directory.toRealPath().resolve("origin.git");
        shop.git("init", "-q", "--bare", bare.toString());
        shop.git("remote", "add", "origin", bare.toString());
        shop.commit("first", "a").hook("pre-push", "git verify --pre-push \"$1\"");
        service.hold("/shop/a", OTHER, "");
        assertThat(shop.attempt("", "push", "-q", "origin", "main").output()).contains("/shop/a");
        service.free("/shop/a");
        shop.git("push", "-q", "origin", "main");
        service.hold("/shop/a", OTHER, "");
        shop.commit("second", "b").git("push", "-q", "origin", "main");
        assertThat(paths(service.requests.get(service.requests.size() - 1))).isEqualTo("/shop/b");
        shop.git("checkout", "-q", "-b", "topic");
        shop.commit("third", "c").git("push", "-q", "origin", "topic");
        assertThat(paths(service.requests.get(service.requests.size() - 1))).isEqualTo("/shop/c");
        int before = service.requests.size();
        shop.git("push", "-q", "origin", ":topic");
        shop.git("tag", "v1");
        shop.git("push", "-q", "origin", "main", "v1:refs/heads/again");
        shop.commit("fourth", "a");
        assertThat(shop.attempt("", "push", "-q", bare.toString(), "HEAD").output())
                .contains("/shop/a");
        assertThat(service.requests).hasSize(before + 2);
    }

    @Test
    void theServiceIsAway() throws Exception {
        shop.write("a", "x").git("add", "-A");
        service.close();

        Ended passed = heddle.run("git", "verify");
        shop.write(".heddle.json", "{\"project\": \"shop\", \"on_failure\": \"block\"}");
        Ended blocked = heddle.run("git", "verify");
        shop.write(".heddle.json", "{\"project\": \"shop\", \"on_failure\": \"maybe\"}");
        Ended invalid = heddle.run("git", "verify");

        assertThat(passed.code()).isZero();
        assertThat(passed.err()).contains("cannot be reached", "not checked").hasLineCount(1);
        assertThat(blocked.code()).isEqualTo(69);
        assertThat(invalid.code()).isEqualTo(2);
    }

    @Test
    void theTokenGoesToTheServiceThatTheUserNamesOrToThisMachine() throws Exception {
        shop.write(".heddle.json", "{\"project\": \"shop\", \"service\": \"" + service.url() + "\"}")
                .git("add", "-A");
        CommandLine named = new CommandLine().with("HEDDLE_TOKEN", "t0ken").in(shop.root());
        assertThat(named.run("git", "verify").code()).isZero();
        shop.write(
                ".heddle.json",
                "{\"project\": \"shop\", \"service\": \"" + service.url().replace("127.0.0.1", "127.0.0.2") + "\"}");
        named.run("git", "verify");
        named.with("HEDDLE_URL", service.url());
        named.run("git", "verify");

        assertThat(service.requests)
                .extracting(StandInService.Request::authorization)
                .containsOnly("Bearer t0ken");
    }

    @Test
    void holdPathsOfFiles() throws Exception {
        shop.write("src/a", "");

        assertThat(heddle.run("path", "src/a", "src/", "../shop/./b", ".").out())
                .isEqualTo("/shop/src/a\n/shop/src/\n/shop/b\n/shop\n");
        assertThat(heddle.run("path", "--json", "/outside/a").out()).isEqualTo("[\"/outside/a\"]\n");
        shop.write(".heddle.json", "[]");
        Ended refused = heddle.run("path", "src/a");
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err())
                .contains(".heddle.json", "must be a JSON object")
                .hasLineCount(1);
    }

    private static String paths(StandInService.Request request) {
        JsonNode paths = request.body().get("paths");
        return StreamSupport.stream(paths.spliterator(), false)
                .map(JsonNode::asText)
                .filter(path -> !path.equals("/shop/.heddle.json") && !path.equals("/shop/.gitmodules"))
                .collect(Collectors.joining("|"));
    }
}
