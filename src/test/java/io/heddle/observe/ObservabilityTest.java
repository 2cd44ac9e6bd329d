package io.heddle.observe;

import static io.restassured.RestAssured.given;
import static io.restassured.RestAssured.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.heddle.hold.FilePath;
import io.heddle.hold.HoldRequest;
import io.heddle.hold.Holds;
import io.heddle.nats.NatsConnection;
import io.heddle.testsupport.BrokerResource;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the service measures, what is written of it, and what dashboards and alerts make of it: all the same names. */
@QuarkusTest
@QuarkusTestResource(BrokerResource.class)
class ObservabilityTest {

    private static final Path DOCUMENT = Path.of("docs/observability.md");
    private static final Path DIRECTORY = Path.of("k8s/observability");
    private static final Pattern DOCUMENTED =
            Pattern.compile("^\\| `((?:heddle|weft)_\\w+)` \\| (\\w+) \\|([^|]*)\\|", Pattern.MULTILINE);
    private static final Pattern TYPE = Pattern.compile("^# TYPE ((?:heddle|weft)_\\w+) (\\w+)$", Pattern.MULTILINE);
    private static final Pattern SERIES =
            Pattern.compile("^((?:heddle|weft)_\\w+?)(?:_bucket|_count|_sum)?(?:\\{(.*)})? \\S+$", Pattern.MULTILINE);
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"");
    private static final Pattern USED = Pattern.compile("\\b(?:heddle|weft)_\\w+");

    /** The most that any histogram here needs: ten outcomes with as many buckets, and the rest. */
    private static final int MOST_SERIES = 400;

    /** A meter: what it is, and which labels it has. */
    private record Meter(String type, Set<String> labels) {}

    @Inject
    Holds holds;

    @Inject
    NatsConnection nats;

    @Test
    void everyMeterIsDocumentedAndEveryDocumentedMeterIsThere() throws IOException {
        Map<String, Meter> there = exposed();

        assertThat(there).isEqualTo(documented());
    }

    @Test
    void announcesAreMeasuredByOutcome() {
        FilePath file = FilePath.of("/measured/file");
        double granted = value("heddle_holds_announce_duration_seconds_count{outcome=\"granted\"}");

        holds.announce(new HoldRequest(file, "agent-1", Duration.ofSeconds(30)))
                .await()
                .atMost(Duration.ofSeconds(30));

        await().untilAsserted(
                        () -> assertThat(value("heddle_holds_announce_duration_seconds_count{outcome=\"granted\"}"))
                                .isEqualTo(granted + 1));
        assertThat(value("heddle_holds_announce_duration_seconds_bucket{outcome=\"granted\",le=\"10.0\"}"))
                .isGreaterThanOrEqualTo(granted + 1);
        assertThat(value("heddle_holds_announce_duration_seconds_sum{outcome=\"granted\"}"))
                .isPositive();
        await().untilAsserted(() ->
                assertThat(value("heddle_holds_watch_lag_seconds")).isZero());
    }

    @Test
    void aWatchThatFallsBehindShowsInReadinessAndInTheMeter() throws IOException, JetStreamApiException {
        await().untilAsserted(() -> when().get("/q/health/ready").then().statusCode(200));
        JetStreamManagement streams = nats.require().jetStreamManagement();
        List<String> watches = streams.getConsumerNames("KV_bones-holds");
        assertThat(watches).isNotEmpty();
        for (String watch : watches) {
            streams.pauseConsumer(
                    "KV_bones-holds", watch, ZonedDateTime.now(ZoneOffset.UTC).plusMinutes(5));
        }

        holds.announce(new HoldRequest(FilePath.of("/lag/file"), "agent-1", Duration.ofSeconds(30)))
                .await()
                .atMost(Duration.ofSeconds(30));

        await().untilAsserted(() ->
                assertThat(value("heddle_holds_watch_lag_entries")).isPositive());
        when().get("/q/health/ready").then().statusCode(200);
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> when().get("/q/health/ready")
                .then()
                .statusCode(503)
                .body(containsString("index of holds has been behind the bucket for more than 10 s")));
        assertThat(value("heddle_holds_watch_lag_seconds")).isGreaterThanOrEqualTo(10);
        for (String watch : watches) {
            streams.resumeConsumer("KV_bones-holds", watch);
        }
        await().untilAsserted(() -> when().get("/q/health/ready").then().statusCode(200));
        assertThat(value("heddle_holds_watch_lag_seconds")).isZero();
    }

    @Test
    void noLabelTakesValuesFromOutside() {
        for (int i = 0; i < 20; i++) {
            holds.announce(new HoldRequest(FilePath.of("/label/" + i), "agent-" + i, Duration.ofSeconds(30)))
                    .await()
                    .atMost(Duration.ofSeconds(30));
        }

        String metrics = metrics();

        assertThat(metrics).doesNotContain("/label/", "agent-1", "vm-1", "vm-one");
        assertThat(SERIES.matcher(metrics).results().count()).isLessThan(MOST_SERIES);
    }

    @Test
    void theServiceIsStarted() {
        await().untilAsserted(() -> when().get("/q/health/started").then().statusCode(200));
    }

    @Test
    void everyAlertStandsOnMetersThatThereAreAndSaysWhatToDo() throws IOException {
        JsonNode rules = new YAMLMapper()
                .readTree(DIRECTORY.resolve("heddle-alerts.yaml").toFile());
        Set<String> anchors = anchors();

        List<JsonNode> alerts = rules.findParents("alert");

        assertThat(alerts).hasSizeGreaterThan(10).allSatisfy(alert -> {
            assertThat(unknown(alert.path("expr").asText())).isEmpty();
            assertThat(alert.at("/labels/severity").asText()).isIn("critical", "warning");
            assertThat(alert.at("/annotations/summary").asText()).isNotBlank();
            assertThat(alert.at("/annotations/description").asText()).isNotBlank();
            assertThat(anchors).contains(alert.at("/annotations/runbook").asText());
        });
        assertThat(alerts.stream().map(alert -> alert.path("alert").asText())).doesNotHaveDuplicates();
    }

    @Test
    void theResourceForTheOperatorHasTheSameRules() throws IOException {
        YAMLMapper yaml = new YAMLMapper();

        JsonNode resource =
                yaml.readTree(DIRECTORY.resolve("prometheus-rule.yaml").toFile());

        assertThat(resource.path("kind").asText()).isEqualTo("PrometheusRule");
        assertThat(resource.at("/spec/groups"))
                .isEqualTo(yaml.readTree(DIRECTORY.resolve("heddle-alerts.yaml").toFile())
                        .get("groups"));
    }

    @Test
    void theDashboardShowsEveryMeterAndNoOther() throws IOException {
        JsonNode dashboard = new ObjectMapper()
                .readTree(DIRECTORY.resolve("grafana-dashboard.json").toFile());

        List<String> expressions =
                dashboard.findValues("expr").stream().map(JsonNode::asText).toList();

        String all = String.join("\n", expressions);
        assertThat(unknown(all)).isEmpty();
        assertThat(exposed().keySet()).allSatisfy(meter -> assertThat(all).contains(meter));
        assertThat(dashboard.at("/templating/list/0/type").asText()).isEqualTo("datasource");
        assertThat(dashboard.findValues("datasource"))
                .allSatisfy(source -> assertThat(source.path("uid").asText()).isEqualTo("${datasource}"));
        assertThat(dashboard.path("panels").findValuesAsText("id")).doesNotHaveDuplicates();
    }

    /** The names in an expression that nothing is measured under. */
    private static Set<String> unknown(String expression) {
        Map<String, Meter> meters = exposed();
        return USED.matcher(expression)
                .results()
                .map(MatchResult::group)
                .filter(name -> !meters.containsKey(name))
                .filter(name -> {
                    Meter histogram = meters.get(name.replaceFirst("_(bucket|count|sum)$", ""));
                    return histogram == null || !histogram.type().equals("histogram");
                })
                .collect(Collectors.toSet());
    }

    /** The runbooks that headings of the page are. */
    private static Set<String> anchors() throws IOException {
        return Files.readAllLines(DOCUMENT).stream()
                .filter(line -> line.startsWith("### "))
                .map(line -> DOCUMENT + "#" + line.substring(4).toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet());
    }

    private static Map<String, Meter> documented() throws IOException {
        Map<String, Meter> meters = new TreeMap<>();
        DOCUMENTED.matcher(Files.readString(DOCUMENT)).results().forEach(row -> {
            Set<String> labels = Arrays.stream(row.group(3).split(","))
                    .map(label -> label.replace('`', ' ').strip())
                    .filter(label -> !label.isEmpty())
                    .collect(Collectors.toCollection(TreeSet::new));
            meters.put(row.group(1), new Meter(row.group(2), labels));
        });
        return meters;
    }

    /** What the service exposes; the greatest value of a histogram goes with it. */
    private static Map<String, Meter> exposed() {
        String metrics = metrics();
        Map<String, Set<String>> labels = new TreeMap<>();
        SERIES.matcher(metrics).results().forEach(series -> labels.computeIfAbsent(
                        series.group(1), name -> new HashSet<>())
                .addAll(labels(series.group(2))));
        Map<String, Meter> meters = new TreeMap<>();
        TYPE.matcher(metrics).results().forEach(type -> {
            Set<String> own = new TreeSet<>(labels.getOrDefault(type.group(1), Set.of()));
            own.remove("le");
            meters.put(type.group(1), new Meter(type.group(2), own));
        });
        meters.keySet()
                .removeIf(name -> name.endsWith("_max")
                        && meters.containsKey(name.substring(0, name.length() - "_max".length())));
        return meters;
    }

    private static List<String> labels(String text) {
        return text == null
                ? List.of()
                : LABEL.matcher(text).results().map(label -> label.group(1)).toList();
    }

    private static double value(String series) {
        return Stream.of(metrics().split("\n"))
                .filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no series " + series));
    }

    /** In the text format; that of OpenMetrics declares counters without their ending. */
    private static String metrics() {
        return given().accept("text/plain;version=0.0.4")
                .get("/q/metrics")
                .asString()
                .replace(",}", "}");
    }
}
