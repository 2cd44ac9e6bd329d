"""heddle holds …"""
import datetime
import getpass
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time

from . import terminal
from .client import Failure, ERROR, HELD, NO_PERMISSION, NOT_FOUND, REFUSED, UNAVAILABLE, USAGE
from .terminal import emit, note, plain, table

UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
HEARTBEAT_LIMIT = 45
GRACE = 5


def seconds(text):
    """`30s`, `5m`, `1m30s`, `500ms`."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h)", text)
    if not parts or "".join(a + b for a, b in parts) != text:
        raise Failure(USAGE, f"'{text}' is no duration: write 30s, 5m or 1m30s")
    return sum(float(number) * UNITS[unit] for number, unit in parts)


def path_of(text):
    """Holds are on absolute paths; links are not followed, as the service does not."""
    if not text:
        raise Failure(USAGE, "the path is empty")
    return os.path.normpath(os.path.join(os.getcwd(), text)).replace("//", "/", 1)


def agent_of(given, unique=False):
    """Whom the hold is for. Two commands of one name share their holds, so `run` has a name of its own."""
    name = given or os.environ.get("HEDDLE_AGENT")
    if name:
        return name
    return f"{getpass.getuser()}@{socket.gethostname()}" + (f":{os.getpid()}" if unique else "")


def remaining(hold):
    try:
        end = datetime.datetime.fromisoformat(re.sub(r"(\.\d{1,6})\d*", r"\1", hold["expires_at"]).replace("Z", "+00:00"))
        left = (end - datetime.datetime.now(datetime.timezone.utc)).total_seconds()
        return f"{max(0, left):.0f}s"
    except (KeyError, TypeError, ValueError):
        return "?"


def row(hold):
    return [hold.get("path", "?"), hold.get("agent_id", "?"), remaining(hold), hold.get("token", "?")]


HEAD = ["PATH", "AGENT", "REMAINING", "TOKEN"]


def show(hold, as_json):
    if as_json:
        emit(hold)
    else:
        table([row(hold)], HEAD)


def ls(client, args):
    found = []
    after = None
    while True:
        page = client.call("GET", "/holds", {
            "prefix": args.prefix and path_of(args.prefix), "agent": args.agent, "limit": 1000, "after": after})
        found += terminal.must_be(list, page.get("holds"), "holds")
        after = page.get("next")
        if not after:
            break
    if args.json:
        emit(found)
    elif found:
        table([row(hold) for hold in found], HEAD)


def announce(client, args):
    show(client.call("PUT", "/holds", {"path": path_of(args.path)}, request(args, agent_of(args.agent))), args.json)


def request(args, agent, **more):
    return {"agent_id": agent, "ttl": args.ttl, "checkout_path": os.getcwd(), **more}


def wait(client, args):
    show(wait_for(client, args, agent_of(args.agent)), args.json)


def wait_for(client, args, agent):
    patience = seconds(args.timeout)
    body = request(args, agent, path=path_of(args.path), timeout=args.timeout)
    return client.call("POST", "/holds/wait", body=body, timeout=patience + 30)


def release(client, args):
    if args.all and (args.path or args.force) or not args.all and not args.path:
        raise Failure(USAGE, "holds release needs either a path or --all")
    query = {"path": path_of(args.path) if args.path else None}
    query.update({"force": "true"} if args.force else {"agent": agent_of(args.agent)})
    answer = client.call("DELETE", "/holds", query)
    if args.json:
        emit(answer)
    elif answer.get("released"):
        print("released" if args.path else f"released {answer['released']}")
    else:
        print("nothing to release")


def watch(client, args):
    """Follows the events for ever; goes on where it was after every interruption."""
    last = None
    told = ""
    pause = 0.2
    while True:
        try:
            for name, event_id, data in events(client, last):
                pause, told = 0.2, ""
                if event_id:
                    last = event_id
                if name:
                    show_event(name, data, args.json)
        except Failure as e:
            if e.code in (NO_PERMISSION, NOT_FOUND, REFUSED, USAGE):
                raise
            if str(e) != told:
                told = str(e)
                note(f"{e}; trying again")
        time.sleep(pause * random.uniform(0.5, 1))
        pause = min(5, pause * 2)


def events(client, last):
    """Server-sent events as (name, id, data); (None, None, None) for what only shows that the service is there."""
    name, data, event_id = "message", [], None
    for line in client.lines("GET", "/holds/events", accept="text/event-stream",
                             headers={"Last-Event-ID": last} if last else {}, timeout=HEARTBEAT_LIMIT):
        if line is None or line.startswith(":"):
            yield None, None, None
        elif line:
            field, _, value = line.partition(":")
            value = value[1:] if value.startswith(" ") else value
            if field == "event":
                name = value
            elif field == "data":
                data.append(value)
            elif field == "id":
                event_id = value
        elif data:
            try:
                yield name, event_id, json.loads("\n".join(data))
            except ValueError:
                note(f"an event of {name} cannot be read")
            name, data, event_id = "message", [], None


def show_event(name, data, as_json):
    data = data if isinstance(data, dict) else {}
    if as_json:
        emit({"event": name, **data})
        return
    colours = {"announced": "32", "released": "36", "expired": "33", "corrupt": "31", "evicted": "31", "reset": "35"}
    label = f"{plain(name):<10}"
    if terminal.is_terminal(sys.stdout) and name in colours:
        label = f"\x1b[{colours[name]}m{label}\x1b[0m"
    text = " ".join(filter(None, [
        plain(data.get("path", data.get("key", ""))),
        plain(data.get("agent_id", "")),
        remaining(data) if name == "announced" else "",
        "(renewed)" if data.get("renewal") else "",
        plain(data.get("reason", ""))]))
    print(f"{time.strftime('%H:%M:%S')}  {label} {text}".rstrip(), flush=True)


def run(client, args):
    """Holds a file while a command runs; the command's exit status is ours."""
    if not args.command:
        raise Failure(USAGE, "holds run needs a command after --")
    agent = agent_of(args.agent, unique=True)
    path = path_of(args.path)
    ttl = seconds(args.ttl)
    if args.timeout:
        wait_for(client, args, agent)
    asked = time.monotonic()  # it surely ends no earlier than a ttl after this
    hold = client.call("PUT", "/holds", {"path": path}, request(args, agent))
    keeper = Keeper(client, path, request(args, agent), ttl, asked, hold.get("token"))
    try:
        return keeper.run(args.command)
    finally:
        keeper.stop()
        if keeper.lost is None:
            try:
                client.call("DELETE", "/holds", {"path": path, "agent": agent}, timeout=5)
            except Failure as e:
                note(f"not released, it ends by itself within {args.ttl}: {e}")


class Keeper:
    """Renews a hold while a process runs, and ends the process when the hold is lost."""

    def __init__(self, client, path, body, ttl, asked, token):
        self._client, self._path, self._body, self._ttl = client, path, body, ttl
        self._granted = asked
        self._token = token
        self._done = threading.Event()
        self._process = None
        self.lost = None

    def run(self, command):
        environment = {**os.environ, "HEDDLE_HOLD_PATH": self._path, "HEDDLE_HOLD_TOKEN": str(self._token)}
        try:
            self._process = subprocess.Popen(command, env=environment)
        except FileNotFoundError as e:
            raise Failure(127, f"{command[0]}: {e.strerror}") from e
        except OSError as e:
            raise Failure(126, f"{command[0]}: {e.strerror}") from e
        # The terminal sends its signals to the command as well: it decides when to end.
        signal.signal(signal.SIGINT, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda got, _: self._process.send_signal(got))
        threading.Thread(target=self._renew, daemon=True).start()
        status = self._process.wait()
        if self.lost is not None:
            raise Failure(HELD, f"the hold was lost, so the command was ended: {self.lost}")
        return status if status >= 0 else 128 - status

    def stop(self):
        self._done.set()

    def _renew(self):
        failed = None
        while not self._done.wait(self._ttl / 3 if failed is None else min(1, self._ttl / 10)):
            asked = time.monotonic()
            left = self._granted + self._ttl * 0.95 - asked
            if left <= 0:
                self._lose(failed)
                return
            try:
                hold = self._client.call("PUT", "/holds", {"path": self._path}, self._body, timeout=left)
                if self._token is not None and hold.get("token") != self._token:
                    self._lose("it had ended, and was granted again with another token")
                    return
                self._granted, failed = asked, None
            except Failure as e:
                if e.code not in (UNAVAILABLE, ERROR):
                    self._lose(str(e))
                    return
                failed = str(e)

    def _lose(self, why):
        self.lost = why
        self._process.terminate()
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
