package io.heddle.hold;

/** interim */
final class HoldStream {
    HoldStream(HoldIndex index, int buffer, int resumeLog) {}
    void publish(HoldEvent event) {}
    void caughtUp(long position) {}
    void forgotten() {}
    void close() {}
    int subscribers() { return 0; }
    io.smallrye.mutiny.Multi<HoldEvent> subscribe() { return io.smallrye.mutiny.Multi.createFrom().empty(); }
    io.smallrye.mutiny.Multi<HoldEvent> subscribe(long after) { return io.smallrye.mutiny.Multi.createFrom().empty(); }
    io.smallrye.mutiny.Uni<Void> ready() { return io.smallrye.mutiny.Uni.createFrom().voidItem(); }
}
