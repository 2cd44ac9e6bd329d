"""The command `heddle holds run`: holds a file while a command runs."""
import os
import signal
import subprocess
import threading
import time

from .failure import (ERROR, HELD, NO_PERMISSION, NOT_FOUND, REFUSED, SIGNALLED, UNAVAILABLE, USAGE, Failure, Interrupted,
                      problem_type)
from .holds import announcement, default_holder, holder_of, path_of, seconds, wait_for
from .terminal import note

GRACE = 5  # seconds between SIGTERM and SIGKILL, and for the release
ENDED = "it was released or expired"
SAFETY = 0.95  # of the ttl: the command is ended before another client can acquire the file

# Signals that do not end a process, that report its own faults, or that cannot be handled.
NOT_FORWARDED = {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD, signal.SIGCONT, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU,
                 signal.SIGWINCH, signal.SIGURG, signal.SIGPIPE, signal.SIGSEGV, signal.SIGILL, signal.SIGFPE, signal.SIGBUS,
                 signal.SIGABRT, signal.SIGTRAP, signal.SIGSYS}
FROM_TERMINAL = {signal.SIGINT, signal.SIGQUIT}


def run(client, args):
    """Returns the exit status of the command; fails with HELD if the hold was lost."""
    if not args.command:
        raise Failure(USAGE, "holds run needs a command after --")
    holder = holder_of(args)
    # Clients of one name share their holds, so the default name is one of this process alone.
    body = announcement(args, holder or f"{default_holder()}:{os.getpid()}")
    lease = Lease(client, path_of(args.path), body, seconds(args.ttl), shared_name=bool(holder))
    command = Command(args.command)
    try:
        if args.timeout:
            lease.acquire(lambda: wait_for(client, args, body["agent_id"]))
        lease.acquire()
        status = command.run(lease)
    finally:
        command.keep_signals()
        lease.release()
    if lease.lost:
        raise Failure(HELD, f"the hold of {lease.path} was lost while the command ran: {lease.lost}")
    return status if status >= 0 else SIGNALLED - status


class Command:
    """The command, and the signals that would end this process.

    Until the command runs, the first of them interrupts the acquisition. Later ones are forwarded to the command, so that the
    release of the hold is never interrupted.
    """

    def __init__(self, arguments):
        self._arguments = arguments
        self._process = None
        self._interruptible = True
        self._kept = []
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # if it is ignored, the exit status is lost
        for number in signal.valid_signals() - NOT_FORWARDED:
            if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
                signal.signal(number, self._received)

    def keep_signals(self):
        self._interruptible = False

    def run(self, lease):
        environment = {**os.environ, "HEDDLE_HOLD_PATH": lease.path, "HEDDLE_HOLD_TOKEN": str(lease.token)}
        self.keep_signals()
        try:
            process = subprocess.Popen(self._arguments, env=environment)
        except OSError as e:
            raise Failure(127 if isinstance(e, FileNotFoundError) else 126, f"{self._arguments[0]}: {e.strerror}") from e
        self._process = process
        for number in self._kept:
            self._send(number)
        try:
            lease.keep(self.end)
        except RuntimeError as e:  # no more threads
            process.kill()
            raise Failure(ERROR, f"the hold cannot be renewed: {e}") from e
        finally:
            status = process.wait()
        return status

    def end(self):
        self._send(signal.SIGTERM)
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self._send(signal.SIGKILL)

    def _received(self, number, _):
        if self._interruptible:
            self._interruptible = False
            raise Interrupted(number)
        if self._process is None:
            self._kept.append(number)
        elif number not in FROM_TERMINAL or not in_foreground():
            self._send(number)

    def _send(self, number):
        try:
            self._process.send_signal(number)
        except OSError as e:  # such as a command that runs as another user
            note(f"signal {int(number)} was not sent to {self._arguments[0]}: {e.strerror}")


def in_foreground():
    """Whether the terminal sends its signals to this process and to the command."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


class Lease:
    """A hold that is renewed until it is released or lost. A lost hold is not acquired again."""

    def __init__(self, client, path, body, ttl, shared_name):
        self._client, self._body, self._ttl, self._shared_name = client, body, ttl, shared_name
        self.path = path
        self.token = None
        self.lost = None
        self._unknown = False  # whether a request for the hold was sent, and its outcome is not known
        self._deadline = 0.0
        self._trouble = "it was not renewed in time"
        self._done = threading.Event()
        self._loss = threading.Lock()
        self._renewal = None

    def acquire(self, request=None):
        self._unknown = True
        began = time.monotonic()
        try:
            self.token = (request or self._announce)()["token"]
        except Failure as e:
            self._unknown = e.code in (UNAVAILABLE, ERROR)
            raise
        self._unknown = False
        self._deadline = began + self._ttl * SAFETY

    def keep(self, on_loss):
        """Renews the hold. Calls `on_loss` once if it is lost."""
        self._renewal = threading.Thread(target=self._renew, args=[on_loss], daemon=True)
        self._renewal.start()
        threading.Thread(target=self._watch, args=[on_loss], daemon=True).start()

    def release(self):
        """Releases the hold if it is still this command's; otherwise `lost` says why not."""
        self._done.set()
        if self._renewal is not None:
            self._renewal.join(GRACE)  # a renewal under way could acquire the file after the release
        if self.token is not None:
            self._release()
        elif self._unknown and not self._shared_name:
            try:
                self._delete()
            except Failure as e:
                note(f"{self.path} may be held until its ttl of {self._body['ttl']} ends: {e}")

    def _release(self):
        end = time.monotonic() + GRACE
        while True:
            try:
                self._check(GRACE)
                if not self._delete():
                    self.lost = self.lost or ENDED
                return
            except Failure as e:
                if e.code == HELD:
                    self.lost = self.lost or str(e)
                    return
                if e.code not in (UNAVAILABLE, ERROR) or time.monotonic() > end:
                    note(f"{self.path} was not released: {e}; the hold ends within {self._body['ttl']}")
                    return
            time.sleep(0.2)

    def _delete(self):
        query = {"path": self.path, "agent": self._body["agent_id"]}
        return self._client.call("DELETE", "/holds", query, timeout=GRACE).get("released")

    def _announce(self, timeout=30):
        return self._client.call("PUT", "/holds", {"path": self.path}, self._body, timeout=timeout)

    def _check(self, timeout):
        """Fails if the hold has ended: to announce it would acquire the file again."""
        try:
            hold = self._client.call("GET", "/holds", {"path": self.path}, timeout=timeout)
        except Failure as e:
            if e.code == NO_PERMISSION:
                return  # the role holds:write does not include to read
            if e.code == NOT_FOUND and problem_type(e.problem) == "not-held":
                raise Failure(HELD, ENDED) from e
            raise
        if hold.get("token") != self.token:
            raise Failure(HELD, f"it ended, and {hold.get('agent_id')} holds the file now")

    def _renew(self, on_loss):
        pause = self._ttl / 3
        while not self._done.wait(pause):
            began = time.monotonic()
            timeout = max(0.1, min(self._ttl / 3, self._deadline - began))
            try:
                self._check(timeout)
                if self._done.is_set():
                    return
                token, self.token = self.token, self._announce(timeout)["token"]
                if token != self.token:  # it ended between the two requests: the new hold is to be released
                    raise Failure(HELD, ENDED)
                self._deadline = began + self._ttl * SAFETY
                pause = self._ttl / 3
            except Failure as e:
                if e.code in (HELD, REFUSED, NO_PERMISSION):
                    self._lose(str(e), on_loss)
                    return
                self._trouble = str(e)
                pause = min(1, self._ttl / 10)
            except Exception as e:  # otherwise the hold would be lost silently
                self._lose(f"unexpected {type(e).__name__} during the renewal", on_loss)
                return

    def _watch(self, on_loss):
        """Reports the loss in time even if a request hangs."""
        while not self._done.wait(max(0, self._deadline - time.monotonic())):
            if time.monotonic() >= self._deadline:
                self._lose(self._trouble, on_loss)
                return

    def _lose(self, reason, on_loss):
        with self._loss:
            first = not self.lost
            self.lost = self.lost or reason
        self._done.set()
        if first:
            on_loss()
