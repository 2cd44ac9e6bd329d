package io.heddle.mount.cubefs;

import io.heddle.mount.cubefs.client.ClientProcess;
import io.heddle.mount.cubefs.client.RunDirectory;
import io.heddle.mount.cubefs.client.RunRecord;
import io.heddle.mount.cubefs.kernel.MountPoint;
import io.heddle.mount.cubefs.kernel.MountTable;
import io.heddle.mount.cubefs.kernel.ProcessTable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The remains of a share from a previous run, which may have been killed at any moment:
 *
 * <ul>
 *   <li>no record: nothing was started, but a mount point may have been made;
 *   <li>a record without a living pid: the client may have been started a moment before; it is found by its command line;
 *   <li>a client without a mount: it was starting, and is ended;
 *   <li>a mount without a client: dead, and removed;
 *   <li>both: it is adopted, whether or not it matches the desired state.
 * </ul>
 */
final class PreviousRun {

    private final Path stateDirectory;
    private final ShareUnmount shareUnmount;

    PreviousRun(Path stateDirectory, ShareUnmount shareUnmount) {
        this.stateDirectory = stateDirectory;
        this.shareUnmount = shareUnmount;
    }

    /** The ids of shares that have a record. */
    List<String> ids() {
        return RunDirectory.all(stateDirectory).stream()
                .filter(RunDirectory::hasRecord)
                .map(RunDirectory::id)
                .toList();
    }

    /** Deletes the credentials of starts that were cut short, and the logs of clients that have ended. */
    void deleteLeftovers() {
        for (RunDirectory directory : RunDirectory.all(stateDirectory)) {
            if (directory.hasRecord() || Files.exists(directory.mountPointNote())) {
                directory.deleteConfigs();
            } else {
                directory.delete();
            }
        }
    }

    /** Removes what was kept for the operator, after a share was lost or never came up. */
    void deleteOutput(String id) {
        RunDirectory directory = RunDirectory.of(stateDirectory, id);
        if (directory.exists()) {
            directory.delete();
        }
    }

    /** The share's mount if it is still served by its client; else removes what is left, and is empty. */
    Optional<MountedShare> find(String id) {
        RunDirectory directory = RunDirectory.of(stateDirectory, id);
        Optional<RunRecord> record = directory.read();
        shareUnmount.clearStage(directory);
        if (record.isEmpty()) {
            if (directory.hasRecord()) {
                orphans(directory).forEach(orphan -> shareUnmount.killed(id, orphan));
                directory.deleteRecord();
            }
            directory.notedMountPoint().ifPresent(made -> {
                shareUnmount.removeMountPoint(new MountPoint(made, true));
                directory.deleteMountPointNote();
            });
            return Optional.empty();
        }
        Optional<ClientProcess> recorded = recorded(record.get());
        List<ClientProcess> clients = recorded.isPresent() ? List.of(recorded.get()) : orphans(directory);
        if (clients.size() == 1) {
            ClientProcess client = clients.get(0);
            MountedShare share = new MountedShare(id, directory, record.get().withClient(client), client);
            if (share.isIn(MountTable.read())) {
                directory.write(share.record());
                CubeFsLog.LOG.adopted(id, share.mountPoint(), client.pid());
                return Optional.of(share);
            }
        }
        clear(id, directory, record.get(), clients);
        return Optional.empty();
    }

    private void clear(String id, RunDirectory directory, RunRecord record, List<ClientProcess> clients) {
        String pids = clients.isEmpty() ? "gone" : clients.get(0).pid() + " without a mount";
        CubeFsLog.LOG.clearing(id, pids, record.place().path());
        boolean gone = true;
        for (ClientProcess client : clients) {
            gone &= shareUnmount.killed(id, client);
        }
        shareUnmount.clearDeadMount(id, record);
        if (!gone) {
            throw new UnmountFailedException("an earlier client of share " + id + " does not end");
        }
        shareUnmount.removeMountPoint(record.place());
        directory.delete();
    }

    private static Optional<ClientProcess> recorded(RunRecord record) {
        if (record.pid() == 0 || !record.bootId().equals(ProcessTable.bootId())) {
            return Optional.empty();
        }
        return ClientProcess.adopt(record.pid(), record.startTicks());
    }

    private static List<ClientProcess> orphans(RunDirectory directory) {
        List<ClientProcess> orphans = new ArrayList<>();
        for (long pid : ProcessTable.clientsOf(directory.toString(), directory.configPrefix())) {
            OptionalLong ticks = ProcessTable.startTicks(pid);
            if (ticks.isPresent()) {
                ClientProcess.adopt(pid, ticks.getAsLong()).ifPresent(orphans::add);
            }
        }
        return orphans;
    }
}
