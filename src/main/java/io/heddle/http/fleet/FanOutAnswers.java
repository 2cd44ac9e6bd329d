package io.heddle.http.fleet;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.heddle.fleet.FanOut.Progress;
import io.heddle.fleet.FanOut.VmFailure;
import io.heddle.fleet.Group;
import io.heddle.fleet.Groups;
import io.heddle.http.event.EventStreams;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Singleton;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Answers to changes of groups, with the progress of their fan-out to the VMs. */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
final class FanOutAnswers {

    private final EventStreams streams;

    FanOutAnswers(EventStreams streams) {
        this.streams = streams;
    }

    /**
     * The progress of a fan-out.
     *
     * @param share the share that is published; null for all shares of the group
     * @param total the number of VMs
     * @param done the number of VMs whose message the stream has acknowledged
     * @param failed the failures since the previous line; in the last line all. They are retried later
     * @param finished whether this is the last line
     */
    @RegisterForReflection
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record FanOutLine(@Nullable String share, int total, int done, List<VmFailure> failed, boolean finished) {}

    @RegisterForReflection
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record GroupAnswer(Group group, int total, int done, List<VmFailure> failed) {}

    Uni<FanOutLine> summary(String share, Uni<Groups.Update> update) {
        return update.chain(made -> made.fanOut().finished()).map(progress -> line(share, progress));
    }

    Uni<GroupAnswer> group(Uni<Groups.Update> update) {
        return update.chain(made -> made.fanOut()
                .finished()
                .map(end -> new GroupAnswer(made.group(), end.total(), end.done(), end.failed())));
    }

    /** Returns the progress and then the outcome, as NDJSON. */
    Multi<FanOutLine> lines(String share, Uni<Groups.Update> update) {
        return update.onItem()
                .transformToMulti(made -> made.fanOut().progress())
                .map(progress -> line(share, progress));
    }

    /** Returns the progress and then the outcome, as server-sent events. Call on the request's event loop. */
    Uni<Void> events(HttpServerRequest request, String share, Uni<Groups.Update> update) {
        Context eventLoop = Vertx.currentContext();
        return update.emitOn(task -> eventLoop.runOnContext(nothing -> task.run()))
                .chain(made -> streams.serve(
                        request,
                        made.fanOut()
                                .progress()
                                .map(progress -> streams.frame(
                                        progress.finished() ? "finished" : "progress", null, line(share, progress)))));
    }

    private static FanOutLine line(String share, Progress progress) {
        return new FanOutLine(share, progress.total(), progress.done(), progress.failed(), progress.finished());
    }
}
