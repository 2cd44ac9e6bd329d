package io.heddle.mount;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Share mounts on this machine. */
@ConfigMapping(prefix = "heddle.mounts")
public interface MountsConfig {

    /**
     * The ids under which this machine gets its shares; several are aliases of one machine. None, and no {@code node-name} either: no
     * agent runs here.
     */
    @WithName("vm-ids")
    Optional<List<String>> listedVmIds();

    /** The name of the Kubernetes node, one more id of this machine: each {@code .} becomes {@code -}, as an id is one subject token. */
    Optional<String> nodeName();

    /** Every id of this machine, the node's last; empty when no agent runs here. */
    default Optional<List<String>> vmIds() {
        List<String> ids = Stream.concat(
                        listedVmIds().stream().flatMap(List::stream),
                        nodeName().stream().map(name -> name.replace('.', '-')))
                .toList();
        return ids.isEmpty() ? Optional.empty() : Optional.of(ids);
    }

    /**
     * How a share is mounted: {@code cfs-client} (CubeFS over FUSE) or {@code directory} (a symbolic link into
     * {@code <state-dir>/volumes}, for development).
     */
    @WithDefault("cfs-client")
    Engine engine();

    /**
     * The engine of each backend that does not use its own one: {@code heddle.mounts.engines.<backend>=<engine>}. For
     * {@code cubefs} it overrides {@code heddle.mounts.engine}.
     */
    Map<String, String> engines();

    /** A share may be mounted at or below these directories only. */
    @WithDefault("/run/weft/shares,/workspace,/opt/tools")
    List<String> allowedRoots();

    /**
     * Where the desired state and the records of running clients are stored. Created with mode 0700; an existing directory must
     * belong to the user of this process, and no one else may write it. One node agent at a time can use it.
     */
    @WithDefault("/var/lib/heddle")
    Path stateDir();

    /** A JSON array of ShareMounts that is applied at start; any later message overrides it. */
    Optional<Path> bootFile();

    /** The JetStream stream that keeps the published shares; made when absent. */
    @WithDefault("weft-mounts")
    String stream();

    /**
     * The key-value bucket with the latest message on each share; created when absent, never changed when present. The messages
     * contain credentials: a node agent may read and write the keys of its own VM only.
     */
    @WithDefault("heddle-shares")
    String bucket();

    /** The replicas of a stream and a bucket that Heddle creates. */
    @WithDefault("1")
    int streamReplicas();

    /** Whether an existing stream that keeps only one message per VM may be changed to keep 64. */
    @WithDefault("false")
    boolean widenStream();

    /** How many shares are mounted or unmounted at the same time. */
    @WithDefault("16")
    int parallelism();

    /** The wait before the first retry of a share that failed; doubled each time, with jitter. */
    @WithDefault("1s")
    Duration retryMinDelay();

    /** The longest wait between two retries of a share that failed. */
    @WithDefault("30s")
    Duration retryMaxDelay();

    /** How long a mount may be silent while its client lives, before it is taken down and mounted again. */
    @WithDefault("120s")
    Duration hangTimeout();

    /** How long stopping may take to unmount everything. */
    @WithDefault("20s")
    Duration shutdownTimeout();

    /** Whether shares stay mounted when the service stops; they are adopted at the next start. */
    @WithDefault("false")
    boolean keepOnShutdown();

    /** Larger messages are refused unread. */
    @WithDefault("64K")
    MemorySize maxPayload();

    /** How often the whole status is published when nothing changes; a tenth of it is jitter. */
    @WithDefault("30s")
    Duration statusInterval();

    /** The CubeFS client. */
    CubeFsClient cubefs();

    /** The engines that come with Heddle. */
    enum Engine {
        CFS_CLIENT,
        DIRECTORY;

        /** The word in the configuration. */
        public String id() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** Settings of the CubeFS engine. */
    interface CubeFsClient {

        /** The client program: a name on the PATH or an absolute path. */
        @WithDefault("cfs-client")
        String command();

        /** The owner of volumes whose share names none. */
        Optional<String> defaultOwner();

        /**
         * How long a client with one master may take until its mount answers; its own retries need up to 75 s. Each further master adds
         * twice this time, because the client waits for a silent master at each of its calls.
         */
        @WithDefault("90s")
        Duration mountDeadline();

        /** How often the mounts are checked. A dead mount is noticed within this and {@code probe-timeout}. */
        @WithDefault("1s")
        Duration probeInterval();

        /** How long a mount may take to answer a check before it counts as silent. */
        @WithDefault("1s")
        Duration probeTimeout();

        /** How long an unmount may take before it counts as hung and the connection is aborted. */
        @WithDefault("10s")
        Duration unmountTimeout();

        /** The client's own log level. */
        @WithDefault("warn")
        String logLevel();

        /**
         * The most that the logs of one client may occupy, checked every 10 {@code probe-interval}s. Over it, rotated logs are deleted,
         * the oldest first, and then the largest logs are emptied. The client has no such option.
         */
        @WithDefault("64M")
        MemorySize maxLogSize();
    }
}
