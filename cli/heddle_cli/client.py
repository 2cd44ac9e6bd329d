"""HTTP requests to the service, and the exit codes of their failures."""
import json
import os
import re
import socket
from urllib.parse import quote, urlencode, urlsplit

from . import transport, version
from .failure import ERROR, UNAVAILABLE, USAGE, Failure, refusal
from .service import LOCAL, proxied

TIMEOUT = 30
MAX_LINE = 4 << 20
MAX_TOKEN = 64 << 10


class Client:
    """A client of one service. Sends `token` with every request."""

    def __init__(self, url, token=None):
        parts = parse_url(url)
        self.address = f"{parts.scheme}://{parts.netloc}"
        self._base = url.rstrip("/")
        self._is_local = parts.hostname in LOCAL
        self._is_plain = parts.scheme == "http" and (self._is_local or not proxied())
        self._token = token

    def call(self, method, path, query=None, body=None, timeout=TIMEOUT):
        """Returns the JSON object of the response."""
        with self.open(method, path, query, body, timeout=timeout) as response:
            try:
                text = response.read()
            except OSError as e:
                raise self._unavailable(e) from e
        try:
            value = parse_json(text) if text else {}
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise Failure(ERROR, f"{self.address} does not respond as Heddle does: check --url")
        return value

    def lines(self, method, path, query=None, body=None, accept="application/x-ndjson", headers=None, timeout=TIMEOUT):
        """Yields None once connected, then each line of the response; ends when the service ends the response."""
        with self.open(method, path, query, body, accept, headers, timeout) as response:
            yield None
            while True:
                try:
                    line = response.readline(MAX_LINE)
                except OSError as e:
                    raise self._unavailable(e) from e
                if not line:
                    return
                yield line.decode("utf-8", "replace").rstrip("\r\n")

    def probe(self, method, path, body=None, accept="application/json", timeout=TIMEOUT):
        """Returns status, headers and content of a response, whatever the status. The path is that of the URL, without `/api/v1`."""
        with self._send(method, path, body, {"Accept": accept}, timeout) as response:
            try:
                return response.status, response.headers, response.read(1 << 20)
            except OSError as e:
                raise self._unavailable(e) from e

    def open(self, method, path, query=None, body=None, accept="application/json", headers=None, timeout=TIMEOUT):
        """Returns the response, which has to be closed; fails unless its status is a success."""
        given = {name: value for name, value in (query or {}).items() if value is not None}
        try:
            target = "/api/v1" + path + ("?" + urlencode(given, quote_via=quote, safe="") if given else "")
        except UnicodeEncodeError as e:
            raise Failure(USAGE, "an argument is not valid UTF-8") from e
        response = self._send(method, target, body, {"Accept": accept, **(headers or {})}, timeout)
        version.warn(response.headers.get(version.HEADER), self.address)
        if not 200 <= response.status < 300:
            raise failure_of(response, self.address)
        return response

    def _send(self, method, target, body, headers, timeout):
        content = None
        if body is not None:
            try:
                content = json.dumps(body, ensure_ascii=False).encode()
            except UnicodeEncodeError as e:
                raise Failure(USAGE, "an argument is not valid UTF-8") from e
            headers["Content-Type"] = "application/json"
        if self._token:
            headers["Authorization"] = "Bearer " + self._token
        url = self._base + target
        try:
            if self._is_plain:
                address, slash, rest = url[len("http://"):].partition("/")
                return transport.request(address, method, slash + rest, headers, content, timeout)
            from . import tls
            return tls.request(url, method, headers, content, timeout, self._is_local)
        except OSError as e:
            raise self._unavailable(e) from e
        except ValueError as e:
            # Without the text of the exception, which may contain the password of a proxy.
            raise Failure(USAGE, f"{self.address}: invalid host name, or invalid proxy in the environment") from e

    def _unavailable(self, error):
        if isinstance(error, socket.timeout):
            text = "no response in time"
        else:
            text = error.strerror or type(error).__name__
        return Failure(UNAVAILABLE, f"the service at {self.address} cannot be reached: {text}")


def parse_url(url):
    """The parts of the service's URL. Messages leave it out: it may contain a password."""
    try:
        parts = urlsplit(url)
        valid = (url.isascii() and url.isprintable() and " " not in url and "@" not in parts.netloc
                 and parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
                 and not parts.query and not parts.fragment)
    except ValueError:
        valid = False
    if not valid:
        raise Failure(USAGE, "--url (or HEDDLE_URL) must be http://HOST:PORT or https://HOST:PORT, without user name and password")
    return parts


def parse_json(text):
    """Parses JSON; raises ValueError also if it is nested too deeply."""
    try:
        return json.loads(text)
    except RecursionError as e:
        raise ValueError("nested too deeply") from e


def utf8(text):
    """The text, if it can be sent: arguments and file names may be arbitrary bytes."""
    try:
        text.encode()
    except UnicodeEncodeError as e:
        raise Failure(USAGE, f"'{text}' is not valid UTF-8") from e
    return text


def segment(name):
    """A name as one segment of a URL path."""
    if name in ("", ".", ".."):
        raise Failure(USAGE, f"'{name}' is not a valid name")
    return quote(utf8(name), safe="")


def failure_of(response, address):
    """The failure that an error response stands for."""
    try:
        with response:
            problem = parse_json(response.read(1 << 20))
    except (ValueError, OSError):
        problem = {}
    failure = refusal(response.status, response.reason, problem if isinstance(problem, dict) else {})
    failure.url = address
    return failure


def token(file, named="--token-file"):
    """The token from a file or the environment. Never from an argument: other processes can read those."""
    if file:
        try:
            with open(file, "rb") as opened:
                return checked_token(opened.read(MAX_TOKEN + 1).decode("utf-8", "replace"), f"{named} {file}")
        except OSError as e:
            raise Failure(USAGE, f"{named} {file}: {e.strerror}") from e
    text = os.environ.get("HEDDLE_TOKEN", "")
    return checked_token(text, "HEDDLE_TOKEN") if text.strip() else None


def checked_token(text, source):
    """The token without surrounding white space and byte order mark. Messages leave it out."""
    value = text.strip(" \t\r\n\ufeff")
    if not re.fullmatch("[!-~]+", value) or len(value) > MAX_TOKEN:
        raise Failure(USAGE, f"{source} must contain one token and nothing else: one line of printable ASCII characters without spaces")
    return value
