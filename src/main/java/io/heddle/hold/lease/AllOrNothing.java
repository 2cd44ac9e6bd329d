package io.heddle.hold.lease;

import io.heddle.hold.HoldLostException;
import io.heddle.hold.HoldName;
import io.heddle.hold.HoldRequest;
import io.smallrye.mutiny.Uni;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Takes several files one after another in sorted order, and rolls back all of them when one is refused.
 *
 * @param <T> the result for one file
 */
public final class AllOrNothing<T> {

    private final List<HoldRequest> requests;
    private final Function<HoldRequest, Uni<T>> take;
    private final Function<T, Uni<Void>> undo;
    private final Function<T, Optional<HoldLostException>> ended;
    private final List<T> taken = new ArrayList<>();

    /** @param ended why something that was taken no longer counts when the last file is taken; empty while it does */
    public AllOrNothing(
            Collection<HoldRequest> requests,
            Function<HoldRequest, Uni<T>> take,
            Function<T, Uni<Void>> undo,
            Function<T, Optional<HoldLostException>> ended) {
        Map<String, HoldRequest> byName = new TreeMap<>();
        requests.forEach(request -> byName.put(HoldName.of(request).text(), request));
        this.requests = List.copyOf(byName.values());
        this.take = take;
        this.undo = undo;
        this.ended = ended;
    }

    /** Must be called once only. */
    public Uni<List<T>> take() {
        return takeFrom(0);
    }

    private Uni<List<T>> takeFrom(int index) {
        if (index == requests.size()) {
            return taken.stream()
                    .flatMap(one -> ended.apply(one).stream())
                    .findFirst()
                    .map(this::rollBack)
                    .orElseGet(() -> Uni.createFrom().item(List.copyOf(taken)));
        }
        return take.apply(requests.get(index)).onItemOrFailure().transformToUni((one, failure) -> {
            if (failure != null) {
                return rollBack(failure);
            }
            taken.add(one);
            return takeFrom(index + 1);
        });
    }

    private Uni<List<T>> rollBack(Throwable failure) {
        Uni<Void> done = Uni.createFrom().voidItem();
        for (T one : taken) {
            done = done.chain(() -> undo.apply(one).onFailure().recoverWithNull());
        }
        return done.chain(() -> Uni.createFrom().failure(failure));
    }
}
