package io.heddle.coding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.hold.InvalidFilePathException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HoldPathsTest {

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({
        "acme/shop, /home/ann/shop, src/a.ts, /acme/shop/src/a.ts",
        "acme/shop, /home/ann/shop, ./src//b/../a.ts, /acme/shop/src/a.ts",
        "acme/shop, /home/ann/shop, src/, /acme/shop/src/",
        "/acme/shop/, '', src/a.ts, /acme/shop/src/a.ts",
        "acme/shop, /home/ann/shop, /home/ann/shop/src/a.ts, /acme/shop/src/a.ts",
        "acme/shop, /home/ann/shop/, /home/ann/shop/src/, /acme/shop/src/",
        "acme/shop, /home/ann/shop, /home/ann/shop/, /acme/shop/",
        "acme/shop, /home/ann/shop, /home/ann/shopping/a.ts, /home/ann/shopping/a.ts",
        "acme/shop, /home/ann/shop, /acme/shop/src/a.ts, /acme/shop/src/a.ts",
        "'', '', /etc/hosts, /etc/hosts",
        "'', '', /etc/, /etc/",
        "shop, C:\\work\\shop, C:\\work\\shop\\src\\a.ts, /shop/src/a.ts",
        "shop, C:/work/shop, C:/work/shop/src/a.ts, /shop/src/a.ts",
        "shop, '', C:\\other\\a.ts, /C:/other/a.ts",
        "shop, '', a\\b.ts, /shop/a\\b.ts",
        "shop, '', 'cafe\u0301 1/x.md', '/shop/caf\u00e9 1/x.md'"
    })
    void aRemoteAgentsPaths(String project, String root, String path, String expected) {
        assertThat(new HoldPaths(project, root, false).of(path).value()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"shop, ../other/a.ts", "shop, a/../../b", "'', src/a.ts", "shop, ''"})
    void refused(String project, String path) {
        HoldPaths names = new HoldPaths(project, "", false);

        assertThatThrownBy(() -> names.of(path)).isInstanceOf(InvalidFilePathException.class);
    }

    @Test
    void thePathsOfThisMachineAreLookedUpInTheirRepository() throws Exception {
        Path shop = directory.toRealPath().resolve("shop");
        Files.createDirectories(shop.resolve(".git"));
        Files.createDirectories(shop.resolve("src"));
        Files.createSymbolicLink(shop.resolve("link.ts"), shop.resolve("src/a.ts"));
        HoldPaths names = new HoldPaths("other-name", shop.toString(), true);

        assertThat(names.of(shop + "/src/a.ts").value()).isEqualTo("/shop/src/a.ts");
        assertThat(names.of(shop + "/link.ts").value()).isEqualTo("/shop/src/a.ts");
        assertThat(names.of(shop + "/src/").value()).isEqualTo("/shop/src/");
        assertThat(new HoldPaths("p", "/no/such", true).of("/no/such/a").value())
                .as("a tree that this machine does not have")
                .isEqualTo("/p/a");
        assertThat(names.of(directory.toRealPath() + "/outside").value())
                .isEqualTo(directory.toRealPath() + "/outside");
    }
}
