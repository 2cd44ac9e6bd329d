package io.heddle.fleet.group;

import static io.heddle.fleet.publish.FleetLog.LOG;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.heddle.fleet.CorruptGroupException;
import io.heddle.fleet.GroupShare;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareRefusedException;
import io.heddle.mount.ShareSubjects;
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

/** Encodes group records as JSON. Unknown fields are dropped at the next write. */
public final class GroupCodec {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            // Jackson 2.21 does not read field names as it writes them: the two halves of a pair as two escapes.
            .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
            .build();

    private GroupCodec() {}

    @RegisterForReflection
    @JsonInclude(JsonInclude.Include.NON_DEFAULT)
    record Wire(
            @Nullable NavigableSet<String> members,
            @Nullable List<WireShare> shares,
            @Nullable List<WireChange> changes,
            boolean deleting) {}

    /** The message is stored as it is published. */
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

    public static byte[] encode(GroupRecord group) {
        try {
            List<WireShare> shares = new ArrayList<>();
            for (StoredShare share : group.shares().values()) {
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

    /**
     * Decodes a record.
     *
     * @throws CorruptGroupException when it is not a record; the exception repeats none of its content
     */
    public static GroupRecord decode(String name, byte[] json) {
        try {
            Wire wire = MAPPER.readValue(json, Wire.class);
            NavigableMap<String, StoredShare> shares = new TreeMap<>();
            for (WireShare share : orEmpty(wire.shares())) {
                StoredShare kept = toShare(share);
                shares.put(kept.shown().id(), kept);
            }
            List<GroupChange> changes = orEmpty(wire.changes()).stream()
                    .map(change -> new GroupChange(
                            change.id(),
                            change.by(),
                            change.beat(),
                            change.vms() == null ? null : vmIds(name, change.vms()),
                            new TreeMap<>(change.mountPoints())))
                    .toList();
            NavigableSet<String> members = wire.members() == null ? new TreeSet<>() : vmIds(name, wire.members());
            GroupRecord group = new GroupRecord(members, shares, changes, wire.deleting());
            requirePublishable(group);
            return group;
        } catch (IOException | NullPointerException | IllegalArgumentException | ShareRefusedException e) {
            // Jackson's own message repeats parts of the input, which has credentials.
            throw new CorruptGroupException(name);
        }
    }

    /** Everything in a record gets published, so it must be publishable. */
    private static void requirePublishable(GroupRecord group) {
        group.shares()
                .forEach((id, share) -> ShareMount.unmount(id, share.shown().mountPoint()));
        for (GroupChange change : group.changes()) {
            if (change.id().isEmpty() || change.by().isEmpty()) {
                throw new IllegalArgumentException("a change has no id or no replica");
            }
            change.mountPoints().forEach(ShareMount::unmount);
        }
    }

    /** Returns those that are VM ids: nothing can be published to the others, and they must not stop the group. */
    private static NavigableSet<String> vmIds(String group, NavigableSet<String> names) {
        NavigableSet<String> ids = new TreeSet<>(names);
        ids.removeIf(id -> !ShareSubjects.isVmId(id));
        if (ids.size() < names.size()) {
            LOG.badMembers(group, names.size() - ids.size());
        }
        return ids;
    }

    private static StoredShare toShare(WireShare wire) throws IOException {
        JsonNode share = wire.share();
        GroupShare shown = StoredShare.shown(share);
        byte[] message = MAPPER.writeValueAsBytes(share);
        MAPPER.readTree(message); // the record is written again later, which invalid Unicode would prevent
        return new StoredShare(shown, message, wire.order());
    }

    private static <T> List<T> orEmpty(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }
}
