package io.heddle.fleet;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.heddle.fleet.group.GroupRecord;
import io.heddle.fleet.group.StoredShare;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A group of VMs that get the same shares; holds no credentials.
 *
 * @param vms the members, sorted
 * @param leaving former members whose unmounts the stream has not acknowledged yet
 * @param shares what every member gets, sorted by id
 * @param unfinishedChanges the number of changes that are not published completely
 * @param deleting whether the group is deleted once they are
 * @param revision the revision of its record; rises with every change
 */
@RegisterForReflection
@JsonNaming(SnakeCaseStrategy.class)
public record Group(
        String name,
        List<String> vms,
        List<String> leaving,
        List<GroupShare> shares,
        int unfinishedChanges,
        boolean deleting,
        long revision) {

    /** The key of the group's record. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,127}");

    static Group of(String name, GroupRecord group, long revision) {
        return new Group(
                name,
                List.copyOf(group.members()),
                List.copyOf(group.leaving()),
                group.shares().values().stream().map(StoredShare::shown).toList(),
                group.changes().size(),
                group.deleting(),
                revision);
    }

    /**
     * Checks a group's name.
     *
     * @return the same name
     * @throws IllegalArgumentException when it is invalid
     */
    public static String requireName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("a group's name must match " + NAME);
        }
        return name;
    }
}
