package io.heddle.hold;

import io.smallrye.mutiny.Uni;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Function;

/** Several files or none: one after another in sorted order, and back again when one is refused. */
final class AllOrNothing {

    private final List<FilePath> files;
    private final Function<FilePath, Uni<Grant>> announce;
    private final Leases leases;
    private final List<HoldLease> held = new ArrayList<>();
    private final List<HoldLease> granted = new ArrayList<>();

    AllOrNothing(Collection<FilePath> files, Function<FilePath, Uni<Grant>> announce, Leases leases) {
        this.files = new ArrayList<>(new TreeSet<>(files));
        this.announce = announce;
        this.leases = leases;
    }

    Uni<List<HoldLease>> acquire() {
        return next(0);
    }

    /** Releases what was granted, and leaves alone what the agent had before. */
    static Uni<Void> undo(List<HoldLease> granted, List<HoldLease> held) {
        held.stream().filter(lease -> !granted.contains(lease)).forEach(HoldLease::abandon);
        Uni<Void> done = Uni.createFrom().voidItem();
        for (HoldLease lease : granted) {
            done = done.chain(
                    () -> lease.release().replaceWithVoid().onFailure().recoverWithNull());
        }
        return done;
    }

    private Uni<List<HoldLease>> next(int index) {
        if (index == files.size()) {
            return Uni.createFrom().item(List.copyOf(held));
        }
        return announce.apply(files.get(index))
                .onItemOrFailure()
                .transformToUni((grant, failure) -> failure == null ? taken(index, grant) : refused(failure));
    }

    private Uni<List<HoldLease>> taken(int index, Grant grant) {
        HoldLease lease = leases.over(grant.hold());
        held.add(lease);
        if (!grant.renewal()) {
            granted.add(lease);
        }
        return next(index + 1);
    }

    private Uni<List<HoldLease>> refused(Throwable failure) {
        return undo(granted, held).chain(() -> Uni.createFrom().failure(failure));
    }
}
