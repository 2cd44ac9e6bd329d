package io.heddle.http.page;

import static io.restassured.RestAssured.given;
import static io.restassured.RestAssured.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.not;

import io.heddle.testsupport.BrokerResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The files of the page over HTTP. */
@QuarkusTest
@QuarkusTestResource(BrokerResource.class)
class PageOverHttpTest {

    private static final Path PAGE = Path.of("src/main/resources/io/heddle/page");

    static List<String> assets() throws IOException {
        try (Stream<Path> files = Files.list(PAGE)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.equals("index.html"))
                    .toList();
        }
    }

    @Test
    void thePagePermitsItsOwnFilesOnly() {
        when().get("/")
                .then()
                .statusCode(200)
                .contentType("text/html;charset=UTF-8")
                .header("X-Content-Type-Options", "nosniff")
                .header("X-Frame-Options", "DENY")
                .header("Referrer-Policy", "no-referrer")
                .header("Cache-Control", "no-cache")
                .header(
                        "Content-Security-Policy",
                        allOf(
                                containsString("default-src 'none'"),
                                containsString("script-src 'self';"),
                                containsString("style-src 'self';"),
                                not(containsString("unsafe"))));
    }

    @ParameterizedTest
    @MethodSource("assets")
    void everyFileOfThePageIsServedWithAnETag(String asset) throws IOException {
        String tag = when().get("/page/" + asset)
                .then()
                .statusCode(200)
                .header("X-Content-Type-Options", "nosniff")
                .extract()
                .header("ETag");

        given().header("If-None-Match", tag).when().get("/page/" + asset).then().statusCode(304);

        assertThat(Files.readString(PAGE.resolve(asset))).doesNotContain("http://localhost", "https://cdn");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/page/",
                "/page/none.js",
                "/page/index.html",
                "/page/../application.properties",
                "/page/..%2f..%2f..%2fapplication.properties",
                "/page/%2e%2e/version.properties"
            })
    void otherFilesAreNotServed(String path) {
        given().urlEncodingEnabled(false).when().get(path).then().statusCode(404);
    }

    @Test
    void theMarkupHasNoInlineScriptOrStyle() throws IOException {
        String markup = Files.readString(PAGE.resolve("index.html"));

        assertThat(Pattern.compile("<style|\\sstyle=|\\son[a-z]+=|<script(?![^>]*\\ssrc=)")
                        .matcher(markup)
                        .find())
                .isFalse();
    }
}
