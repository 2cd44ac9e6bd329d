"""The command `heddle init`: adds the project, the MCP server and the hooks to the settings of coding agents and git, and removes them."""
import difflib
import os
import shlex
import shutil
import sys

from . import githooks, integrations, project
from .failure import ERROR, OK, USAGE, Failure
from .git import git
from .initstate import Files, State
from .jsontext import Unsafe
from .parts import JsonPart, load
from .service import Service
from .terminal import escaped, flush, note, say, write

AFTERWARDS = {
    "claude-code": "Claude Code: start a new session, and allow the MCP server when it asks",
    "codex": "Codex: start it in this repository, and trust the hooks with /hooks",
    "cursor": "Cursor: enable the MCP server heddle in its settings",
    "gemini": "Gemini CLI: start a new session",
    "opencode": "opencode: start it again",
}


def init(_, args):
    root = os.path.realpath(os.fsdecode(git("rev-parse", "--show-toplevel").rstrip(b"\r\n")))
    git_directory = os.path.realpath(os.fsdecode(git("rev-parse", "--absolute-git-dir").rstrip(b"\r\n")))
    common = os.path.realpath(os.path.join(os.getcwd(), os.fsdecode(git("rev-parse", "--git-common-dir").rstrip(b"\r\n"))))
    files = Files(root, common)
    state = State(os.path.join(git_directory, "heddle-init.json"))
    tools = list(dict.fromkeys(args.tool or integrations.found(root)))
    parts, notes = wanted(root, args.url, tools)
    changes = removals(files, state, parts, notes) if args.remove else additions(files, state, parts, notes)
    for change in changes:
        show(change)
    for line in notes:
        note(line)
    code = ERROR if any(" is not changed: " in line for line in notes) else OK
    if not changes:
        say("nothing to remove" if args.remove else "nothing to change")
        return code
    if args.dry_run:
        return code
    confirm(args.yes)
    files.apply(changes, state)
    state.save()
    say("removed" if args.remove else "done; heddle doctor checks it")
    for tool in [] if args.remove else tools:
        say(AFTERWARDS[tool])
    return code


def wanted(root, url, tools):
    """The parts of all files, and notes about what cannot be added."""
    settings = project.settings(root)
    at = project.Project(root)
    service = Service(settings, url)
    heddle = own_name()
    members = [(["project"], at.name), (["service"], service.url)]
    notes = []
    if settings and not settings.get("service"):
        members = [(["service"], service.url)] if url else []
    elif settings:
        members = []
    if heddle != "heddle":
        notes.append(f"heddle is not on the PATH: the settings name {heddle}, which others do not have")
    context = integrations.Wanted(root, service, at.name, heddle)
    parts = [JsonPart(project.SETTINGS, members)] if members else []
    for tool in tools:
        parts += context.of(tool)
    hooks, more = githooks.parts(root, heddle)
    return parts + hooks, notes + more


def own_name():
    """How a shell starts this command."""
    if shutil.which("heddle"):
        return "heddle"
    program = os.path.realpath(sys.argv[0])
    if os.access(program, os.X_OK):
        return shlex.quote(program)
    return f"{shlex.quote(sys.executable or 'python3')} {shlex.quote(program)}"


class Change:
    """A file's text before and after, and what it was without our part; None if there is no file."""

    def __init__(self, part, before, after, original, undo=False):
        self.part, self.before, self.after, self.original, self.undo = part, before, after, original, undo


def additions(files, state, parts, notes):
    changes = []
    for part in parts:
        try:
            text = files.read(part.file)
            entry = state.entry(part.file)
            if entry is not None and state.is_untouched(part.file, text):
                before = entry["before"]
            else:  # the user changed it, or another machine's heddle init did
                before = (load(part.file, entry["part"]) if entry else part).drop(text, entry and entry["before"])
            added = part.add(text, before)
            if added != text:
                changes.append(Change(part, text, added, before))
            notes += part.notes
        except Unsafe as e:
            notes.append(refused(part, e, "Add manually"))
    return changes


def refused(part, error, what):
    return f"{part.file} is not changed: {error}. {what}: " + " | ".join(part.manual())


def removals(files, state, parts, notes):
    """What an earlier `heddle init` added; without its record, what it would add."""
    known = [load(file, entry["part"]) for file, entry in state.entries()]
    names = {part.file for part in known}
    changes = []
    for part in known + [part for part in parts if part.file not in names and part.file != project.SETTINGS]:
        try:
            text = files.read(part.file)
            if text is None:
                state.forget(part.file)
                continue
            before = (state.entry(part.file) or {}).get("before")
            left = before if state.is_untouched(part.file, text) else part.drop(text, before)
            if left != text:
                changes.append(Change(part, text, left, None, undo=True))
            else:
                state.forget(part.file)
        except Unsafe as e:
            notes.append(refused(part, e, "Remove manually"))
    return changes


def show(change):
    before, after = ((text or "").splitlines(keepends=True) for text in (change.before, change.after))
    name = change.part.file.lstrip("/")
    old = "/dev/null" if change.before is None else f"a/{name}"
    new = "/dev/null" if change.after is None else f"b/{name}"
    for line in difflib.unified_diff(before, after, old, new):
        write("\t".join(map(escaped, line.rstrip("\r\n").split("\t"))))
        if not line.endswith("\n"):
            write("\\ No newline at end of file")
    flush()


def confirm(yes):
    if yes:
        return
    if sys.stdin is None or not sys.stdin.isatty():
        raise Failure(USAGE, "nothing is changed: --yes applies the changes without a question")
    sys.stderr.write("Apply these changes? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Failure(USAGE, "nothing is changed")
