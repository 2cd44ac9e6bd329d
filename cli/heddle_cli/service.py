"""The service of a command, and requests to it that begin as soon as possible after the start of the command."""
import json
import os

from .failure import ERROR, UNAVAILABLE, USAGE, Failure, refusal

DEFAULT = "http://localhost:8080"
LOCAL = ("localhost", "127.0.0.1", "[::1]", "::1")
MEMBERS = ("service", "token_file")


class Service:
    """Where the service is: `--url`, else HEDDLE_URL, else `service` of `.heddle.json`, else that of the user's file, else the default.

    `.heddle.json` comes with the repository. A token is therefore sent to a service that is named there only if that is on this
    machine or the one of the user's file; for another one, `--url` or HEDDLE_URL has to name it.
    """

    def __init__(self, settings, given=None):
        self._user = user_settings()
        named = given or os.environ.get("HEDDLE_URL")
        of_user = self._user.get("service", "").rstrip("/")
        url = named or settings.get("service") or of_user or DEFAULT
        if not isinstance(url, str):
            raise Failure(USAGE, "service in .heddle.json must be a text")
        self.url = url.rstrip("/")
        self._is_of_user = self.url == of_user
        self.trusted = bool(named) or self.is_local or self._is_of_user
        self.withheld = ""  # which token is not sent
        self.blocks = blocks(settings)
        self.compares_versions = False  # a hook of a coding agent has no one to warn

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
        status, reason, answer = self._exchange(method, path, content, timeout, token)
        try:
            value = json.loads(answer) if answer else {}
        except (ValueError, RecursionError):
            value = None
        if status != 200:
            failure = refusal(status, reason, value if isinstance(value, dict) else {})
            failure.url = self.url
            raise failure
        if not isinstance(value, dict):
            raise Failure(ERROR, f"{self.url} does not respond as Heddle does")
        return value

    def _exchange(self, method, path, content, timeout, token):
        from . import transport  # not before the files are known
        authority, slash, base = self.url[len("http://"):].partition("/")
        if not host_of(self.url) or "@" in authority or not (self.url.isascii() and self.url.isprintable()) or " " in self.url:
            raise Failure(USAGE, "the URL of the service must be http://HOST:PORT or https://HOST:PORT, without user name and password")
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            with transport.request(authority, method, f"{slash}{base}/api/v1{path}", headers, content, timeout) as response:
                if self.compares_versions:
                    from . import version
                    version.warn(response.headers.get(version.HEADER), self.url)
                return response.status, response.reason, response.read()
        except OSError as e:
            text = "no response in time" if isinstance(e, transport.socket.timeout) else e.strerror or type(e).__name__
            raise Failure(UNAVAILABLE, f"the service at {self.url} cannot be reached: {text}") from e

    def token(self, file=None):
        """The token of `--token-file`, else of HEDDLE_TOKEN, else of the user's file; None if this service may not get it."""
        if file and not self.trusted:
            raise Failure(USAGE, f"--token-file: no token is sent to {self.url}, which only .heddle.json names: "
                                 f"if you trust that service, add --url {self.url}")
        of_environment = os.environ.get("HEDDLE_TOKEN", "").strip()
        of_user = "" if file or of_environment else self._user.get("token_file", "")
        allowed = self._is_of_user if of_user and self._user.get("service") else self.trusted
        if not (file or of_environment or of_user):
            return None
        if not allowed:
            self.withheld = "HEDDLE_TOKEN" if of_environment else f"token_file of {user_file()}"
            return None
        from .client import token  # slow to load
        return token(of_user, f"token_file of {user_file()}:") if of_user else token(file)


def of_directory(given=None):
    """The service for the current directory. `.heddle.json` is read only if neither `--url` nor HEDDLE_URL names a service."""
    if given or os.environ.get("HEDDLE_URL"):
        return Service({}, given)
    from . import project
    try:
        root = project.root_of(os.path.realpath(os.getcwd()))
    except OSError:  # the directory was removed
        root = None
    return Service(project.settings(root) if root else {}, given)


def user_file():
    """`heddle/config.json` of XDG_CONFIG_HOME, which must be an absolute path, else of `~/.config`."""
    home = os.environ.get("XDG_CONFIG_HOME", "")
    return os.path.join(home if os.path.isabs(home) else os.path.expanduser("~/.config"), "heddle", "config.json")


def user_settings():
    """The user's file, with an absolute `token_file`; empty without one."""
    path = user_file()
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as e:
        raise Failure(USAGE, f"{path} cannot be read: it must be a JSON object") from e
    if not isinstance(content, dict) or not all(name in MEMBERS and isinstance(value, str) for name, value in content.items()):
        raise Failure(USAGE, f"{path} must be a JSON object with the texts {' and '.join(MEMBERS)}")
    if content.get("token_file"):
        content["token_file"] = os.path.join(os.path.dirname(path), os.path.expanduser(content["token_file"]))
    return content


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
