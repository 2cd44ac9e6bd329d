"""The settings that `heddle init` writes for each coding agent."""
import os
import pkgutil
import re
import shutil
from urllib.parse import quote

from .jsontext import Unsafe
from .parts import BlockPart, FilePart, JsonPart

TIMEOUT = 10  # seconds that a coding agent waits for a hook
AT_END = 3

# What shows that a repository or a user has a tool: files of the repository, files of the user, programs.
SIGNS = {
    "claude-code": ((".claude", "CLAUDE.md", ".mcp.json"), (".claude", ".claude.json"), "claude"),
    "codex": ((".codex", "AGENTS.md"), (".codex",), "codex"),
    "cursor": ((".cursor", ".cursorrules"), (".cursor",), "cursor-agent"),
    "gemini": ((".gemini", "GEMINI.md"), (".gemini",), "gemini"),
    "opencode": (("opencode.json", "opencode.jsonc", ".opencode"), (".config/opencode",), "opencode"),
}


def found(root):
    """The tools of the repository and of the user."""
    home = os.path.expanduser("~")
    return [tool for tool, (ours, theirs, program) in SIGNS.items()
            if any(os.path.exists(os.path.join(root, name)) for name in ours)
            or any(os.path.exists(os.path.join(home, name)) for name in theirs) or shutil.which(program)]


class Wanted:
    """What the settings have to say: the service, the project, and the command line's own name in a shell."""

    def __init__(self, root, service, project, heddle):
        self.root, self.service, self.project, self.heddle = root, service, project, heddle
        self.headers = {"Heddle-Project": project}

    @property
    def mcp(self):
        return self.service.url + "/mcp"

    def hook(self, tool):
        return f"{self.heddle} hook {tool}"

    def of(self, tool):
        return {"claude-code": self._claude_code, "codex": self._codex, "cursor": self._cursor, "gemini": self._gemini,
                "opencode": self._opencode}[tool]()

    def _claude_code(self):
        """The service answers the hooks itself if it is on this machine; only a command can be a SessionStart hook."""
        command = {"type": "command", "command": self.hook("claude-code"), "timeout": TIMEOUT}
        at_end = {**command, "timeout": AT_END}
        start = command
        if self.service.is_local and not os.environ.get("HEDDLE_AGENT"):
            http = {"type": "http", "url": f"{self.service.url}/hooks/claude-code?project={quote(self.project, safe='')}"}
            if os.environ.get("HEDDLE_TOKEN"):
                http.update(headers={"Authorization": "Bearer $HEDDLE_TOKEN"}, allowedEnvVars=["HEDDLE_TOKEN"])
            command, at_end = {**http, "timeout": TIMEOUT}, {**http, "timeout": AT_END}
            if self.service.blocks:
                command = {**command, "onFailure": "block"}
        server = {"type": "http", "url": self.mcp, "headers": self.headers}
        return [JsonPart(".mcp.json", [(["mcpServers", "heddle"], server)]),
                JsonPart(".claude/settings.json", items=[
                    (["hooks", "SessionStart"], {"hooks": [start]}),
                    (["hooks", "UserPromptSubmit"], {"hooks": [without(command, "onFailure")]}),
                    (["hooks", "PreToolUse"], {"matcher": "Edit|MultiEdit|Write|NotebookEdit", "hooks": [command]}),
                    (["hooks", "SessionEnd"], {"hooks": [at_end]})])]

    def _codex(self):
        def group(timeout, **more):
            return {**more, "hooks": [{"type": "command", "command": self.hook("codex"), "timeout": timeout}]}
        lines = ["[mcp_servers.heddle]", f"url = {toml(self.mcp)}", f'http_headers = {{ "Heddle-Project" = {toml(self.project)} }}']
        return [BlockPart(".codex/config.toml", lines, check=toml_check,
                          unless=r"^\s*(?:\[\s*mcp_servers\s*\.\s*\"?heddle\b|mcp_servers\s*=|mcp_servers\s*\.\s*heddle)"),
                JsonPart(".codex/hooks.json", items=[
                    (["hooks", "SessionStart"], group(TIMEOUT)),
                    (["hooks", "UserPromptSubmit"], group(TIMEOUT)),
                    (["hooks", "PreToolUse"], group(TIMEOUT, matcher="apply_patch|Edit|Write")),
                    (["hooks", "SessionEnd"], group(AT_END))])]

    def _cursor(self):
        command = {"command": self.hook("cursor"), "timeout": TIMEOUT}
        edits = {**command, "matcher": "Write|Delete|Edit|MultiEdit|StrReplace|ApplyPatch|EditNotebook"}
        if self.service.blocks:
            edits["failClosed"] = True
        return [JsonPart(".cursor/mcp.json", [(["mcpServers", "heddle"], {"url": self.mcp, "headers": self.headers})]),
                JsonPart(".cursor/hooks.json", base={"version": 1}, items=[
                    (["hooks", "sessionStart"], command), (["hooks", "preToolUse"], edits), (["hooks", "sessionEnd"], command)])]

    def _gemini(self):
        def group(**more):
            return {**more, "hooks": [{"name": "heddle", "type": "command", "command": self.hook("gemini"), "timeout": TIMEOUT * 1000}]}
        return [JsonPart(".gemini/settings.json", [(["mcpServers", "heddle"], {"httpUrl": self.mcp, "headers": self.headers})], [
            (["hooks", "SessionStart"], group()), (["hooks", "BeforeAgent"], group()),
            (["hooks", "BeforeTool"], group(matcher="write_file|replace")), (["hooks", "SessionEnd"], group())], comments=True)]

    def _opencode(self):
        file = "opencode.jsonc" if os.path.exists(os.path.join(self.root, "opencode.jsonc")) else "opencode.json"
        server = {"type": "remote", "url": self.mcp, "enabled": True, "headers": self.headers}
        plugin = pkgutil.get_data("heddle_cli", "opencode.js").decode()  # also from an archive
        content = plugin.replace('"heddle"; //', f"{js(self.heddle)}; //")
        return [JsonPart(file, [(["mcp", "heddle"], server)], comments=True, base={"$schema": "https://opencode.ai/config.json"}),
                FilePart(".opencode/plugins/heddle.js", content)]


def without(value, name):
    return {key: member for key, member in value.items() if key != name}


def toml(text):
    return '"' + re.sub(r'[\\"]', lambda match: "\\" + match.group(), text) + '"'


def js(text):
    import json
    return json.dumps(text)


def toml_check(before, after):
    """Parses both, where Python can (3.11 and newer)."""
    try:
        import tomllib
    except ImportError:
        return
    for text in (before, after):
        try:
            tomllib.loads(text)
        except tomllib.TOMLDecodeError as e:
            raise Unsafe("it is not valid TOML" if text is before else "it cannot be extended at its end") from e
