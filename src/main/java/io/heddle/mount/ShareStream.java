package io.heddle.mount;

import static io.heddle.mount.node.MountLog.LOG;

import io.heddle.nats.StreamNotFoundException;
import io.heddle.stream.request.JetStreamApi;
import io.heddle.stream.request.StreamNameInUseException;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import io.smallrye.mutiny.Uni;

/** The stream that keeps the published shares: what it is when we make it, and what is said when somebody else's is narrower. */
public final class ShareStream {

    /** With 64 messages kept for each VM, a new agent sees the newest state of 64 shares, not of one. */
    static final long MESSAGES_PER_VM = 64;

    private final String name;
    private final int replicas;

    /** A stream that one server keeps. */
    public ShareStream(String name) {
        this(name, 1);
    }

    private ShareStream(String name, int replicas) {
        this.name = name;
        this.replicas = replicas;
    }

    /** The stream that is configured. */
    public static ShareStream of(MountsConfig config) {
        return new ShareStream(config.stream(), config.streamReplicas());
    }

    public String name() {
        return name;
    }

    /** The stream as we make it when it is absent. */
    public StreamConfiguration configuration() {
        return StreamConfiguration.builder()
                .name(name)
                .subjects(ShareSubjects.ALL)
                .retentionPolicy(RetentionPolicy.Limits)
                .storageType(StorageType.File)
                .replicas(replicas)
                .maxMessagesPerSubject(MESSAGES_PER_VM)
                .build();
    }

    /** The stream as it is, made first when absent; one that exists is not changed. */
    public Uni<StreamInfo> ensure(JetStreamApi api) {
        return api.streamInfo(name).onFailure(StreamNotFoundException.class).recoverWithUni(() -> api.createStream(
                        configuration())
                .onFailure(StreamNameInUseException.class)
                .recoverWithUni(() -> api.streamInfo(name)));
    }

    /** Widens a stream that keeps one message for each VM, when that is allowed, and says so when it is not. */
    public Uni<StreamInfo> widen(StreamInfo info, JetStreamApi api, boolean allowed) {
        if (!isNarrow(info)) {
            return Uni.createFrom().item(info);
        }
        if (!allowed) {
            LOG.narrowStream(name, info.getConfiguration().getMaxMsgsPerSubject());
            return Uni.createFrom().item(info);
        }
        StreamConfiguration wider = StreamConfiguration.builder(info.getConfiguration())
                .maxMessagesPerSubject(MESSAGES_PER_VM)
                .build();
        return api.updateStream(wider).invoke(() -> LOG.widenedStream(name, MESSAGES_PER_VM));
    }

    public static boolean isNarrow(StreamInfo info) {
        return info.getConfiguration().getMaxMsgsPerSubject() == 1;
    }
}
