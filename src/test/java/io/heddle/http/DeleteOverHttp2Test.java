package io.heddle.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testsupport.BrokerResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.Test;

/** Clients of HTTP/2, such as those that are generated for Java, send no Content-Type without a body. */
@QuarkusTest
@QuarkusTestResource(BrokerResource.class)
class DeleteOverHttp2Test {

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();

    @Test
    void aDeleteNeedsNoContentType() throws Exception {
        send("GET", "/api/v1/holds"); // the connection changes to HTTP/2

        HttpResponse<String> released = send("DELETE", "/api/v1/holds?agent=agent-http2");

        assertThat(released.version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(released.statusCode()).as(released.body()).isEqualTo(200);
    }

    private HttpResponse<String> send(String method, String path) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://localhost:" + RestAssured.port + path))
                        .method(method, BodyPublishers.noBody())
                        .build(),
                BodyHandlers.ofString());
    }
}
