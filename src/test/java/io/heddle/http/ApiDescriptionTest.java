package io.heddle.http;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.heddle.testsupport.ApiDocument;
import io.heddle.testsupport.ApiDocument.Operation;
import io.heddle.testsupport.BrokerResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code /q/openapi} describes every operation completely, so that generators make clients of it. */
@QuarkusTest
@QuarkusTestResource(BrokerResource.class)
class ApiDescriptionTest {

    private static final Set<String> OF_TESTS = Set.of("/api/v1/failing", "/api/v1/bare", "/bare");
    private static final String PROBLEM = "#/components/schemas/Problem";

    private ApiDocument description;
    private List<Operation> operations;

    @BeforeEach
    void read() {
        description = ApiDocument.parse(
                given().accept("application/json").get("/q/openapi").asByteArray());
        operations = description.operations().stream()
                .filter(operation -> !OF_TESTS.contains(operation.path()))
                .toList();
        assertThat(operations).hasSizeGreaterThan(30);
    }

    @Test
    void everyOperationHasAnIdOfItsOwn() {
        assertThat(description.root().get("openapi").asText()).startsWith("3.1.");
        assertThat(operations)
                .extracting(Operation::id)
                .doesNotHaveDuplicates()
                .allMatch(id -> id.matches("[a-z]+[A-Z]\\w+"));
        assertThat(operations)
                .allSatisfy(operation ->
                        assertThat(operation.node().path("summary").asText()).isNotEmpty());
    }

    @Test
    void everyParameterHasASchema() {
        for (Operation operation : operations) {
            for (JsonNode parameter : operation.node().path("parameters")) {
                assertThat(description
                                .resolve(parameter.path("schema"))
                                .path("type")
                                .asText())
                        .as("%s: %s", operation, parameter)
                        .isNotEmpty();
                assertThat(parameter.path("description").asText())
                        .as("%s: %s", operation, parameter)
                        .isNotEmpty();
            }
        }
    }

    @Test
    void everySuccessHasASchema() {
        for (Operation operation : operations) {
            List<String> codes = new ArrayList<>();
            operation.node().get("responses").properties().forEach(response -> {
                String code = response.getKey();
                if (code.startsWith("2")) {
                    codes.add(code);
                    JsonNode answer = description.resolve(response.getValue());
                    assertThat(answer.path("description").asText())
                            .as("%s", operation)
                            .isNotEmpty();
                    assertThat(answer.path("content").isEmpty())
                            .as("%s", operation)
                            .isEqualTo(code.equals("204"));
                    answer.path("content").forEach(content -> assertThat(
                                    content.path("schema").isEmpty())
                            .as("%s", operation)
                            .isFalse());
                }
            });
            assertThat(codes).as("%s", operation).hasSize(1);
        }
    }

    @Test
    void everyOtherAnswerIsAProblem() {
        for (Operation operation : operations) {
            assertThat(operation.node().get("responses").has("default")).isTrue();
            assertThat(operation.node().get("responses").has("400")).isTrue();
            operation.node().get("responses").properties().forEach(response -> {
                if (!response.getKey().startsWith("2")) {
                    JsonNode answer = description.resolve(response.getValue());
                    assertThat(answer.path("description").asText())
                            .as("%s", operation)
                            .isNotEmpty();
                    assertThat(answer.path("content").size())
                            .as("%s %s", operation, response.getKey())
                            .isEqualTo(1);
                    assertThat(answer.at("/content/application~1problem+json/schema/$ref")
                                    .asText())
                            .as("%s", operation)
                            .isEqualTo(PROBLEM);
                }
            });
        }
    }

    @Test
    void everyBodyHasASchemaOfItsMembers() {
        for (Operation operation : operations) {
            JsonNode body = operation.node().path("requestBody");
            if (!body.isMissingNode()) {
                JsonNode schema = description.resolve(body.at("/content/application~1json/schema"));
                assertThat(schema.path("properties").size()).as("%s", operation).isPositive();
                assertThat(body.get("required").asBoolean()).as("%s", operation).isTrue();
            }
        }
        JsonNode share = description.root().at("/components/schemas/ShareMount");
        assertThat(share.get("properties").properties())
                .extracting(member -> member.getKey())
                .contains("action", "backend", "mount_point", "readonly", "cubefs");
        // The same as true, but with true openapi-generator makes maps of Java's models.
        assertThat(share.has("additionalProperties")).isFalse();
    }

    @Test
    void noMediaTypeHasParameters() {
        for (JsonNode content : description.root().findValues("content")) {
            content.fieldNames().forEachRemaining(type -> assertThat(type).matches("[a-z]+/[a-z.+-]+"));
        }
    }

    @Test
    void namesOfSchemasAreChosen() {
        JsonNode schemas = description.root().at("/components/schemas");
        schemas.fieldNames()
                .forEachRemaining(
                        name -> assertThat(name).matches("[A-Z][A-Za-z]+").isNotEqualTo("JsonNode"));
        assertThat(required("Hold"))
                .containsExactlyInAnyOrder(
                        "path", "agent_id", "claimed_at", "expires_at", "checkout_path", "ttl", "token");
        assertThat(required("Problem")).containsExactlyInAnyOrder("type", "title", "status", "detail");
        assertThat(required("RemainingHold")).contains("path", "remaining").doesNotContain("hold", "shared");
    }

    @Test
    void examplesMatchTheirSchemas() {
        List<String> checked = new ArrayList<>();
        for (Operation operation : operations) {
            operation.node().path("parameters").forEach(parameter -> check(parameter, checked));
            operation.node().at("/requestBody/content").forEach(content -> check(content, checked));
            operation.node().path("responses").forEach(response -> description
                    .resolve(response)
                    .path("content")
                    .forEach(content -> check(content, checked)));
        }
        description.root().at("/components/schemas").forEach(schema -> checkSchema(schema, checked));
        assertThat(checked).hasSizeGreaterThan(60);
    }

    @Test
    void theHoldOfAFileAndTheListAreSeparateOperations() {
        JsonNode list = description.root().at("/paths/~1api~1v1~1holds/get");
        JsonNode one = description.root().at("/paths/~1api~1v1~1holds~1by-path/get");

        assertThat(names(list)).containsExactlyInAnyOrder("prefix", "agent", "limit", "after");
        assertThat(list.at("/responses/200/content/application~1json/schema/$ref")
                        .asText())
                .endsWith("/HoldList");
        assertThat(names(one)).containsExactlyInAnyOrder("path", "directory");
        assertThat(one.at("/responses/200/content/application~1json/schema/$ref")
                        .asText())
                .endsWith("/Hold");
        given().get("/api/v1/holds?path=/described").then().statusCode(404);
        given().get("/api/v1/holds/by-path?path=/described").then().statusCode(404);
        given().contentType("application/json")
                .body("{\"agent_id\":\"agent-7\",\"ttl\":\"30s\"}")
                .put("/api/v1/holds?path=/described")
                .then()
                .statusCode(200);
        assertThat(given().get("/api/v1/holds/by-path?path=/described").asString())
                .contains("agent-7")
                .isEqualTo(given().get("/api/v1/holds?path=/described").asString());
        given().get("/api/v1/holds/by-path").then().statusCode(400);
        given().get("/api/v1/holds/by-path?path=/described&limit=1").then().statusCode(400);
        given().get("/api/v1/holds?path=/described&limit=1").then().statusCode(400);
    }

    private List<String> required(String schema) {
        return texts(description.root().at("/components/schemas/" + schema + "/required"));
    }

    private static List<String> names(JsonNode operation) {
        return operation.path("parameters").findValuesAsText("name");
    }

    private static List<String> texts(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }

    /** Checks the example beside a schema. */
    private void check(JsonNode holder, List<String> checked) {
        if (holder.has("example")) {
            checkValue(holder.get("schema"), holder.get("example"), checked);
        }
        checkSchema(holder.get("schema"), checked);
    }

    private void checkSchema(JsonNode schema, List<String> checked) {
        schema.path("examples").forEach(example -> checkValue(schema, example, checked));
        if (schema.has("default")) {
            checkValue(schema, schema.get("default"), checked);
        }
        schema.path("properties").forEach(property -> checkSchema(property, checked));
    }

    private void checkValue(JsonNode schema, JsonNode value, List<String> checked) {
        assertThat(description.errors(schema, value))
                .as("%s of %s", value, schema)
                .isEmpty();
        checked.add(value.toString());
    }
}
