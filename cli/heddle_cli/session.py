"""Who holds: HEDDLE_AGENT, else the session of the coding agent, else the user and the session of the terminal."""
import os
import socket

TOOLS = ("claude-code", "codex", "cursor", "gemini", "opencode")

# What the tools set for the commands that they run. opencode sets nothing; its plugin sets HEDDLE_AGENT.
VARIABLES = (("CLAUDE_CODE_SESSION_ID", "claude-code"), ("CODEX_THREAD_ID", "codex"), ("CURSOR_CONVERSATION_ID", "cursor"),
             ("GEMINI_SESSION_ID", "gemini"))


def holder(tool=None, session=None):
    """The name of the holder. `session` is the one that the input of the tool's hook names."""
    named = os.environ.get("HEDDLE_AGENT")
    if named:
        return named
    if tool and session:
        return f"{tool}/{session}"
    for variable, of in VARIABLES:
        if os.environ.get(variable):
            return f"{of}/{os.environ[variable]}"
    return f"{user()}@{host()}/{os.getsid(0) if hasattr(os, 'getsid') else os.getppid()}"


def user():
    """The name of the user, also in a container where the user has none."""
    name = next(filter(None, map(os.environ.get, ("LOGNAME", "USER", "LNAME", "USERNAME"))), None)
    if name:
        return name
    try:
        import pwd
        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        return str(os.getuid()) if hasattr(os, "getuid") else "user"


def host():
    return socket.gethostname()
