package io.heddle.mount;

import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;

/** The configuration of the stream that stores the published shares. */
public final class ShareStream {

    /** With 64 messages for each VM, a new node agent sees the newest state of 64 shares, not of one. */
    public static final long MESSAGES_PER_VM = 64;

    private final String name;
    private final int replicas;

    /** A stream with one replica. */
    public ShareStream(String name) {
        this(name, 1);
    }

    private ShareStream(String name, int replicas) {
        this.name = name;
        this.replicas = replicas;
    }

    /** Returns the configured stream. */
    public static ShareStream of(MountsConfig config) {
        return new ShareStream(config.stream(), config.streamReplicas());
    }

    public String name() {
        return name;
    }

    /** Returns how the stream is created when it is absent. */
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

    /** Returns the configuration that widens an existing stream which keeps only one message for each VM. */
    public static StreamConfiguration widened(StreamInfo info) {
        return StreamConfiguration.builder(info.getConfiguration())
                .maxMessagesPerSubject(MESSAGES_PER_VM)
                .build();
    }

    /** Whether a stream keeps only one message for each VM, so that a new node agent misses shares. */
    public static boolean isNarrow(StreamInfo info) {
        return info.getConfiguration().getMaxMsgsPerSubject() == 1;
    }
}
