"""The command `heddle who`, and the question who holds many paths."""
import json
import os

from .client import utf8
from .holds import HEAD, left_of, path_of, reason_of, since
from .project import hold_path
from .terminal import emit, require, say, table

MOST_PATHS, MOST_BYTES = 10_000, 3 << 20  # of a request, as the service accepts them


def who(client, args):
    names = {}  # each path that is asked for, and the arguments that it stands for
    for file in args.files:
        for path in paths_of(file):
            names.setdefault(path, []).append(file)
    found = {file: {} for file in args.files}
    for held in query(lambda body: client.call("POST", "/holds/query", body=body), list(names)):
        for hold in require(list, held.get("holds"), "holds"):
            for file in names.get(held.get("path"), []):
                found[file][str(hold.get("path")), hold.get("token")] = hold
    if args.json:
        emit([{"file": file, "held": bool(holds), "holds": list(holds.values())} for file, holds in found.items()])
        return
    rows = [[file if hold.get("path") == path_of(file) else f"{file} ({hold.get('path')})", hold.get("agent_id", "?"), since(hold),
             left_of(hold), hold.get("token", "?"), reason_of(hold)] for file, holds in found.items() for hold in holds.values()]
    if rows:
        table(rows, ["FILE", "HOLDER", "SINCE", *HEAD[2:]])
    for file, holds in found.items():
        if not holds:
            say(f"{file}: free")


def paths_of(file):
    """The absolute path, and the hold path of a file of a repository."""
    end = "/" if file.endswith("/") or os.path.isdir(file) else ""
    absolute = path_of(file)
    return dict.fromkeys([absolute + (end if absolute != "/" else ""), utf8(hold_path(os.path.join(os.getcwd(), file.rstrip("/") + end)))])


def query(post, paths, agent=None):
    """The paths that another holder than `agent` holds, each with its holds. One request for up to 10,000 paths."""
    held = []
    for some in chunks(paths):
        body = {"paths": some, **({"agent": agent} if agent else {})}
        held += [require(dict, each, "holds") for each in require(list, post(body).get("holds"), "holds")]
    return [each for each in held if require(list, each.get("holds"), "holds")]


def chunks(paths):
    some, size = [], 0
    for path in paths:
        length = len(json.dumps(path)) + 1
        if len(some) == MOST_PATHS or size + length > MOST_BYTES:
            yield some
            some, size = [], 0
        some.append(path)
        size += length
    yield some
