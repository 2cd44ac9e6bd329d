package io.heddle.mount;

import static io.heddle.testsupport.FuzzTarget.ACCEPTED;
import static io.heddle.testsupport.FuzzTarget.require;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.heddle.mount.ShareMessages.Outcome;
import io.heddle.mount.ShareRefusedException.Reason;
import io.heddle.mount.backend.JsonFields;
import io.heddle.mount.cubefs.CubeFs;
import io.heddle.mount.feed.Position;
import io.heddle.mount.node.BootFile;
import io.heddle.mount.node.DesiredShare;
import io.heddle.mount.node.DesiredShare.Origin;
import io.heddle.mount.node.DesiredStateFile;
import io.heddle.stream.StreamIdentity;
import io.heddle.testsupport.FuzzTarget;
import io.heddle.testsupport.Mutator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** What {@code io.heddle.mount} reads, and what it promises of it. */
public final class MountTargets {

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final JsonNode VECTORS = vectors();
    private static final List<String> ROOTS = List.of("/run/weft/shares", "/workspace", "/opt/tools");
    private static final ShareRules RULES = new ShareRules(ROOTS, "", 65_536);
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
    private static final Pattern MASTER = Pattern.compile("([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+]):[0-9]{1,5}");
    /** All error texts for bytes that are not a share: they repeat none of the bytes. */
    private static final Pattern DECODE =
            Pattern.compile("decode: (unreadable|null is not a share|not a JSON object( \\(line \\d+, column \\d+\\))?"
                    + "|the field [a-z_]+(\\.([a-z_]+|\\[\\d+]))* has the wrong type)");

    private static final List<String> WORDS = List.of(
            "id",
            "action",
            "mount",
            "unmount",
            "backend",
            "cubefs",
            "virtio9p",
            "mount_point",
            "readonly",
            "volume",
            "masters",
            "owner",
            "access_key",
            "secret_key",
            "subdir",
            "/workspace/..",
            "/workspace/a/../../etc",
            "/workspace\\u0000",
            "../../etc",
            "[::1]:99999",
            "a:1,b:2",
            ".hidden",
            "-rf");

    private MountTargets() {}

    /** All of them. */
    public static List<FuzzTarget> all() {
        return List.of(
                FuzzTarget.of("share message", shares(), WORDS, MountTargets::share),
                FuzzTarget.of("share beside its id", shares(), WORDS, MountTargets::shareBesideItsId),
                FuzzTarget.of("boot file", shares(), WORDS, new BootFiles()::judge),
                new FuzzTarget("state file", List.of(stateFile()), WORDS, new StateFiles()::judge),
                FuzzTarget.of(
                        "VM id", List.of("vm-1", "7b0e:x_y", "für"), List.of(".status", ">", "*"), MountTargets::vmId));
    }

    /** Share messages that are good, with the mount points below another root. */
    public static List<String> sharesBelow(String root) {
        return Stream.of("accepted", "ignored")
                .flatMap(kind -> StreamSupport.stream(VECTORS.get(kind).spliterator(), false))
                .map(row -> row.get("payload").asText())
                .map(payload -> ROOTS.stream().reduce(payload, (text, old) -> text.replace(old, root)))
                .toList();
    }

    private static List<String> shares() {
        return Stream.of("accepted", "refused", "ignored")
                .flatMap(kind -> StreamSupport.stream(VECTORS.get(kind).spliterator(), false))
                .map(row -> row.get("payload").asText())
                .toList();
    }

    private static String share(byte[] input) {
        AtomicReference<ShareMount> applied = new AtomicReference<>();
        Outcome outcome = ShareMessages.handle(input, RULES, applied::set);
        require((outcome instanceof Outcome.Accepted) == (applied.get() != null), "applied when accepted", outcome);
        if (outcome instanceof Outcome.Rejected rejected) {
            refusal(input, rejected.reason(), rejected.detail());
            Optional<String> id = legibleId(input);
            require(id.isEmpty() || id.get().equals(rejected.id()), "a legible id is named", rejected);
            return rejected.reason().name().toLowerCase(Locale.ROOT);
        }
        ShareMount share = outcome instanceof Outcome.Ignored ignored ? ignored.share() : applied.get();
        rules(share);
        require(
                share.backend().equals(ShareMount.VIRTIO_9P) == (outcome instanceof Outcome.Ignored),
                "the hypervisor's shares are left alone",
                outcome);
        byte[] written = ShareMessages.toBytes(share);
        require(ShareMessages.parse(written, RULES).equals(share), "is read as it was written", share);
        return ACCEPTED;
    }

    private static String shareBesideItsId(byte[] input) {
        try {
            ShareMount share = ShareMessages.parse("team-data", input, RULES);
            require(share.id().equals("team-data"), "has the id of the path", share);
            rules(share);
            return ACCEPTED;
        } catch (ShareRefusedException e) {
            refusal(input, e.reason(), e.detail());
            return e.reason().name().toLowerCase(Locale.ROOT);
        }
    }

    /** Says what is wrong in one line and repeats no credential. */
    private static void refusal(byte[] input, Reason reason, String detail) {
        require(!detail.isBlank() && detail.length() < 400, "says why, shortly", detail);
        require(detail.chars().noneMatch(Character::isISOControl), "is one line", detail);
        require(isText(detail), "can be written", detail);
        if (reason == Reason.DECODE) {
            require(DECODE.matcher(detail).matches(), "repeats nothing", detail);
            return;
        }
        require((reason == Reason.TOO_LARGE) == (input.length > RULES.maxPayload()), "is too large", reason);
        if (reason != Reason.TOO_LARGE) {
            JsonFields wire = JsonFields.of(input);
            for (String secret : secrets(wire)) {
                require(!detail.contains(secret) && !wire.toString().contains(secret), "repeats no secret", detail);
            }
        }
    }

    /** Credentials that look like one and are nowhere else in the message. */
    private static List<String> secrets(JsonFields wire) {
        JsonFields cubefs;
        try {
            cubefs = wire.object("cubefs");
        } catch (ShareRefusedException e) {
            return List.of(); // not an object: there is no credential
        }
        if (cubefs == null) {
            return List.of();
        }
        String others = Stream.of("id", "action", "backend", "mount_point")
                        .map(wire::anyText)
                        .collect(Collectors.joining())
                + cubefs.anyText("volume");
        return Stream.of("access_key", "secret_key")
                .map(cubefs::anyText)
                .filter(secret -> secret != null && secret.length() >= 8 && secret.indexOf('-') > 0)
                .filter(secret -> !others.contains(secret))
                .toList();
    }

    /** Every rule of docs/share-mounts.md. */
    private static void rules(ShareMount share) {
        require(NAME.matcher(share.id()).matches(), "id", share);
        require(List.of("cubefs", "virtio9p").contains(share.backend()), "backend", share);
        boolean named = !share.mountPoint().isEmpty();
        require(named || !share.isMount(), "mount point", share);
        if (named) {
            requireClean("mount point", share.mountPoint());
            require(
                    share.isLeftAlone()
                            || ROOTS.stream().anyMatch(root -> (share.mountPoint() + "/").startsWith(root + "/")),
                    "below an allowed root",
                    share);
        }
        CubeFs cubefs = (CubeFs) share.source();
        require(cubefs != null || !share.isMount() || share.backend().equals("virtio9p"), "source", share);
        if (cubefs != null) {
            require(NAME.matcher(cubefs.volume()).matches(), "volume", share);
            require(!cubefs.masters().isEmpty(), "masters", share);
            require(
                    cubefs.masters().stream()
                            .allMatch(one -> MASTER.matcher(one).matches()),
                    "masters",
                    share);
            require(!cubefs.owner().isEmpty() && isText(cubefs.owner()), "owner", share);
            require(
                    isText(cubefs.accessKey().reveal())
                            && isText(cubefs.secretKey().reveal()),
                    "keys",
                    share);
            if (!cubefs.subdir().isEmpty()) {
                requireClean("subdir", "/" + cubefs.subdir());
            }
            require(share.toString().equals(withOtherKeys(share, cubefs).toString()), "shows no secret", share);
        }
    }

    private static ShareMount withOtherKeys(ShareMount share, CubeFs from) {
        Secret access = from.accessKey().isPresent() ? Secret.of("another") : Secret.NONE;
        Secret secret = from.secretKey().isPresent() ? Secret.of("another") : Secret.NONE;
        CubeFs other = new CubeFs(from.volume(), from.masters(), from.owner(), access, secret, from.subdir());
        return new ShareMount(share.id(), share.action(), share.backend(), share.mountPoint(), share.readonly(), other);
    }

    static void requireClean(String what, String path) {
        require(path.startsWith("/"), what + " is absolute", path);
        require(path.chars().noneMatch(Character::isISOControl), what + " has no control character", path);
        require(isText(path), what + " can be written", path);
        List<String> parts = Arrays.asList(path.substring(1).split("/", -1));
        require(!parts.contains("..") && !parts.contains(".") && !parts.contains(""), what + " is clean", path);
    }

    /** Java writes a question mark for what is no text, and two names would be one. */
    static boolean isText(String text) {
        return text.equals(new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8));
    }

    /** The id of a JSON object that has one, in the ordinary spelling; whatever else is wrong with it. */
    private static Optional<String> legibleId(byte[] input) {
        try {
            if (input.length > RULES.maxPayload()) {
                return Optional.empty();
            }
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(input))
                    .toString();
            JsonNode root = JSON.readTree(text);
            boolean one = text.toLowerCase(Locale.ROOT).split("\"id\"", -1).length == 2;
            boolean legible = root != null
                    && one
                    && root.path("id").isTextual()
                    && NAME.matcher(root.get("id").asText()).matches();
            return legible ? Optional.of(root.get("id").asText()) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static String vmId(byte[] input) {
        String text = Mutator.text(input);
        try {
            String id = ShareSubjects.requireVmId(text);
            require(id.equals(text) && isText(id), "is itself", id);
            String subject = ShareSubjects.subject(id);
            require(subject.split("\\.", -1).length == 3, "is one token", subject);
            require(subject.chars().noneMatch(c -> c <= ' ' || c == '*' || c == '>'), "is no wildcard", subject);
            require(ShareSubjects.vmId(subject).equals(id), "comes back", subject);
            require(ShareSubjects.vmId(ShareSubjects.status(id)).equals(id), "comes back", subject);
            return ACCEPTED;
        } catch (IllegalArgumentException e) {
            String message = String.valueOf(e.getMessage());
            require(message.length() < 300 && isText(message), "says why, shortly", message);
            require(message.chars().noneMatch(Character::isISOControl), "is one line", message);
            return "no token";
        }
    }

    /** Each input as an entry, and as the whole file. */
    private static final class BootFiles {

        private final Path file = memory().resolve("boot.json");

        String judge(byte[] input) throws IOException {
            Files.write(file, input);
            BootFile.read(file).orElse(List.of()).forEach(MountTargets::share);
            ByteArrayOutputStream array = new ByteArrayOutputStream();
            array.write('[');
            array.write(input);
            array.write(']');
            Files.write(file, array.toByteArray());
            Optional<List<byte[]>> entries = BootFile.read(file);
            if (entries.isEmpty()) {
                return "no array";
            }
            entries.get().forEach(MountTargets::share);
            Outcome alone = ShareMessages.handle(input, RULES, share -> {});
            if (alone instanceof Outcome.Accepted) {
                require(entries.get().size() == 1, "is one entry", entries.get().size());
                Outcome entry = ShareMessages.handle(entries.get().get(0), RULES, share -> {});
                require(entry.equals(alone), "is judged as a message", entry + " and " + alone);
            }
            return ACCEPTED;
        }
    }

    private static final class StateFiles {

        private final Path directory = memory();
        private final DesiredStateFile file = new DesiredStateFile(directory);

        String judge(byte[] input) throws IOException {
            Files.write(directory.resolve("desired.json"), input);
            List<DesiredShare> loaded = file.load();
            if (loaded.isEmpty()) {
                return "nothing";
            }
            loaded.forEach(share -> require(NAME.matcher(share.share().id()).matches(), "id", share));
            file.save(loaded);
            require(file.load().equals(loaded), "is read as it was written", loaded);
            return ACCEPTED;
        }
    }

    private static byte[] stateFile() {
        Path directory = memory();
        List<DesiredShare> shares = new ArrayList<>();
        for (String payload : sharesBelow("/workspace")) {
            ShareMount share = ShareMessages.parse(payload.getBytes(StandardCharsets.UTF_8), RULES);
            shares.add(new DesiredShare(
                    share,
                    Origin.values()[shares.size() % 4],
                    new Position(
                            new StreamIdentity("weft-mounts", Instant.parse("2026-04-19T10:00:00.5Z")),
                            shares.size(),
                            shares.size() % 2,
                            Instant.parse("2026-04-19T10:00:00Z")),
                    null));
        }
        try {
            new DesiredStateFile(directory).save(shares.subList(0, 6));
            return Files.readAllBytes(directory.resolve("desired.json"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A directory without a disk, where there is one: files are forced to it. */
    private static Path memory() {
        try {
            Path shared = Path.of("/dev/shm");
            Path directory = Files.isWritable(shared)
                    ? Files.createTempDirectory(shared, "heddle-fuzz")
                    : Files.createTempDirectory("heddle-fuzz");
            directory.toFile().deleteOnExit();
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode vectors() {
        try (var in = MountTargets.class.getResourceAsStream("/vectors/share-mounts.json")) {
            return new ObjectMapper().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
