package io.heddle.fleet;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.heddle.mount.ShareState;
import io.heddle.mount.ShareStatus;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The status of a group's shares on its members.
 *
 * @param leaving VMs whose unmounts are not acknowledged by the stream yet
 * @param unfinishedChanges the number of changes that are not published completely
 */
@RegisterForReflection
@JsonNaming(SnakeCaseStrategy.class)
public record GroupStatus(String group, List<PerShare> shares, List<String> leaving, int unfinishedChanges) {

    /**
     * One share. Every member is in exactly one of the lists.
     *
     * @param mounted the node agent reports it mounted as desired
     * @param pending not mounted yet, or not reported yet
     * @param failed the node agent reports a failure and retries
     * @param silent the node agent does not report
     */
    @RegisterForReflection
    @JsonNaming(SnakeCaseStrategy.class)
    public record PerShare(
            String id,
            String mountPoint,
            int total,
            List<String> mounted,
            List<String> pending,
            List<Failed> failed,
            List<String> silent) {}

    /** A VM where a share is not mounted, and why. */
    @RegisterForReflection
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Failed(
            String vm, ShareState state, @Nullable String error) {}

    static GroupStatus of(Group group, Function<String, @Nullable VmView> vms) {
        List<PerShare> shares = group.shares().stream()
                .map(share -> new PerShare(
                        share.id(),
                        share.mountPoint(),
                        group.vms().size(),
                        new ArrayList<>(),
                        new ArrayList<>(),
                        new ArrayList<>(),
                        new ArrayList<>()))
                .toList();
        for (String id : group.vms()) {
            VmView vm = vms.apply(id);
            shares.forEach(share -> sort(share, id, vm));
        }
        return new GroupStatus(group.name(), shares, group.leaving(), group.unfinishedChanges());
    }

    private static void sort(PerShare share, String id, @Nullable VmView vm) {
        VmShare known = vm == null
                ? null
                : vm.shares().stream()
                        .filter(one -> one.id().equals(share.id()))
                        .findFirst()
                        .orElse(null);
        ShareStatus reported = known == null ? null : known.reported();
        if (vm != null && vm.silent()) {
            share.silent().add(id);
        } else if (known == null || reported == null) {
            share.pending().add(id);
        } else if (known.desired() != null && known.inSync()) {
            share.mounted().add(id);
        } else {
            switch (reported.state()) {
                case RETRYING, REJECTED, LOST, STALLED, BUSY ->
                    share.failed().add(new Failed(id, reported.state(), reported.error()));
                case PENDING, MOUNTING, MOUNTED, UNMOUNTING, UNMOUNTED ->
                    share.pending().add(id);
            }
        }
    }
}
