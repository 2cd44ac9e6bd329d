"""The service of a project, and requests to it that begin as soon as possible after the start of the command."""
import json
import os

from .failure import ERROR, UNAVAILABLE, USAGE, Failure, refusal

DEFAULT = "http://localhost:8080"
LOCAL = ("localhost", "127.0.0.1", "[::1]", "::1")
MAX_RESPONSE = 64 << 20


class Service:
    """Where the service is: `--url`, else HEDDLE_URL, else `service` of `.heddle.json`, else the default.

    `.heddle.json` comes with the repository. A token is therefore sent to a service that is named there only if that is on this
    machine; for another one, HEDDLE_URL has to name it.
    """

    def __init__(self, settings, given=None):
        named = given or os.environ.get("HEDDLE_URL")
        url = named or settings.get("service") or DEFAULT
        if not isinstance(url, str):
            raise Failure(USAGE, "service in .heddle.json must be a text")
        self.url = url.rstrip("/")
        self.trusted = bool(named) or host_of(self.url) in LOCAL
        self.blocks = blocks(settings)

    @property
    def is_local(self):
        return host_of(self.url) in LOCAL

    def post(self, path, body, timeout, token=None):
        return self.call("POST", path, body, timeout, token)

    def call(self, method, path, body, timeout, token=None):
        """Returns the JSON object of the response to a request below `/api/v1`."""
        if not self.url.startswith("http://") or not self.is_local and proxied():
            from .client import Client  # slow to load
            return Client(self.url, token).call(method, path, body=body, timeout=timeout)
        content = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
        status, reason, answer = exchange(self.url, method, path, content, timeout, token)
        try:
            value = json.loads(answer) if answer else {}
        except (ValueError, RecursionError):
            value = None
        if status != 200:
            raise refusal(status, reason, value if isinstance(value, dict) else {})
        if not isinstance(value, dict):
            raise Failure(ERROR, f"{self.url} does not respond as Heddle does")
        return value

    def token(self):
        """The token of the environment, if this service may get it."""
        if not self.trusted or not os.environ.get("HEDDLE_TOKEN", "").strip():
            return None
        from .client import token  # slow to load
        return token(None)


def blocks(settings):
    """Whether edits and commits wait for the service: `"on_failure": "block"` in `.heddle.json`."""
    value = settings.get("on_failure", "allow")
    if value not in ("allow", "block"):
        raise Failure(USAGE, "on_failure in .heddle.json must be allow or block")
    return value == "block"


def host_of(url):
    authority = url.partition("://")[2].partition("/")[0]
    host, _, port = authority.rpartition(":")
    return (host if host and port.isdigit() else authority).lower()


def proxied():
    return any(os.environ.get(name) for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"))


def exchange(url, method, path, content, timeout, token):
    """Sends a request over a new connection; returns status, reason and body. `http.client` takes longer to load than this to run."""
    import socket
    authority, _, base = url[len("http://"):].partition("/")
    host = host_of(url)
    if not host or "@" in authority or not (url.isascii() and url.isprintable()) or " " in url:
        raise Failure(USAGE, "the URL of the service must be http://HOST:PORT or https://HOST:PORT, without user name and password")
    port = authority[len(host) + 1:] or "80"
    head = [f"{method} {'/' + base if base else ''}/api/v1{path} HTTP/1.1", f"Host: {authority}", "Connection: close",
            "Accept: application/json", "Content-Type: application/json", f"Content-Length: {len(content)}"]
    if token:
        head.append(f"Authorization: Bearer {token}")
    try:
        with socket.create_connection((host.strip("[]").encode(), int(port)), timeout) as connection:
            connection.settimeout(timeout)
            connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + content)
            with connection.makefile("rb") as response:
                return read(response)
    except socket.timeout as e:
        raise Failure(UNAVAILABLE, f"the service at {url} cannot be reached: no response in time") from e
    except (OSError, ValueError, OverflowError) as e:
        raise Failure(UNAVAILABLE, f"the service at {url} cannot be reached: {getattr(e, 'strerror', None) or type(e).__name__}") from e


def read(response):
    """Status, reason and body of an HTTP/1.1 response; raises ValueError if it is not one."""
    version, _, line = response.readline(8192).decode("latin-1").partition(" ")
    if not version.startswith("HTTP/1."):
        raise ValueError
    status, _, reason = line.strip().partition(" ")
    headers = {}
    for line in iter(lambda: response.readline(65536).decode("latin-1").strip(), ""):
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = b"".join(chunks(response))
    elif "content-length" in headers:
        body = exactly(response, int(headers["content-length"]))
    else:
        body = response.read(MAX_RESPONSE)
    return int(status), reason, body


def chunks(response):
    while True:
        size = int(response.readline(1024).split(b";")[0], 16)
        if size == 0:
            return
        yield exactly(response, size)
        response.readline(2)


def exactly(response, size):
    if size > MAX_RESPONSE:
        raise ValueError
    body = response.read(size)
    if len(body) != size:
        raise ValueError
    return body
