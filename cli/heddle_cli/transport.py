"""HTTP/1.1 over a plain connection. `http.client` takes longer to load than a command takes to run."""
import socket

MAX_RESPONSE = 64 << 20
PIECE = 64 << 10


def request(address, method, target, headers, content, timeout):
    """Sends a request over a new connection; returns its response, which has to be closed. Raises OSError.

    `address` is `HOST` or `HOST:PORT`; `target` is the path with the query; `timeout` counts for each step, in seconds.
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        host, port = address, "80"
    lines = [f"{method} {target} HTTP/1.1", f"Host: {address}", "Connection: close", *(f"{name}: {headers[name]}" for name in headers)]
    if content is not None or method in ("POST", "PUT", "PATCH"):
        lines.append(f"Content-Length: {len(content or b'')}")
    try:
        connection = socket.create_connection((host.strip("[]").encode(), int(port)), timeout)
    except (ValueError, OverflowError) as e:
        raise OSError(0, "invalid host name") from e
    try:
        connection.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (content or b""))
        return Response(connection)
    except BaseException:
        connection.close()
        raise


class Response:
    """A response whose body is read as it arrives: `status`, `reason`, and `headers` with names in lower case."""

    def __init__(self, connection):
        self._connection = connection
        self._file = connection.makefile("rb")
        self._buffer, self._ended = b"", False
        self.status, self.reason, self.headers = self._head()
        while 100 <= self.status < 200:
            self.status, self.reason, self.headers = self._head()
        self._chunked = self.headers.get("transfer-encoding", "").lower() == "chunked"
        self._left = None if self._chunked else self._number(self.headers.get("content-length"), 10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()
        self._connection.close()

    def read(self, limit=MAX_RESPONSE):
        """The rest of the body, or its first `limit` bytes."""
        pieces, size = [self._buffer], len(self._buffer)
        self._buffer = b""
        while size < limit:
            piece = self._piece()
            if not piece:
                break
            pieces.append(piece)
            size += len(piece)
        return b"".join(pieces)[:limit]

    def readline(self, limit):
        """The next line with its end, or its first `limit` bytes; empty at the end of the body."""
        while b"\n" not in self._buffer and len(self._buffer) < limit:
            piece = self._piece()
            if not piece:
                break
            self._buffer += piece
        end = min(self._buffer.find(b"\n") + 1 or len(self._buffer), limit)
        line, self._buffer = self._buffer[:end], self._buffer[end:]
        return line

    def _head(self):
        version, _, rest = self._line().partition(" ")
        status, _, reason = rest.partition(" ")
        if not version.startswith("HTTP/1.") or not status.isdigit():
            raise OSError(0, "it does not respond in HTTP/1.1")
        headers = {}
        for line in iter(self._line, ""):
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        return int(status), reason.strip(), headers

    def _line(self):
        line = self._file.readline(PIECE)
        if not line:
            raise OSError(0, "it closed the connection without a response")
        return line.decode("latin-1").rstrip("\r\n")

    def _piece(self):
        """The next bytes of the body; empty at its end."""
        if self._ended:
            return b""
        if self._chunked and not self._left:
            if self._left == 0:
                self._line()  # the end of the chunk before
            self._left = self._number(self._line().partition(";")[0].strip(), 16)
            if self._left == 0:
                self._ended = True
                return b""
        if self._left == 0:
            return b""
        piece = self._file.read1(PIECE if self._left is None else min(self._left, PIECE))
        if not piece:
            self._ended = True
            if self._left:
                raise OSError(0, "it closed the connection within a response")
        elif self._left is not None:
            self._left -= len(piece)
        return piece

    @staticmethod
    def _number(text, base):
        try:
            number = None if text is None else int(text, base)
        except ValueError:
            number = -1
        if number is not None and number < 0:
            raise OSError(0, "it does not respond in HTTP/1.1")
        return number
