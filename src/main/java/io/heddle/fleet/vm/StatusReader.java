package io.heddle.fleet.vm;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.heddle.mount.DeliveryMode;
import io.heddle.mount.NodeAgentStatus;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareStatus;
import io.heddle.mount.ShareSubjects;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Decodes and checks an untrusted status message. */
public final class StatusReader {

    private static final int MAX_SHARES = 1024;
    private static final int MAX_VM_IDS = 16;
    private static final int MAX_TEXT = 512;

    private final int maxBytes;

    /** Loaded with the first status: Jackson's introspection of a record takes 250 ms in a JVM that has just started. */
    private static final class Json {
        static final ObjectReader READER = JsonMapper.builder()
                .addModule(new JavaTimeModule())
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .build()
                .readerFor(NodeAgentStatus.class);
    }

    /** The message is not a status of that VM. */
    public static final class BadStatusException extends RuntimeException {

        public BadStatusException(String message) {
            super(message, null, false, false);
        }
    }

    public StatusReader(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    /**
     * Decodes and checks a status message.
     *
     * @throws BadStatusException when it is invalid; the exception repeats none of its content */
    public NodeAgentStatus read(String vm, byte[] data) {
        if (data.length > maxBytes) {
            throw new BadStatusException(data.length + " bytes, more than " + maxBytes);
        }
        NodeAgentStatus status;
        try {
            status = Json.READER.readValue(data);
        } catch (IOException e) {
            throw new BadStatusException("not a status");
        }
        try {
            return checked(vm, status);
        } catch (NullPointerException e) {
            throw new BadStatusException("a field is missing");
        } catch (IllegalArgumentException e) {
            throw new BadStatusException("invalid VM id");
        }
    }

    /** Fields that the JSON omits are null here, even where the type is non-null. */
    private static NodeAgentStatus checked(String vm, NodeAgentStatus status) {
        if (!vm.equals(status.vm())) {
            throw new BadStatusException("status of another VM");
        }
        List<String> vmIds = Objects.requireNonNullElse(status.vmIds(), List.of(vm));
        if (vmIds.size() > MAX_VM_IDS || status.shares().size() > MAX_SHARES) {
            throw new BadStatusException("too many VM ids or shares");
        }
        return new NodeAgentStatus(
                vm,
                vmIds.stream().map(ShareSubjects::requireVmId).toList(),
                cut(Objects.requireNonNullElse(status.version(), "")),
                Objects.requireNonNull(status.time()),
                Objects.requireNonNullElse(status.mode(), DeliveryMode.NONE),
                status.shares().stream().map(StatusReader::checked).toList());
    }

    /** Interns ids, paths and backends, which are the same on thousands of VMs. */
    private static ShareStatus checked(ShareStatus share) {
        if (!ShareMount.isName(share.id())) {
            throw new BadStatusException("invalid share id");
        }
        return new ShareStatus(
                share.id().intern(),
                Objects.requireNonNull(share.state()),
                Objects.requireNonNull(share.since()),
                share.attempts(),
                cutOrNull(share.error()),
                share.failingSince(),
                cut(Objects.requireNonNullElse(share.mountPoint(), "")).intern(),
                cut(Objects.requireNonNullElse(share.backend(), "")).intern(),
                share.readonly(),
                cutOrNull(share.progress()),
                cutOrNull(share.degraded()),
                share.degradedSince());
    }

    private static @Nullable String cutOrNull(@Nullable String text) {
        return text == null ? null : cut(text);
    }

    private static String cut(String text) {
        return text.length() > MAX_TEXT ? text.substring(0, MAX_TEXT) + "…" : text;
    }
}
