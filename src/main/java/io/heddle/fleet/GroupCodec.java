package io.heddle.fleet;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Group records to and from JSON. Unknown fields are dropped by whoever writes next. */
final class GroupCodec {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private GroupCodec() {}

    @RegisterForReflection
    @JsonInclude(JsonInclude.Include.NON_DEFAULT)
    record Wire(
            @Nullable NavigableSet<String> members,
            @Nullable List<WireShare> shares,
            @Nullable List<WireChange> changes,
            boolean deleting) {}

    /** The message is kept as it is published. */
    @RegisterForReflection
    record WireShare(long order, JsonNode share) {

        @Override
        public String toString() {
            return "WireShare[order=" + order + "]";
        }
    }

    @RegisterForReflection
    @JsonInclude(JsonInclude.Include.NON_DEFAULT)
    record WireChange(
            String id,
            String by,
            int beat,
            @Nullable NavigableSet<String> vms,
            @JsonProperty("mount_points") Map<String, String> mountPoints) {}

    static byte[] encode(GroupRecord group) {
        try {
            List<WireShare> shares = new ArrayList<>();
            for (KeptShare share : group.shares().values()) {
                shares.add(new WireShare(share.order(), MAPPER.readTree(share.message())));
            }
            List<WireChange> changes = group.changes().stream()
                    .map(change ->
                            new WireChange(change.id(), change.by(), change.beat(), change.vms(), change.mountPoints()))
                    .toList();
            return MAPPER.writeValueAsBytes(new Wire(group.members(), shares, changes, group.deleting()));
        } catch (IOException e) {
            throw new IllegalStateException("a group could not be written as JSON", e);
        }
    }

    /** @throws CorruptGroupException when it is no record; the message repeats nothing of it */
    static GroupRecord decode(String name, byte[] json) {
        try {
            Wire wire = MAPPER.readValue(json, Wire.class);
            NavigableMap<String, KeptShare> shares = new TreeMap<>();
            for (WireShare share : orEmpty(wire.shares())) {
                KeptShare kept = toShare(share);
                shares.put(kept.shown().id(), kept);
            }
            List<GroupChange> changes = orEmpty(wire.changes()).stream()
                    .map(change -> new GroupChange(
                            change.id(), change.by(), change.beat(), change.vms(), new TreeMap<>(change.mountPoints())))
                    .toList();
            NavigableSet<String> members = wire.members() == null ? new TreeSet<>() : wire.members();
            return new GroupRecord(members, shares, changes, wire.deleting());
        } catch (IOException | NullPointerException e) {
            // Jackson's own message repeats parts of the input, which has credentials.
            throw new CorruptGroupException(name);
        }
    }

    private static KeptShare toShare(WireShare wire) throws JsonProcessingException {
        JsonNode share = wire.share();
        GroupShare shown = new GroupShare(
                share.required("id").textValue(),
                share.path("mount_point").asText(),
                share.path("backend").asText(),
                share.path("readonly").asBoolean(),
                share.path("cubefs").path("volume").asText());
        return new KeptShare(shown, MAPPER.writeValueAsBytes(share), wire.order());
    }

    private static <T> List<T> orEmpty(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }
}
