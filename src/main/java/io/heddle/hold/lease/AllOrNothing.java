package io.heddle.hold.lease;

import io.heddle.hold.FilePath;
import io.heddle.hold.HoldLostException;
import io.smallrye.mutiny.Uni;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Several files or none: one after another in sorted order, and back again when one is refused.
 *
 * @param <T> what comes of taking a file
 */
public final class AllOrNothing<T> {

    private final List<FilePath> files;
    private final Function<FilePath, Uni<T>> take;
    private final Function<T, Uni<Void>> undo;
    private final Function<T, Optional<HoldLostException>> ended;
    private final List<T> taken = new ArrayList<>();

    /** @param ended why something that was taken no longer counts when the last file is taken; empty while it does */
    public AllOrNothing(
            Collection<FilePath> files,
            Function<FilePath, Uni<T>> take,
            Function<T, Uni<Void>> undo,
            Function<T, Optional<HoldLostException>> ended) {
        this.files = new ArrayList<>(new TreeSet<>(files));
        this.take = take;
        this.undo = undo;
        this.ended = ended;
    }

    /** To be called once. */
    public Uni<List<T>> take() {
        return next(0);
    }

    private Uni<List<T>> next(int index) {
        if (index == files.size()) {
            return taken.stream()
                    .flatMap(one -> ended.apply(one).stream())
                    .findFirst()
                    .map(this::refused)
                    .orElseGet(() -> Uni.createFrom().item(List.copyOf(taken)));
        }
        return take.apply(files.get(index)).onItemOrFailure().transformToUni((one, failure) -> {
            if (failure != null) {
                return refused(failure);
            }
            taken.add(one);
            return next(index + 1);
        });
    }

    private Uni<List<T>> refused(Throwable failure) {
        Uni<Void> done = Uni.createFrom().voidItem();
        for (T one : taken) {
            done = done.chain(() -> undo.apply(one).onFailure().recoverWithNull());
        }
        return done.chain(() -> Uni.createFrom().failure(failure));
    }
}
