package io.heddle.mount.node;

import static io.heddle.mount.node.MountLog.LOG;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.heddle.mount.ShareMessages;
import io.heddle.mount.ShareRefusedException;
import io.heddle.mount.node.DesiredShare.Origin;
import io.heddle.stream.StreamIdentity;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * The memory of the wanted state across restarts: {@code <state-dir>/desired.json}, mode 0600, replaced in one step. It holds
 * the credentials of the shares, because the client needs them again after a restart with the broker away.
 *
 * <p>Blocking; call from a worker thread.
 */
public final class DesiredStateFile {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final Path directory;
    private final Path file;

    @RegisterForReflection
    record Entry(
            JsonNode share,
            Origin origin,
            @Nullable String stream,
            @Nullable Instant created,
            long sequence,
            Instant time) {}

    public DesiredStateFile(Path stateDir) {
        this.directory = stateDir;
        this.file = stateDir.resolve("desired.json");
    }

    /**
     * Makes the state directory when absent, mode 0700.
     *
     * @throws UncheckedIOException when it cannot be made or written
     */
    void prepare() {
        try {
            Files.createDirectories(directory);
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
            // One name, so that those who were killed in between leave one file, and the next start none.
            Path probe = directory.resolve("probe");
            Files.deleteIfExists(probe);
            Files.createFile(probe);
            Files.delete(probe);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "heddle.mounts.state-dir=" + directory
                            + " cannot be used: it must be a directory this process owns",
                    e);
        }
    }

    /** What earlier runs knew; a file that cannot be read is put aside and reported, never guessed at. */
    public List<DesiredShare> load() {
        try {
            JsonNode entries = MAPPER.readTree(Files.readAllBytes(file));
            if (!entries.isArray()) {
                throw new IOException("it is not a JSON array");
            }
            return StreamSupport.stream(entries.spliterator(), false)
                    .flatMap(this::readable)
                    .toList();
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            LOG.stateUnreadable(file.toString(), e.getClass().getSimpleName());
            putAside();
            return List.of();
        }
    }

    private Stream<DesiredShare> readable(JsonNode entry) {
        try {
            return Stream.of(toShare(MAPPER.treeToValue(entry, Entry.class)));
        } catch (JsonProcessingException | ShareRefusedException | NullPointerException e) {
            LOG.stateEntryUnreadable(file.toString(), e.getClass().getSimpleName());
            return Stream.empty();
        }
    }

    /**
     * Stores the desired state.
     *
     * @throws UncheckedIOException when the disk is full or gone
     */
    public void save(List<DesiredShare> shares) {
        try {
            byte[] json = MAPPER.writeValueAsBytes(
                    shares.stream().map(DesiredStateFile::toEntry).toList());
            Path next = directory.resolve("desired.json.next");
            Files.deleteIfExists(next);
            try (FileChannel channel = FileChannel.open(
                    next,
                    EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
                ByteBuffer bytes = ByteBuffer.wrap(json);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void putAside() {
        try {
            Files.move(file, directory.resolve("desired.json.unreadable"), StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static DesiredShare toShare(Entry entry) {
        String stream = entry.stream();
        Instant created = entry.created();
        return new DesiredShare(
                ShareMessages.fromJson(entry.share()),
                Objects.requireNonNull(entry.origin()),
                stream == null || created == null ? null : new StreamIdentity(stream, created),
                entry.sequence(),
                Objects.requireNonNull(entry.time()),
                null);
    }

    private static Entry toEntry(DesiredShare share) {
        StreamIdentity stream = share.stream();
        return new Entry(
                ShareMessages.toJson(share.share()),
                share.origin(),
                stream == null ? null : stream.name(),
                stream == null ? null : stream.created(),
                share.sequence(),
                share.time());
    }
}
