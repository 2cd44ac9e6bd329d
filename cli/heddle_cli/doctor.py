"""The command `heddle doctor`: checks every end of the way from a coding agent to the service, and says what to do."""
import email.utils
import json
import os
import re
import shutil
import time

from . import __version__, init, integrations, project
from .client import Client
from .version import HEADER, of_service
from .failure import ERROR, OK, Failure
from .git import git
from .initstate import Files
from .jsontext import Unsafe
from .parts import BlockPart
from .service import Service
from .session import VARIABLES, holder
from .terminal import emit, say

TIMEOUT = 5
MOST_SECONDS_APART = 5
INITIALIZE = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
    "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "heddle-doctor", "version": "1"}}}


class Checks:
    """The results; each failure has a remedy."""

    def __init__(self):
        self.results = []

    def add(self, name, ok, text, remedy=""):
        self.results.append({"check": name, "ok": ok, "result": text, **({} if ok or not remedy else {"remedy": remedy})})
        return ok


def doctor(_, args):
    checks = Checks()
    root, files = tree(checks)
    settings = {}
    if root:
        settings = checked_project(checks, root)
    service = Service(settings, args.url)
    secret = checked_token(checks, service, args.token_file)
    checked_service(checks, Client(service.url, secret), service)
    checked_command(checks)
    if root:
        checked_settings(checks, root, files, args)
    checked_session(checks)
    if args.json:
        emit(checks.results)
    else:
        for result in checks.results:
            say(f"{'ok  ' if result['ok'] else 'FAIL'}  {result['check']}: {result['result']}")
            if "remedy" in result:
                say(f"      {result['remedy']}")
    return OK if all(result["ok"] for result in checks.results) else ERROR


def tree(checks):
    try:
        root = os.path.realpath(os.fsdecode(git("rev-parse", "--show-toplevel").rstrip(b"\r\n")))
        common = os.path.realpath(os.path.join(os.getcwd(), os.fsdecode(git("rev-parse", "--git-common-dir").rstrip(b"\r\n"))))
        return root, Files(root, common)
    except Failure as e:
        checks.add("repository", False, str(e), "run heddle doctor in the working tree of a repository")
        return None, None


def checked_project(checks, root):
    try:
        at = project.Project(root)
        Service(at.settings)
    except Failure as e:
        checks.add("project", False, str(e), f"correct {project.SETTINGS}")
        return {}
    source = project.SETTINGS if at.settings.get("project") else "the repository; it may differ in other clones"
    checks.add("project", True, f"{at.name} (from {source})")
    return at.settings


def checked_token(checks, service, file):
    secret = service.token(file)
    if service.withheld:
        checks.add("token", False, f"{service.withheld} is not sent to {service.url}, which only {project.SETTINGS} names",
                   f"if you trust that service: export HEDDLE_URL={service.url}")
    return secret


def checked_service(checks, client, service):
    """Reachable, time, permission, MCP."""
    before = time.time()
    try:
        status, headers, _ = client.probe("GET", "/api/v1/sessions/holds?session=heddle-doctor%2F1", timeout=TIMEOUT)
    except Failure as e:
        checks.add("service", False, str(e), "start it, or name another one with --url, HEDDLE_URL or service in .heddle.json")
        return
    checks.add("service", status < 500, f"{service.url} responds" + ("" if status < 500 else f" with {status}"),
               "see the log of the service, and whether its broker runs")
    clock(checks, headers.get("date"), before)
    there = of_service(headers.get(HEADER, ""))
    if there:
        checks.add("version", there == __version__, f"{__version__}, and {there} of the service",
                   f"use the command of the service: {service.url}/cli/heddle")
    if status in (401, 403):
        checks.add("permission", False, f"the service answers {status}", "set HEDDLE_TOKEN to a token with the role holds:write"
                   + ("; HEDDLE_AGENT and the sessions must begin with its subject" if status == 403 else ""))
    elif status == 404:
        checks.add("sessions", False, "the service has no sessions of coding agents", "use a newer service, with heddle.coding.enabled")
    elif status < 300:
        checks.add("permission", True, "sessions are readable")
    mcp(checks, client)


def clock(checks, date, before):
    """The Date header has whole seconds."""
    try:
        there = email.utils.parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError):
        return
    here = (before + time.time()) / 2
    apart = max(0, abs(here - there) - 1)
    checks.add("clock", apart <= MOST_SECONDS_APART, f"{apart:.0f} s from that of the service",
               "set the clocks by NTP; holds end by the broker's time, so only displayed times are wrong")


def mcp(checks, client):
    try:
        status, _, content = client.probe("POST", "/mcp", INITIALIZE, "application/json, text/event-stream", TIMEOUT)
    except Failure as e:
        checks.add("MCP", False, str(e))
        return
    data = re.search(rb"^data:(.*)$", content, re.MULTILINE)  # an answer may be an event
    try:
        server = json.loads(data.group(1) if data else content)["result"]["serverInfo"]
        checks.add("MCP", status == 200, f"{server['name']} {server['version']} answers")
    except (ValueError, KeyError, TypeError):
        checks.add("MCP", False, f"/mcp answers {status}", "use a service with heddle.coding.enabled; see its log")


def checked_command(checks):
    found = shutil.which("heddle")
    checks.add("command", bool(found), found or "heddle is not on the PATH", "move heddle into a directory of the PATH")


def checked_settings(checks, root, files, args):
    """Whether each part of heddle init is there, and git runs its hooks."""
    try:
        parts, notes = init.wanted(root, args.url, integrations.found(root))
    except Failure:
        return  # reported with the project
    for part in parts:
        try:
            text = files.read(part.file)
            same = part.add(text, part.drop(text)) == text and not part.notes
            script = isinstance(part, BlockPart) and part.script
            runs = not script or text is None or os.access(files.path(part.file), os.X_OK) or part.file.startswith(".husky")
            checks.add(part.file, same and runs, "set up" if same and runs else "not executable" if same else "not set up",
                       "run heddle init" if not same else f"chmod +x {files.path(part.file)}")
        except Unsafe as e:
            checks.add(part.file, False, str(e), "add manually: " + " | ".join(part.manual()))
    for line in notes:
        if "PATH" not in line:
            checks.add("git hooks", False, line)


def checked_session(checks):
    source = "HEDDLE_AGENT" if os.environ.get("HEDDLE_AGENT") else next(
        (variable for variable, _ in VARIABLES if os.environ.get(variable)), "the user and the terminal; a coding agent's hooks use its own")
    checks.add("session", True, f"{holder()} (from {source})")
