package io.heddle.mount.cubefs;

import static io.heddle.testsupport.FuzzTarget.ACCEPTED;
import static io.heddle.testsupport.FuzzTarget.require;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.mount.Secret;
import io.heddle.mount.ShareRefusedException;
import io.heddle.mount.backend.SpecDigest;
import io.heddle.mount.cubefs.client.ClientOutput;
import io.heddle.mount.cubefs.client.Redactor;
import io.heddle.mount.cubefs.client.RunRecord;
import io.heddle.mount.cubefs.kernel.MountInfo;
import io.heddle.mount.cubefs.kernel.MountPoint;
import io.heddle.mount.cubefs.kernel.MountTable;
import io.heddle.testsupport.FuzzTarget;
import io.heddle.testsupport.Mutator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** What the CubeFS room reads, and what it promises of it. */
public final class CubeFsTargets {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final List<String> LINES = List.of(
            "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard",
            "42 27 0:39 / /s/a\\040b\\134c\\012d/ü rw,nosuid shared:1 master:2 - fuse.cubefs cubefs-v\\0401 rw",
            "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 propagate_from:2 unbindable - ext3 /dev/root rw,errors=continue");

    private static final List<String> OUTPUTS = List.of(
            "\u0000k3y-of-Access\nlevel=error {\"secretKey\":\"\n,\"volName\":\"v\"}\npanic: no such volume",
            "\u0001p\"a/\\b\n<é%41end\n2026/04/19 10:00:00 ERROR accessKey(x) secret_key=\n: 403",
            "\u0002\\\\\\\\\\\\\\\\\\\\a\nbefore \n after",
            "\u0003Z1x9vb%/+ &=ä😀\nGET /?sk=\n&x=1 HTTP/1.1",
            "\u0004aaaaaaaaaaaaaaaab\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\naaaaaaa");

    /** As in Linux. */
    private static final int LONGEST_PATH = 4096;
    /** What is looked at of a client's output. */
    private static final int TAIL = 64 * 1024;

    private CubeFsTargets() {}

    /** All of them. */
    public static List<FuzzTarget> all() {
        return List.of(
                FuzzTarget.of(
                        "run record",
                        List.of(record(), record()),
                        List.of("pid", "salt", "digest", "bootId", "../.."),
                        CubeFsTargets::runRecord),
                FuzzTarget.of("mountinfo line", LINES, List.of("-", "\\040", "\\777", ":"), CubeFsTargets::line),
                FuzzTarget.of(
                        "mounted path",
                        List.of("/s/a b\\c\nd", "/s/ü#\t\r", "/"),
                        List.of("\r", "\u0085", "\u000b"),
                        CubeFsTargets::mountedPath),
                FuzzTarget.of(
                        "client output",
                        OUTPUTS,
                        List.of("\\", "\\\\\\\\", "\\u005c", "secretKey: ", "%5C", "\\x"),
                        new Outputs()::judge));
    }

    private static String record() {
        SpecDigest digest = new SpecDigest("00ff".repeat(8), "ab".repeat(32));
        MountPoint place = new MountPoint("/workspace/a b/ü", true);
        return new String(
                new RunRecord(digest, "team-data", place, "0f5c1f2e-boot", 4711, 123456).toJson(),
                StandardCharsets.UTF_8);
    }

    private static String runRecord(byte[] input) {
        RunRecord record;
        try {
            record = RunRecord.fromJson(input);
        } catch (IOException e) {
            return "no record";
        }
        String path = record.place().path();
        Path place = Path.of(path);
        require(place.isAbsolute() && place.normalize().toString().equals(path), "is absolute and clean", path);
        require(record.pid() >= 0 && record.startTicks() >= 0, "is a process", record);
        try {
            require(RunRecord.fromJson(record.toJson()).equals(record), "is read as it was written", record);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return ACCEPTED;
    }

    private static String line(byte[] input) {
        String text = new String(input, StandardCharsets.ISO_8859_1);
        try {
            MountInfo mount = MountInfo.parse(text);
            require(!mount.type().contains(" ") || text.contains("\\040"), "is one word", mount);
            mount.isCubeFs("v");
            return ACCEPTED;
        } catch (IllegalArgumentException e) {
            return "no line";
        }
    }

    /** A path as the kernel's {@code seq_path} writes it, between other lines. */
    private static String mountedPath(byte[] input) {
        String text = Mutator.text(input).replace("\0", "");
        String path = "/" + text.substring(0, Math.min(text.length(), LONGEST_PATH));
        byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
        StringBuilder line = new StringBuilder("50 27 0:40 / ");
        for (byte b : bytes) {
            boolean escaped = b == ' ' || b == '\t' || b == '\n' || b == '\\' || b == '#';
            line.append(escaped ? String.format(Locale.ROOT, "\\%03o", b) : String.valueOf((char) (b & 0xFF)));
        }
        line.append(" rw - fuse.cubefs cubefs-v rw");
        MountTable table = MountTable.parse(LINES.get(0) + "\n" + line + "\n" + LINES.get(2) + "\n");
        String there = new String(bytes, StandardCharsets.UTF_8);
        require(table.mounts().size() == 3, "is one line", table);
        require(table.top(there).filter(mount -> mount.isCubeFs("v")).isPresent(), "is found", table);
        return ACCEPTED;
    }

    /**
     * The first byte says how the client writes a secret, the rest of the first line is the secret, and every further line break
     * stands for where it is written.
     */
    private static final class Outputs {

        private final Path file;

        Outputs() {
            try {
                Path memory = Path.of("/dev/shm");
                file = Files.isWritable(memory)
                        ? Files.createTempFile(memory, "heddle-fuzz", ".log")
                        : Files.createTempFile("heddle-fuzz", ".log");
                file.toFile().deleteOnExit();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        String judge(byte[] input) throws IOException {
            String text = Mutator.text(input);
            if (text.length() < 2) {
                return "nothing";
            }
            int end = text.indexOf('\n', 1);
            String secret = end < 0 ? text.substring(1) : text.substring(1, end);
            String rest = end < 0 ? "" : text.substring(Math.max(end, text.length() - 2048));
            Redactor redactor;
            try {
                redactor = Redactor.of(new CubeFs("v", List.of("h:1"), "o", Secret.NONE, Secret.of(secret), ""));
            } catch (ShareRefusedException e) {
                return "no secret";
            }
            String written = written(text.charAt(0) % 5, secret);
            String all = rest.replace("\n", "\n" + written + " ") + " " + written;
            String output = all.substring(Math.max(0, all.length() - TAIL));
            String shown = redactor.redact(output);
            // Parts of a text that is as short, or is only asterisks, are found anywhere.
            if (written.isEmpty()) {
                return "no secret";
            }
            String most = written.substring(0, written.length() - 1);
            boolean tells = secret.strip().length() >= 6
                    && secret.indexOf('*') < 0
                    && all.length() <= TAIL
                    && !all.replace(written, "*").contains(most); // what stands beside it may look like it
            require(!tells || (!shown.contains(secret) && !shown.contains(written)), "shows no secret", shown);
            // Once more of a short output only: a long one takes long enough once.
            String shorter = output.substring(Math.max(0, output.length() - 4096), output.length() - 1);
            String cut = redactor.redact(shorter);
            require(!tells || !cut.contains(most), "nor most of one", cut);
            Files.write(file, output.getBytes(StandardCharsets.UTF_8));
            String last = new ClientOutput(List.of(file)).lastLines(redactor);
            require(last.length() <= 8 * 244, "is short", last.length());
            require(last.chars().noneMatch(Character::isISOControl), "is one line", last);
            return ACCEPTED;
        }

        private static String written(int form, String secret) throws JsonProcessingException {
            return switch (form) {
                case 1 -> json(secret);
                case 2 -> json(json(secret));
                case 3 -> URLEncoder.encode(secret, StandardCharsets.UTF_8).replace("+", "%20");
                case 4 -> goQuoted(secret);
                default -> secret;
            };
        }

        private static String json(String text) throws JsonProcessingException {
            String quoted = JSON.writeValueAsString(text);
            return quoted.substring(1, quoted.length() - 1);
        }

        /** As Go's {@code strconv.QuoteToASCII}. */
        private static String goQuoted(String text) {
            StringBuilder quoted = new StringBuilder();
            text.codePoints().forEach(c -> {
                switch (c) {
                    case '"', '\\' -> quoted.append('\\').append((char) c);
                    case '\n' -> quoted.append("\\n");
                    case '\t' -> quoted.append("\\t");
                    case '\r' -> quoted.append("\\r");
                    case 0x07 -> quoted.append("\\a");
                    case 0x0b -> quoted.append("\\v");
                    default ->
                        quoted.append(
                                c >= ' ' && c < 0x7F
                                        ? String.valueOf((char) c)
                                        : String.format(
                                                Locale.ROOT,
                                                c < 0x80 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x",
                                                c));
                }
            });
            return quoted.toString();
        }
    }
}
