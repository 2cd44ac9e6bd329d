"""HTTP requests to the service, and the exit codes of their failures."""
import http.client
import json
import os
import re
import socket
import ssl
import urllib.error
import urllib.request
from urllib.parse import quote, urlencode, urlsplit

from .failure import ERROR, UNAVAILABLE, USAGE, Failure, refusal

TIMEOUT = 30
MAX_LINE = 4 << 20
MAX_TOKEN = 64 << 10
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would send the token to another host."""

    def redirect_request(self, *_):
        return None


class Client:
    """A client of one service. Sends `token` with every request."""

    def __init__(self, url, token=None):
        parts = parse_url(url)
        self._address = f"{parts.scheme}://{parts.netloc}"
        self._base = url.rstrip("/") + "/api/v1"
        self._token = token
        proxies = [urllib.request.ProxyHandler({})] if parts.hostname in LOCAL_HOSTS else []
        self._opener = urllib.request.build_opener(_NoRedirects, *proxies)

    def call(self, method, path, query=None, body=None, timeout=TIMEOUT):
        """Returns the JSON object of the response."""
        with self.open(method, path, query, body, timeout=timeout) as response:
            try:
                text = response.read()
            except (OSError, http.client.HTTPException) as e:
                raise self._unavailable(e) from e
        try:
            value = parse_json(text) if text else {}
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise Failure(ERROR, f"{self._address} does not respond as Heddle does: check --url")
        return value

    def lines(self, method, path, query=None, body=None, accept="application/x-ndjson", headers=None, timeout=TIMEOUT):
        """Yields None once connected, then each line of the response; ends when the service ends the response."""
        with self.open(method, path, query, body, accept, headers, timeout) as response:
            yield None
            while True:
                try:
                    line = response.readline(MAX_LINE)
                except (OSError, http.client.HTTPException) as e:
                    raise self._unavailable(e) from e
                if not line:
                    return
                yield line.decode("utf-8", "replace").rstrip("\r\n")

    def probe(self, method, path, body=None, accept="application/json", timeout=TIMEOUT):
        """Returns status, headers and content of a response, whatever the status. The path is that of the URL, without `/api/v1`."""
        request = self._request(method, path, None, body, {"Accept": accept})
        request.full_url = self._base[:-len("/api/v1")] + path
        try:
            with self._opener.open(request, timeout=timeout) as response:
                return response.status, response.headers, response.read(1 << 20)
        except urllib.error.HTTPError as e:
            with e:
                return e.code, e.headers, e.read(1 << 20)
        except (OSError, http.client.HTTPException) as e:
            raise self._unavailable(e) from e

    def open(self, method, path, query=None, body=None, accept="application/json", headers=None, timeout=TIMEOUT):
        request = self._request(method, path, query, body, {"Accept": accept, **(headers or {})})
        try:
            return self._opener.open(request, timeout=timeout)
        except urllib.error.HTTPError as e:
            raise failure_of(e) from e
        except (OSError, http.client.HTTPException) as e:
            raise self._unavailable(e) from e
        except ValueError as e:
            # Without the text of the exception, which may contain the password of a proxy.
            raise Failure(USAGE, f"{self._address}: invalid host name, or invalid proxy in the environment") from e

    def _request(self, method, path, query, body, headers):
        url = self._base + path
        given = {name: value for name, value in (query or {}).items() if value is not None}
        try:
            if given:
                url += "?" + urlencode(given, quote_via=quote, safe="")
            request = urllib.request.Request(url, method=method, headers=headers)
            if body is not None:
                request.data = json.dumps(body, ensure_ascii=False).encode()
                request.add_header("Content-Type", "application/json")
        except UnicodeEncodeError as e:
            raise Failure(USAGE, "an argument is not valid UTF-8") from e
        if self._token:
            request.add_header("Authorization", "Bearer " + self._token)
        return request

    def _unavailable(self, error):
        reason = getattr(error, "reason", error)
        if isinstance(reason, (socket.timeout, TimeoutError)):
            text = "no response in time"
        elif isinstance(reason, ssl.SSLError):
            text = f"TLS: {reason.reason or reason}"
        elif isinstance(reason, http.client.RemoteDisconnected):
            text = "it closed the connection without a response"
        elif isinstance(reason, OSError) and reason.strerror:
            text = reason.strerror
        else:
            text = f"{type(reason).__name__}"
        return Failure(UNAVAILABLE, f"the service at {self._address} cannot be reached: {text}")


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


def failure_of(error):
    """The failure that an error response stands for."""
    try:
        with error:
            problem = parse_json(error.read(1 << 20))
    except (ValueError, OSError, http.client.HTTPException):
        problem = {}
    if not isinstance(problem, dict):
        problem = {}
    return refusal(error.code, error.reason, problem)


def token(file):
    """The token from a file or the environment. Never from an argument: other processes can read those."""
    if file:
        try:
            with open(file, "rb") as opened:
                return checked_token(opened.read(MAX_TOKEN + 1).decode("utf-8", "replace"), f"--token-file {file}")
        except OSError as e:
            raise Failure(USAGE, f"--token-file {file}: {e.strerror}") from e
    text = os.environ.get("HEDDLE_TOKEN", "")
    return checked_token(text, "HEDDLE_TOKEN") if text.strip() else None


def checked_token(text, source):
    """The token without surrounding white space and byte order mark. Messages leave it out."""
    value = text.strip(" \t\r\n\ufeff")
    if not re.fullmatch("[!-~]+", value) or len(value) > MAX_TOKEN:
        raise Failure(USAGE, f"{source} must contain one token and nothing else: one line of printable ASCII characters without spaces")
    return value
