package io.heddle.mount.bench;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.heddle.mount.MountsConfig;
import io.heddle.mount.ShareMessages;
import io.heddle.mount.ShareRules;
import io.heddle.testsupport.Configs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A share message from its bytes to what may be applied, beside Jackson's reading of the same bytes into a record. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class ShareDecodingBenchmark {

    private final byte[] message = """
            {"id":"team-data","action":"mount","backend":"cubefs","mount_point":"/run/weft/shares/team-data","readonly":false,\
            "cubefs":{"volume":"team-data","masters":["10.9.0.1:17010","10.9.0.2:17010","10.9.0.3:17010"],"owner":"team-alpha",\
            "access_key":"39bEF4RrAQgMj6RV","secret_key":"TRL6o3JL16YOqvZGIohBDFTHZDEcFsyd","subdir":"2026/spring"}}\
            """.getBytes(StandardCharsets.UTF_8);
    private final ShareRules rules = ShareRules.of(Configs.of(MountsConfig.class, Map.of()));
    private final ObjectReader bare = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build()
            .readerFor(JsonNode.class);

    @Benchmark
    public Object decodeAndValidate() {
        return ShareMessages.parse(message, rules);
    }

    @Benchmark
    public Object jackson() throws IOException {
        return bare.readValue(message);
    }
}
