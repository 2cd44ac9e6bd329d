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
import io.heddle.mount.feed.Position;
import io.heddle.mount.node.DesiredShare.Origin;
import io.heddle.stream.StreamIdentity;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * The desired state on disk: {@code <state-dir>/desired.json}, mode 0600, replaced in one step. It contains the credentials of the
 * shares, because the client needs them after a restart while the broker is away.
 *
 * <p>Blocking; call from a worker thread.
 */
public final class DesiredStateFile {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final StateDirectory directory;
    private final Path file;

    @RegisterForReflection
    record Entry(
            JsonNode share,
            Origin origin,
            @Nullable String stream,
            @Nullable Instant created,
            long sequence,
            int after,
            Instant time) {}

    DesiredStateFile(StateDirectory directory) {
        this.directory = directory;
        this.file = directory.path().resolve("desired.json");
    }

    /** The file in a directory that is not opened: for a look from outside. */
    public DesiredStateFile(Path stateDir) {
        this(new StateDirectory(stateDir, "tool"));
    }

    /** Returns the stored state. A file that cannot be read is put aside and reported, never guessed at. */
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
            directory.replace("desired.json", json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void putAside() {
        try {
            Files.move(file, directory.path().resolve("desired.json.unreadable"), StandardCopyOption.REPLACE_EXISTING);
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
                new Position(
                        stream == null || created == null ? null : new StreamIdentity(stream, created),
                        entry.sequence(),
                        entry.after(),
                        Objects.requireNonNull(entry.time())),
                null);
    }

    private static Entry toEntry(DesiredShare share) {
        Position position = share.position();
        StreamIdentity stream = position.stream();
        return new Entry(
                ShareMessages.toJson(share.share()),
                share.origin(),
                stream == null ? null : stream.name(),
                stream == null ? null : stream.created(),
                position.sequence(),
                position.after(),
                position.time());
    }
}
