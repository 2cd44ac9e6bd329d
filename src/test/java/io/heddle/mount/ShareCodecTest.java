package io.heddle.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names as Go reads them: in any case, the last of two, those that nobody knows passed over. */
class ShareCodecTest {

    @Test
    void namesAreReadInAnyCase() {
        ShareCodec.Wire wire = decode("""
                {"ID":"a","Mount_Point":"/x","READONLY":true,"CubeFS":{"VOLUME":"v","Masters":["h:1"],"Secret_Key":"s"}}""");

        assertThat(wire.id()).isEqualTo("a");
        assertThat(wire.mountPoint()).isEqualTo("/x");
        assertThat(wire.readonly()).isTrue();
        assertThat(wire.cubefs()).isEqualTo(new ShareCodec.WireCubeFs("v", List.of("h:1"), null, null, "s", null));
    }

    @Test
    void theLastOfTwoCounts() {
        assertThat(decode("{\"id\":\"a\",\"ID\":\"b\"}").id()).isEqualTo("b");
        assertThat(decode("{\"Id\":\"a\",\"id\":\"b\"}").id()).isEqualTo("b");
    }

    @Test
    void whatNobodyKnowsIsPassedOver() {
        assertThat(decode("{\"Other\":{\"id\":[1,{\"id\":\"x\"}]},\"id\":\"a\"}")
                        .id())
                .isEqualTo("a");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"id\":5} | id",
                "{\"ID\":5} | id",
                "{\"readonly\":\"yes\"} | readonly",
                "{\"ReadOnly\":\"yes\"} | readonly",
                "{\"cubefs\":{\"masters\":5}} | cubefs.masters",
                "{\"CubeFS\":{\"Masters\":5}} | cubefs.masters",
                "{\"CUBEFS\":{\"masters\":[\"h:1\",5]}} | cubefs.masters.[1]"
            })
    void aWrongTypeIsNamedByItsField(String json, String field) {
        assertThatThrownBy(() -> decode(json)).hasMessage("decode: the field " + field + " has the wrong type");
    }

    private static ShareCodec.Wire decode(String json) {
        return ShareCodec.decode(json.getBytes(StandardCharsets.UTF_8));
    }
}
