package io.heddle.mount.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class JsonFieldsTest {

    /** As in Go, where an empty list gets memory of its own. */
    @Test
    void anEmptyListForgetsTheOnesBefore() {
        assertThat(read("{\"list\":[\"a\"],\"list\":[],\"list\":[null]}").texts("list"))
                .containsExactly("");
        assertThat(read("{\"list\":[\"a\",\"b\"],\"list\":[\"c\"],\"list\":[null,null]}")
                        .texts("list"))
                .containsExactly("c", "b");
    }

    @Test
    void givesTheFieldsBeforeAFault() {
        JsonFields fields = read("{\"id\":\"a\",\"x\":");

        assertThat(fields.fault()).contains("line 1");
        assertThat(fields.text("id")).isEqualTo("a");
    }

    @Test
    void namesTheFieldsForABackendThatKnowsThemAll() {
        assertThat(read("{\"a\":1,\"B\":{},\"a\":2}").names()).containsExactly("a", "B");
    }

    @Test
    void showsNoValue() {
        assertThat(read("{\"key\":\"secret\"}")).hasToString("JsonFields[key]");
    }

    private static JsonFields read(String json) {
        return JsonFields.of(json.getBytes(StandardCharsets.UTF_8));
    }
}
