package io.heddle.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.mount.backend.JsonFields;
import io.heddle.mount.cubefs.CubeFs;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names as Go reads them: in any case, the last of two, those that nobody knows passed over. */
class ShareCodecTest {

    @Test
    void namesAreReadInAnyCase() {
        ShareMount share = decode("""
                {"ID":"a","Mount_Point":"/x","READONLY":true,"CubeFS":{"VOLUME":"v","Masters":["h:1"],"Secret_Key":"s","Owner":"o"}}""");

        assertThat(share.id()).isEqualTo("a");
        assertThat(share.mountPoint()).isEqualTo("/x");
        assertThat(share.readonly()).isTrue();
        assertThat(share.source()).isEqualTo(new CubeFs("v", List.of("h:1"), "o", Secret.NONE, Secret.of("s"), ""));
    }

    @Test
    void theLastOfTwoCounts() {
        assertThat(decode("{\"action\":\"unmount\",\"id\":\"a\",\"ID\":\"b\"}").id())
                .isEqualTo("b");
        assertThat(decode("{\"action\":\"unmount\",\"Id\":\"a\",\"id\":\"b\"}").id())
                .isEqualTo("b");
    }

    @Test
    void whatNobodyKnowsIsPassedOver() {
        assertThat(decode("{\"Other\":{\"id\":[1,{\"id\":\"x\"}]},\"id\":\"a\",\"action\":\"unmount\"}")
                        .id())
                .isEqualTo("a");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"id\":5} | id",
                "{\"ID\":5} | id",
                "{\"id\":\"a\",\"readonly\":\"yes\"} | readonly",
                "{\"id\":\"a\",\"ReadOnly\":\"yes\"} | readonly",
                "{\"id\":\"a\",\"cubefs\":{\"masters\":5}} | cubefs.masters",
                "{\"id\":\"a\",\"CubeFS\":{\"Masters\":5}} | cubefs.masters",
                "{\"id\":\"a\",\"CUBEFS\":{\"masters\":[\"h:1\",5]}} | cubefs.masters.[1]"
            })
    void aWrongTypeIsNamedByItsField(String json, String field) {
        assertThatThrownBy(() -> decode(json)).hasMessage("decode: the field " + field + " has the wrong type");
    }

    private static ShareMount decode(String json) {
        JsonFields fields = JsonFields.of(json.getBytes(StandardCharsets.UTF_8));
        return ShareCodec.decode(fields.text("id"), fields, new ShareRules(List.of("/x"), "", 65_536));
    }
}
