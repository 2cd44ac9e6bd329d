"""What the coding agents send to their hooks.

| tool | before an edit | session | files |
|---|---|---|---|
| claude-code | PreToolUse | session_id | tool_input.file_path, notebook_path |
| codex | PreToolUse | session_id | the patch in tool_input.command, relative to cwd |
| cursor | preToolUse | conversation_id | tool_input.file_path, path |
| gemini | BeforeTool | session_id | tool_input.file_path |
| opencode | tool.execute.before, sent by the plugin of `heddle init` | session_id | tool_input.filePath, the patch in patchText |
"""
import os
import re

from .session import TOOLS

EDIT, START, END, CONTACT, OTHER = "edit", "start", "end", "contact", "other"

EVENTS = {"PreToolUse": EDIT, "preToolUse": EDIT, "BeforeTool": EDIT, "tool.execute.before": EDIT,
          "SessionEnd": END, "sessionEnd": END, "session.deleted": END,
          "SessionStart": START, "sessionStart": START,
          "UserPromptSubmit": CONTACT, "BeforeAgent": CONTACT, "Stop": CONTACT, "SubagentStop": CONTACT,
          "stop": CONTACT, "subagentStop": CONTACT, "AfterAgent": CONTACT}

EDITING = {
    "claude-code": {"Edit", "MultiEdit", "Write", "NotebookEdit"},
    "codex": {"apply_patch", "Bash", "shell"},  # a shell command only if it contains a patch
    "cursor": {"Write", "Delete", "Edit", "MultiEdit", "StrReplace", "ApplyPatch", "EditNotebook", "NotebookEdit"},
    "gemini": {"write_file", "replace"},
    "opencode": {"edit", "write", "multiedit", "patch", "apply_patch"},
}
FILE = ("file_path", "filePath", "path", "notebook_path", "target_file", "target_notebook")
PATCH = ("command", "patchText", "patch", "input")
PATCHED = re.compile(r"^\*\*\* (?:(?:Add|Update|Delete) File|Move to): (.+?)[ \t\r]*$", re.MULTILINE)


class Call:
    """What a hook was called for."""

    def __init__(self, tool, event, session, directory, name, files):
        self.tool, self.event, self.session, self.directory, self.name, self.files = tool, event, session, directory, name, files
        self.kind = EVENTS.get(event, OTHER)


def read(tool, given):
    """The call that a hook's input describes; raises ValueError if it is not one."""
    if not isinstance(given, dict):
        raise ValueError
    if "cursor_version" in given:
        tool = "cursor"  # it runs the hooks of Claude Code as well: both must act for one session
    event = text(given.get("hook_event_name"))
    session = text(given.get("conversation_id") if tool == "cursor" else None) or text(given.get("session_id"))
    roots = given.get("workspace_roots")
    directory = text(given.get("cwd")) or (text(roots[0]) if isinstance(roots, list) and roots else "") or os.getcwd()
    name = text(given.get("tool_name"))
    arguments = given.get("tool_input")
    editing = EDITING[tool] | (EDITING["claude-code"] if tool == "cursor" else set())
    found = files(name, arguments) if name in editing and isinstance(arguments, dict) else []
    if not event or not session and not os.environ.get("HEDDLE_AGENT"):
        raise ValueError
    return Call(tool, event, session, directory, name, found)


def files(name, arguments):
    """The files that an edit names: those of a patch, or the one of the arguments."""
    named = [text(arguments[key]) for key in FILE if text(arguments.get(key)) and name not in ("Bash", "shell")]
    if named:
        return named
    patches = [text(arguments[key]) for key in PATCH if text(arguments.get(key))]
    return [file for patch in patches if "*** Begin Patch" in patch for file in PATCHED.findall(patch)]


def text(value):
    return value if isinstance(value, str) and "\0" not in value else ""
