package io.heddle.testsupport;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A client that sends bytes as they are, over one connection for as long as the server keeps it open, and reads answers strictly:
 * RFC 9112. For one thread.
 */
public final class RawHttp implements AutoCloseable {

    /** The server repeats the version of the request, also when it is none. */
    private static final Pattern STATUS = Pattern.compile("\\S+ ([1-5][0-9][0-9])( [ -~]*)?");

    private static final Pattern HEADER = Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\0\r\n]*?)[ \t]*");
    private static final int LONGEST_LINE = 64 * 1024;

    private final int port;
    private final int patienceMillis;
    private Socket socket;
    private InputStream in;

    public RawHttp(int port, Duration patience) {
        this.port = port;
        this.patienceMillis = (int) patience.toMillis();
    }

    /** What came of a request. */
    public enum Kind {
        /** Answered completely. */
        WHOLE,
        /** The head is there; the body goes on for as long as the client wants: the connection is given up. */
        STREAM,
        /** The connection was closed without an answer. */
        CLOSED,
        /** Neither an answer nor an end in time. */
        SILENT
    }

    /**
     * An answer.
     *
     * @param status 0 when there was none
     * @param headers by name in small letters
     * @param fresh whether it was the connection's first: another one may have been closed by what came before
     */
    public record Answer(Kind kind, int status, Map<String, String> headers, String body, boolean fresh) {

        public String header(String name) {
            return headers.getOrDefault(name, "");
        }
    }

    /** An answer that is not HTTP. */
    public static final class MalformedAnswerException extends RuntimeException {

        MalformedAnswerException(String message) {
            super(message);
        }
    }

    /**
     * Sends a request and reads its answer.
     *
     * @param head whether the answer has no body, as with HEAD
     * @param last whether nothing follows: the client's side of the connection is closed, and the server has to close its own
     * @throws MalformedAnswerException when it is none
     */
    public Answer exchange(byte[] request, boolean head, boolean last) throws IOException {
        boolean fresh = socket == null;
        if (fresh) {
            connect();
        }
        try {
            socket.getOutputStream().write(request);
            if (last) {
                socket.shutdownOutput();
            }
            Answer answer = read(head, fresh);
            if (last
                    || answer.kind() != Kind.WHOLE
                    || answer.header("connection").equalsIgnoreCase("close")) {
                close();
            }
            return answer;
        } catch (SocketTimeoutException e) {
            close();
            return new Answer(Kind.SILENT, 0, Map.of(), "", fresh);
        } catch (EOFException | java.net.SocketException e) {
            close();
            return new Answer(Kind.CLOSED, 0, Map.of(), "", fresh);
        } catch (MalformedAnswerException e) {
            close();
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        if (socket != null) {
            socket.close();
            socket = null;
        }
    }

    private void connect() throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(patienceMillis);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream());
    }

    private Answer read(boolean head, boolean fresh) throws IOException {
        String line = line();
        Matcher status = STATUS.matcher(line);
        if (!status.matches()) {
            throw new MalformedAnswerException("no status line: " + line);
        }
        int code = Integer.parseInt(status.group(1));
        Map<String, String> headers = new HashMap<>();
        for (line = line(); !line.isEmpty(); line = line()) {
            Matcher header = HEADER.matcher(line);
            if (!header.matches()) {
                throw new MalformedAnswerException("no header: " + line);
            }
            headers.merge(
                    header.group(1).toLowerCase(Locale.ROOT), header.group(2), (one, other) -> one + ", " + other);
        }
        if (code == 101 || headers.getOrDefault("content-type", "").startsWith("text/event-stream")) {
            return new Answer(Kind.STREAM, code, headers, "", fresh);
        }
        if (code < 200) {
            return read(head, fresh);
        }
        byte[] body = head || code == 204 || code == 304 ? new byte[0] : body(headers);
        return new Answer(Kind.WHOLE, code, headers, new String(body, StandardCharsets.UTF_8), fresh);
    }

    private byte[] body(Map<String, String> headers) throws IOException {
        if (headers.getOrDefault("transfer-encoding", "").equalsIgnoreCase("chunked")) {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            for (int size = chunk(); size > 0; size = chunk()) {
                body.writeBytes(exactly(size));
                if (!line().isEmpty()) {
                    throw new MalformedAnswerException("a chunk is longer than it says");
                }
            }
            while (!line().isEmpty()) {
                // Trailers are not looked at.
            }
            return body.toByteArray();
        }
        String length = headers.get("content-length");
        if (length == null) {
            return in.readAllBytes();
        }
        if (!length.matches("\\d{1,9}")) {
            throw new MalformedAnswerException("no length: " + length);
        }
        return exactly(Integer.parseInt(length));
    }

    private int chunk() throws IOException {
        String size = line();
        if (!size.matches("[0-9A-Fa-f]{1,7}")) {
            throw new MalformedAnswerException("no chunk: " + size);
        }
        return Integer.parseInt(size, 16);
    }

    private byte[] exactly(int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new MalformedAnswerException("ends after " + bytes.length + " of " + length + " bytes");
        }
        return bytes;
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(128);
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                if (line.size() == 0) {
                    throw new EOFException();
                }
                throw new MalformedAnswerException("ends in a line: " + line);
            }
            if (line.size() > LONGEST_LINE) {
                throw new MalformedAnswerException("a line without end");
            }
            line.write(b);
        }
        String text = line.toString(StandardCharsets.ISO_8859_1);
        if (!text.endsWith("\r")) {
            throw new MalformedAnswerException("a line ends without CR: " + text);
        }
        return text.substring(0, text.length() - 1);
    }
}
