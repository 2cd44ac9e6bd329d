package io.heddle.fleet;

import static io.heddle.testsupport.FuzzTarget.ACCEPTED;
import static io.heddle.testsupport.FuzzTarget.require;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.heddle.fleet.group.GroupCodec;
import io.heddle.fleet.group.GroupRecord;
import io.heddle.fleet.group.GroupRecord.Author;
import io.heddle.fleet.group.StoredShare;
import io.heddle.fleet.vm.StatusReader;
import io.heddle.fleet.vm.StatusReader.BadStatusException;
import io.heddle.mount.NodeAgentStatus;
import io.heddle.mount.Secret;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareMount.Action;
import io.heddle.mount.ShareSubjects;
import io.heddle.mount.cubefs.CubeFs;
import io.heddle.testsupport.FuzzTarget;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What the fleet room reads, and what it promises of it. */
public final class FleetTargets {

    private static final String SECRET = "SK-very-secret-of-a-group";
    private static final JsonMapper JSON = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .build();
    private static final StatusReader READER = new StatusReader(65_536);

    /** Of a VM called {@code vm}. */
    public static final List<String> STATUSES =
            List.of("""
            {"vm":"vm","vm_ids":["vm","alias"],"version":"1.0","time":"2026-01-01T00:00:00Z","mode":"jetstream","future":1,
             "shares":[{"id":"data","state":"RETRYING","since":"2026-01-01T00:00:00Z","attempts":2,"error":"no","mount_point":
             "/workspace/data","backend":"cubefs","readonly":false}]}""", """
            {"vm":"vm","time":1767225600.000000001,"shares":[{"id":"a","state":"MOUNTED","since":1767225600},
             {"id":"b","state":"LOST","since":"2026-01-01T00:00:00+02:00","attempts":2147483647,"mount_point":null}]}""", "{\"vm\":\"vm\",\"time\":\"2026-01-01T00:00:00Z\",\"shares\":[]}");

    private static final List<String> STATUS_WORDS = List.of(
            "vm",
            "vm_ids",
            "time",
            "shares",
            "state",
            "since",
            "attempts",
            "error",
            "mount_point",
            "backend",
            "+999999999-12-31T23:59:59.999999999Z",
            "-999999999-01-01T00:00:00Z",
            "PENDING",
            "core");
    private static final List<String> GROUP_WORDS = List.of(
            "members",
            "shares",
            "changes",
            "deleting",
            "order",
            "share",
            "id",
            "by",
            "beat",
            "vms",
            "mount_points",
            "a.b",
            ">",
            "../../etc",
            "/etc/passwd");

    private FleetTargets() {}

    /** All of them. */
    public static List<FuzzTarget> all() {
        return List.of(
                FuzzTarget.of("agent status", STATUSES, STATUS_WORDS, FleetTargets::status),
                new FuzzTarget("group record", groups(), GROUP_WORDS, FleetTargets::group));
    }

    /** Records as we write them, with credentials. */
    public static List<byte[]> groups() {
        ShareMount share = new ShareMount(
                "data",
                Action.MOUNT,
                ShareMount.CUBEFS,
                "/workspace/data",
                true,
                new CubeFs("v", List.of("h:1"), "o", Secret.of("AK-1"), Secret.of(SECRET), "a/b"));
        ShareMount other = new ShareMount("home", Action.MOUNT, ShareMount.VIRTIO_9P, "/workspace/h", false, null);
        GroupRecord two = GroupRecord.EMPTY
                .withMembers(Set.of("vm-1", "vm-2"), new Author("c1", "r1"))
                .withShare(StoredShare.of(share, 1), new Author("c2", "r1"))
                .withShare(StoredShare.of(other, 2), new Author("c3", "r2"));
        GroupRecord fewer = two.withMembers(Set.of("vm-2", "vm-3"), new Author("c4", "r2"))
                .withoutShare("home", new Author("c5", "r2"));
        return List.of(
                GroupCodec.encode(two),
                GroupCodec.encode(fewer),
                GroupCodec.encode(fewer.finished(new Author("c1", "r1"), List.of("vm-1"))),
                GroupCodec.encode(fewer.deleted(new Author("c6", "r1"))),
                GroupCodec.encode(GroupRecord.EMPTY));
    }

    private static String status(byte[] input) throws IOException {
        try {
            NodeAgentStatus status = READER.read("vm", input);
            require(status.vm().equals("vm"), "is that VM's", status.vm());
            status.vmIds().forEach(ShareSubjects::requireVmId);
            require(status.vmIds().size() <= 16 && status.shares().size() <= 1024, "is not too much", status);
            require(status.version().length() <= 513, "is cut", status);
            status.shares().forEach(share -> {
                require(ShareMount.isName(share.id()), "id", share.id());
                require(share.mountPoint().length() <= 513 && share.backend().length() <= 513, "is cut", share);
                require(share.error() == null || share.error().length() <= 513, "is cut", share);
                require(share.state() != null && share.since() != null, "is whole", share);
            });
            byte[] written = JSON.writeValueAsBytes(status);
            require(new StatusReader(1 << 24).read("vm", written).equals(status), "is read as it was written", status);
            return ACCEPTED;
        } catch (BadStatusException e) {
            require(String.valueOf(e.getMessage()).length() < 80, "says why, shortly", e.getMessage());
            return String.valueOf(e.getMessage()).replaceAll("^\\d+ bytes.*", "too large");
        }
    }

    private static String group(byte[] input) {
        try {
            GroupRecord group = GroupCodec.decode("g", input);
            group.members().forEach(ShareSubjects::requireVmId);
            group.leaving().forEach(ShareSubjects::requireVmId);
            group.shares().forEach((id, share) -> {
                require(id.equals(share.shown().id()), "has its own id", id);
                require(ShareMount.isName(id), "id", id);
            });
            group.changes().forEach(change -> change.mountPoints().forEach(ShareMount::unmount));
            boolean known = group.shares().values().stream()
                            .anyMatch(share -> share.shown().toString().contains(SECRET))
                    || group.toString().replaceAll("shares=.*", "").contains(SECRET)
                    || group.changes().toString().contains(SECRET);
            require(known || !group.toString().contains(SECRET), "shows no secret", group);
            require(GroupCodec.decode("g", GroupCodec.encode(group)).equals(group), "is read as it was written", group);
            // What is done with it next.
            Author author = new Author("fuzz", "r9");
            group.withMembers(new TreeSet<>(List.of("vm-9")), author).deleted(author);
            require(Group.of("g", group, 1).name().equals("g"), "can be shown", group);
            return ACCEPTED;
        } catch (CorruptGroupException e) {
            require(!String.valueOf(e.getMessage()).contains(SECRET), "repeats no secret", e.getMessage());
            return "corrupt";
        }
    }
}
