"""How a command fails: an exit code and a message."""
import signal

OK = 0
ERROR = 1
USAGE = 2
REFUSED = 65  # EX_DATAERR
NOT_FOUND = 66  # EX_NOINPUT
UNAVAILABLE = 69  # EX_UNAVAILABLE
OUTPUT = 74  # EX_IOERR
HELD = 75  # EX_TEMPFAIL
NO_PERMISSION = 77  # EX_NOPERM
SIGNALLED = 128  # plus the number of the signal, as shells report it
BROKEN_PIPE = SIGNALLED + signal.SIGPIPE


class Failure(Exception):
    """Ends the command with an exit code and a message; `problem` is the problem document of the service, if it sent one."""

    def __init__(self, code, message, problem=None):
        super().__init__(message)
        self.code = code
        self.problem = problem or {}
        self.url = ""  # of the service that refused


class Interrupted(KeyboardInterrupt):
    """A signal ends the command."""

    def __init__(self, number):
        super().__init__()
        self.number = number


def refusal(status, reason, problem):
    """The failure that an error response of the service stands for."""
    text = problem.get("detail") or problem.get("title") or f"{status} {reason}"
    if problem.get("field"):
        text = f"{problem['field']}: {text}"
    if problem_type(problem) in ("held-by-another", "wait-timed-out", "hold-lost"):
        return Failure(HELD, text, problem)
    codes = {401: NO_PERMISSION, 403: NO_PERMISSION, 404: NOT_FOUND, 429: UNAVAILABLE, 502: UNAVAILABLE,
             503: UNAVAILABLE, 504: UNAVAILABLE}
    return Failure(codes.get(status, REFUSED if 400 <= status < 500 else ERROR), text, problem)


def problem_type(problem):
    """The last part of a problem's type, such as `held-by-another`."""
    return str(problem.get("type", "")).replace("/", ":").rsplit(":", 1)[-1]
