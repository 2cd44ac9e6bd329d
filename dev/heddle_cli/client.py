"""Requests to the service, and what their failures mean to a shell."""
import json
import os
import socket
import ssl
import http.client
import urllib.error
import urllib.request
from urllib.parse import quote, urlencode, urlsplit

OK = 0
ERROR = 1
USAGE = 2
REFUSED = 65  # EX_DATAERR
NOT_FOUND = 66  # EX_NOINPUT
UNAVAILABLE = 69  # EX_UNAVAILABLE
HELD = 75  # EX_TEMPFAIL
NO_PERMISSION = 77  # EX_NOPERM

TIMEOUT = 30
LARGEST_LINE = 4 << 20


class Failure(Exception):
    """Ends the command with an exit code and a line for people; `problem` is what the service said."""

    def __init__(self, code, message, problem=None):
        super().__init__(message)
        self.code = code
        self.problem = problem or {}


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the token to another host."""

    def redirect_request(self, *_):
        return None


class Client:
    """One service. `token` is sent with every request."""

    def __init__(self, url, token=None):
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Failure(USAGE, f"--url must be http://host:port or https://host:port, not {url}")
        self._base = url.rstrip("/") + "/api/v1"
        self._token = token
        local = parts.hostname in ("localhost", "127.0.0.1", "::1")
        proxies = [urllib.request.ProxyHandler({})] if local else []
        self._opener = urllib.request.build_opener(_NoRedirects, *proxies)

    def call(self, method, path, query=None, body=None, timeout=TIMEOUT):
        """The JSON that comes back."""
        with self.open(method, path, query, body, timeout=timeout) as answer:
            try:
                text = answer.read()
            except (OSError, http.client.HTTPException) as e:
                raise unreachable(e) from e
        try:
            return json.loads(text) if text else {}
        except ValueError as e:
            raise Failure(ERROR, f"{self._base} does not answer as Heddle does") from e

    def lines(self, method, path, query=None, body=None, accept="application/x-ndjson", headers=None, timeout=TIMEOUT):
        """The lines of an answer, as they come; ends without an error when the service ends it."""
        with self.open(method, path, query, body, accept, headers, timeout) as answer:
            yield None  # connected
            while True:
                try:
                    line = answer.readline(LARGEST_LINE)
                except (OSError, http.client.HTTPException) as e:
                    raise unreachable(e) from e
                if not line:
                    return
                yield line.decode("utf-8", "replace").rstrip("\r\n")

    def open(self, method, path, query=None, body=None, accept="application/json", headers=None, timeout=TIMEOUT):
        url = self._base + path
        given = {name: value for name, value in (query or {}).items() if value is not None}
        if given:
            url += "?" + urlencode(given, quote_via=quote, safe="")
        request = urllib.request.Request(url, method=method, headers={"Accept": accept, **(headers or {})})
        if body is not None:
            request.data = body if isinstance(body, bytes) else json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        if self._token:
            request.add_header("Authorization", "Bearer " + self._token)
        try:
            return self._opener.open(request, timeout=timeout)
        except urllib.error.HTTPError as e:
            raise failure_of(e) from e
        except (OSError, http.client.HTTPException) as e:
            raise unreachable(e) from e


def segment(text):
    """A name as one segment of a path."""
    if text in ("", ".", ".."):
        raise Failure(USAGE, f"'{text}' is no name")
    return quote(text, safe="")


def unreachable(error):
    reason = getattr(error, "reason", error)
    if isinstance(reason, (socket.timeout, TimeoutError)):
        reason = "no answer in time"
    elif isinstance(reason, ssl.SSLError):
        reason = f"TLS: {reason.reason or reason}"
    elif isinstance(reason, OSError) and reason.strerror:
        reason = reason.strerror
    return Failure(UNAVAILABLE, f"the service cannot be reached: {reason}")


def failure_of(error):
    """From an answer that is an error to an exit code."""
    try:
        with error:
            problem = json.loads(error.read(1 << 20))
    except (ValueError, OSError, http.client.HTTPException):
        problem = {}
    if not isinstance(problem, dict):
        problem = {}
    kind = str(problem.get("type", "")).replace("/", ":").rsplit(":", 1)[-1]
    text = problem.get("detail") or problem.get("title") or f"{error.code} {error.reason}"
    if problem.get("field"):
        text = f"{problem['field']}: {text}"
    if kind in ("held-by-another", "wait-timed-out", "hold-lost"):
        return Failure(HELD, text, problem)
    codes = {401: NO_PERMISSION, 403: NO_PERMISSION, 404: NOT_FOUND, 429: UNAVAILABLE, 502: UNAVAILABLE,
             503: UNAVAILABLE, 504: UNAVAILABLE}
    return Failure(codes.get(error.code, REFUSED if 400 <= error.code < 500 else ERROR), text, problem)


def token(file):
    """From a file or the environment; never from the command line, which every process can read."""
    if file:
        try:
            with open(file, encoding="utf-8") as opened:
                return opened.read().strip()
        except (OSError, UnicodeDecodeError) as e:
            raise Failure(USAGE, f"--token-file: {e}") from e
    return os.environ.get("HEDDLE_TOKEN", "").strip() or None
