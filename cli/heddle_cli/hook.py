"""The command `heddle hook`: answers the hooks of coding agents.

Before an edit it holds the file for the session; another session's hold denies the edit. It never allows what the user would be
asked for: an edit that may proceed gets no decision. Loads only what this needs, because the coding agent waits for it.
"""
import json
import os
import sys

from . import answers, project, tools
from .failure import HELD, USAGE, Failure
from .service import Service
from .session import holder, host, user

TIMEOUT = 5
TIMEOUT_AT_END = 1  # Claude Code waits for 1.5 s, Codex for 3 s


def main(tool):
    """Runs the hook of a tool with its input from standard input; returns the exit code."""
    if tool not in tools.TOOLS:
        print(f"heddle: unknown coding agent: use one of {', '.join(tools.TOOLS)}", file=sys.stderr)
        return USAGE
    answer = answers.Answer(tool, "")
    try:
        given = json.loads(sys.stdin.buffer.read()) if sys.stdin else None
        call = tools.read(tool, given)
        answer = answers.Answer(call.tool, call.event)
        respond(call, answer)
    except Failure as e:
        answer.warn(str(e))
    except (ValueError, RecursionError):
        answer.warn(f"the input is not that of a hook of {tool}")
    except OSError as e:
        answer.warn(f"{e.filename or 'the files of the edit'}: {e.strerror}")
    except Exception as e:  # an error of this program must not stop the coding agent
        answer.warn(f"unexpected response of the service, or an error in heddle: {type(e).__name__}")
    return answer.write()


def hook(_, args):
    return main(args.tool)


def respond(call, answer):
    here = project.root_of(os.path.realpath(call.directory))
    at = here and project.of(here)
    service = Service(at.settings if at else {})
    session = holder(call.tool, call.session)
    try:
        if call.kind == tools.END:
            service.post("/sessions/release", {"session": session, "end": True}, TIMEOUT_AT_END, service.token())
        elif call.kind in (tools.START, tools.CONTACT):
            if call.kind == tools.START:
                answer.introduce(session)
            query = f"session={quoted(session)}" + ("" if answer.is_read else "&lost=false")
            answer.lost(service.call("GET", f"/sessions/holds?{query}", None, TIMEOUT, service.token()).get("lost"))
        elif call.kind == tools.EDIT and call.files:
            body = {"session": session, "paths": hold_paths(call), "tool": call.name, "user": user(), "host": host(),
                    "checkout_path": here or call.directory}
            if at:
                body["project"] = at.name
            answer.lost(service.post("/sessions/hold", body, TIMEOUT, service.token()).get("lost"), body["paths"])
    except Failure as e:
        if e.code == HELD:
            answer.lost(e.problem.get("lost"))
            answer.refuse(e.problem, str(e), session)
        elif call.kind == tools.EDIT and service.blocks:
            answer.deny(f"{e}, and \"on_failure\" in .heddle.json is \"block\": edits wait for the service. Ask the user.")
        else:
            raise


def hold_paths(call):
    files = [os.path.join(call.directory, file) for file in call.files]
    paths = [project.hold_path(file + "/" if os.path.isdir(file) else file) for file in files]
    return list(dict.fromkeys(paths))


def quoted(text):
    from urllib.parse import quote
    return quote(text, safe="")
