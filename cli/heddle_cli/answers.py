"""What the hooks of coding agents answer: nothing, a denial with its reason for the model, a message, or a warning."""
import json
import sys

from .tools import END, EVENTS

READ = ("SessionStart", "sessionStart", "UserPromptSubmit", "BeforeAgent", "PreToolUse")  # not the end of a turn
SHOWN = 10  # files that a message lists


class Answer:
    """The answer to one call, in the format of the tool."""

    def __init__(self, tool, event):
        self._tool, self._event = tool, event
        self._introduction = ""
        self._reason = ""
        self._told = ""
        self._warning = ""

    def introduce(self, session):
        """Tells the model at the start how holds work, and its session, which the MCP tools take as an argument."""
        self._introduction = ("Other coding agents may work on this repository. Before you edit a file it is held for you; an edit of a "
                              f"file that another session holds is denied. Your session for the tools of Heddle is {session}.")

    def lost(self, holds, edited=()):
        """Tells the model which holds its session lost, before anything else. An edit of such a file is denied once: it may be outdated."""
        holds = [hold for hold in holds or [] if isinstance(hold, dict)]
        if not holds:
            return
        lines = [f"- {named(hold)}" + (f" ({hold['why']})" if hold.get("why") else "")
                 + (f", which {holder(hold)} holds now" if holder(hold) else "") for hold in holds]
        self._told = listed("Your session lost its hold of:", lines, "Another session may have changed these files: read them again.")
        if any(covers(named(hold), path) for hold in holds for path in edited):
            self.deny("You hold the file again, but this edit may rest on old content. Read the file, then make the edit.")

    def refuse(self, problem, otherwise, session):
        """Denies the edit, because another session holds files."""
        conflicts = [each for each in problem.get("conflicts") or [problem] if isinstance(each, dict)]
        lines = [f"- {named(each)}: {holder(each) or 'another session'}" + because(each) + left(each) for each in conflicts]
        if not any(map(holder, conflicts)):
            lines = [f"- {otherwise}"]
        self.deny(listed("Not edited, because another session holds:", lines,
                         "Do not change it in another way, such as by a shell command. Work on another file, or wait with the MCP tool "
                         f"wait_for_files (session {session}) and read the file again, or ask the user."))

    def deny(self, reason):
        self._reason = reason

    def warn(self, text):
        self._warning = " ".join(text.split())

    def write(self):
        """Writes the answer; returns the exit code."""
        told = "\n".join(filter(None, [self._told, self._introduction, self._reason]))
        denied = bool(self._reason)
        if self._told and not denied and not self.is_read:
            denied, told = True, self._told + "\nRepeat the edit if it is still right."
        value, code = FORMATS[self._tool](self._event, told, denied)
        if self._warning:
            warning = f"{self._warning}; not held"
            print("heddle: " + warning, file=sys.stderr)
            if self._tool != "cursor" and EVENTS.get(self._event) != END:
                value["systemMessage"] = "Heddle: " + warning
        if value or self._tool == "cursor":
            print(json.dumps(value))
        if code:
            print(told, file=sys.stderr)
        sys.stdout.flush()
        return code

    @property
    def is_read(self):
        """Whether the model reads a message that comes with this event although nothing is denied."""
        return self._event in READ


def listed(head, lines, tail):
    more = len(lines) - SHOWN
    return "\n".join([head, *lines[:SHOWN], *([f"- and {more} more"] if more > 0 else []), tail])


def covers(held, path):
    return held == path or held.endswith("/") and path.startswith(held) or path.endswith("/") and held.startswith(path)


def named(hold):
    return str(hold.get("path", "?"))


def holder(hold):
    """The holder, in a problem as well as in a list of conflicts."""
    value = hold.get("holder") or hold.get("agent_id") or ""
    return str(value.get("agent_id", "")) if isinstance(value, dict) else str(value)


def detail(hold, name):
    value = hold.get(name)
    if value is None and isinstance(hold.get("holder"), dict):
        value = hold["holder"].get(name)
    return str(value or "")


def because(hold):
    return f" ({detail(hold, 'reason')})" if detail(hold, "reason") else ""


def left(hold):
    return f", for {detail(hold, 'remaining')} unless it is renewed" if detail(hold, "remaining") else ""


def claude_code(event, told, denied):
    if not told:
        return {}, 0
    if denied:
        return {"hookSpecificOutput": {"hookEventName": event, "permissionDecision": "deny", "permissionDecisionReason": told}}, 0
    return {"hookSpecificOutput": {"hookEventName": event, "additionalContext": told}}, 0


def gemini(event, told, denied):
    if not told:
        return {}, 0
    if denied:
        return {"decision": "deny", "reason": told}, 0
    return {"hookSpecificOutput": {"hookEventName": event, "additionalContext": told}}, 0


def cursor(event, told, denied):
    """Exit code 2 blocks as well: versions of Cursor differ in whether they obey the JSON of an edit's hook."""
    if denied:
        return {"permission": "deny", "user_message": told.split("\n")[0], "agent_message": told}, 2
    return ({"additional_context": told} if told else {}), 0


def opencode(_, told, denied):
    """What the plugin of `heddle init` reads."""
    return ({"deny": told} if denied else {"message": told} if told else {}), 0


FORMATS = {"claude-code": claude_code, "codex": claude_code, "gemini": gemini, "cursor": cursor, "opencode": opencode}
