package io.heddle.mount.node;

import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareState;
import io.heddle.mount.cubefs.CubeFs;
import io.heddle.testsupport.CubeFsStub.Mount;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * One machine as the kernel, the disk and its agent show it, beside what was last said of its shares.
 *
 * @param said the latest message on each share, unmounts included
 * @param mounts the mount table, below the allowed root
 * @param contents what a file of each mount says, by mount point: {@code <volume>/<subdir>}
 * @param clients the client processes that live
 * @param sleepers processes in uninterruptible sleep
 * @param told the agent's own list
 * @param records the pid of each share's client, as the disk has it
 * @param remembered the wanted state on the disk
 * @param strays files and directories on the disk that belong to nothing
 */
public record MachineState(
        Map<String, ShareMount> said,
        List<Mount> mounts,
        Map<String, String> contents,
        List<Client> clients,
        List<String> sleepers,
        List<Told> told,
        Map<String, Long> records,
        List<ShareMount> remembered,
        List<String> strays) {

    /** A client process and the share that it was started for. */
    public record Client(long pid, String share) {}

    /** What the agent says of a share. */
    public record Told(String id, String state, String mountPoint) {}

    /** All that is not as it should be, for people; empty when nothing is lost, doubled or left over. */
    public List<String> violations() {
        List<String> found = new ArrayList<>();
        for (ShareMount share : said.values()) {
            if (share.isMount()) {
                served(share, found);
            } else {
                gone(share, found);
            }
        }
        List<String> places = said.values().stream()
                .filter(ShareMount::isMount)
                .map(ShareMount::mountPoint)
                .toList();
        mounts.stream()
                .filter(mount -> !places.contains(mount.point()))
                .forEach(mount -> found.add("left: " + mount + " is wanted by nobody"));
        clients.stream().filter(client -> !wanted(client.share())).forEach(client -> found.add("orphan: " + client));
        records.keySet().stream().filter(id -> !wanted(id)).forEach(id -> found.add("left: the record of share " + id));
        told.stream()
                .filter(told -> !said.containsKey(told.id()))
                .forEach(told -> found.add("told of what nobody said: " + told));
        remembered.stream()
                .filter(share -> !said.containsKey(share.id()))
                .forEach(share -> found.add("remembered, but never said: " + share.id()));
        sleepers.forEach(sleeper -> found.add("in uninterruptible sleep: " + sleeper));
        strays.forEach(stray -> found.add("left on the disk: " + stray));
        return found;
    }

    private void served(ShareMount share, List<String> found) {
        String id = share.id();
        CubeFs source = ((CubeFs) share.requireSource());
        List<Mount> there = mounts.stream()
                .filter(mount -> mount.point().equals(share.mountPoint()))
                .toList();
        Mount right = new Mount(share.mountPoint(), "cubefs-" + source.volume(), share.readonly());
        String content = source.volume() + "/" + source.subdir();
        if (there.isEmpty()) {
            found.add("lost: share " + id + " is not mounted at " + share.mountPoint());
        } else if (there.size() > 1) {
            found.add("doubled: share " + id + " is mounted as " + there);
        } else if (!there.get(0).equals(right)) {
            found.add("wrong: share " + id + " is " + there.get(0) + " in place of " + right);
        } else if (!content.equals(contents.get(share.mountPoint()))) {
            found.add("wrong: share " + id + " shows '" + contents.get(share.mountPoint()) + "' in place of '" + content
                    + "'");
        }
        List<Long> pids = clients.stream()
                .filter(client -> client.share().equals(id))
                .map(Client::pid)
                .toList();
        if (pids.size() != 1) {
            found.add((pids.isEmpty() ? "lost" : "doubled") + ": share " + id + " has the clients " + pids);
        } else if (!pids.get(0).equals(records.get(id))) {
            found.add("wrong: share " + id + " is served by " + pids + ", recorded is " + records.get(id));
        }
        isTold(new Told(id, ShareState.MOUNTED.name(), share.mountPoint()), found);
        isRemembered(share, found);
    }

    private void gone(ShareMount share, List<String> found) {
        isTold(new Told(share.id(), ShareState.UNMOUNTED.name(), share.mountPoint()), found);
        isRemembered(share, found);
    }

    private void isTold(Told right, List<String> found) {
        List<Told> lines =
                told.stream().filter(line -> line.id().equals(right.id())).toList();
        if (lines.isEmpty()) {
            found.add("hidden: the agent does not tell of share " + right.id());
        } else if (lines.size() > 1
                || !lines.get(0).state().equals(right.state())
                // An unmount may leave the place to the agent's memory.
                || (!right.mountPoint().isEmpty() && !lines.get(0).mountPoint().equals(right.mountPoint()))) {
            found.add("told wrongly: " + lines + " in place of " + right);
        }
    }

    private void isRemembered(ShareMount share, List<String> found) {
        List<ShareMount> entries = remembered.stream()
                .filter(entry -> entry.id().equals(share.id()))
                .toList();
        boolean right = entries.size() == 1
                && (entries.get(0).equals(share)
                        || (share.mountPoint().isEmpty() && !entries.get(0).isMount()));
        if (!right) {
            found.add("remembered wrongly: share " + share.id() + ", " + entries.size() + " entries, of the actions "
                    + entries.stream()
                            .map(ShareMount::action)
                            .map(Objects::toString)
                            .toList());
        }
    }

    private boolean wanted(String id) {
        ShareMount share = said.get(id);
        return share != null && share.isMount();
    }
}
