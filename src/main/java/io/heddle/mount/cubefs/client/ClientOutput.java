package io.heddle.mount.cubefs.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What one start of a client wrote: its own output, and the log to which it redirects its output once it has read its options.
 * Both are private files, because the client writes its credentials there.
 */
public final class ClientOutput {

    private static final int TAIL = 64 * 1024;
    private static final int LINES = 8;
    private static final int LINE_LENGTH = 240;
    private static final String OPTION = "keyword[";

    private final List<Path> files;

    /**
     * Reads the output from these files.
     *
     * @param files in the order in which the client writes to them
     */
    public ClientOutput(List<Path> files) {
        this.files = List.copyOf(files);
    }

    /** Returns the last lines without credentials, option lines and control characters; empty when there are none. */
    public String lastLines(Redactor redactor) {
        // Redacted as a whole before it is cut into lines: a credential may hold a line break.
        List<String> lines = files.stream()
                .flatMap(file -> redactor.redact(tail(file)).lines())
                .map(line -> line.replaceAll("\\p{Cc}", " ").strip())
                .filter(line -> !line.isEmpty() && !line.startsWith(OPTION))
                .map(line -> line.length() > LINE_LENGTH ? line.substring(0, LINE_LENGTH) + "…" : line)
                .toList();
        return lines.stream().skip(Math.max(0, lines.size() - LINES)).collect(Collectors.joining(" | "));
    }

    private static String tail(Path file) {
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
            long from = Math.max(0, channel.size() - TAIL);
            ByteBuffer buffer = ByteBuffer.allocate(TAIL);
            channel.position(from);
            while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
                // Reads on until the end or until the buffer is full.
            }
            String text = new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8);
            // The cut may have gone through a credential: what stands before the first line break is not shown.
            return from == 0 ? text : text.substring(text.indexOf('\n') + 1);
        } catch (IOException e) {
            return "";
        }
    }
}
