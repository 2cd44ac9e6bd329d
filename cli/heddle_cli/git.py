"""The command `heddle git verify`: the changed files that another session holds."""
import json
import os
import subprocess
import unicodedata

from . import project
from .failure import ERROR, HELD, UNAVAILABLE, USAGE, Failure
from .service import Service, blocks
from .session import holder
from .terminal import emit, flush, note, plural, table
from .who import query

TIMEOUT = 30
NONE = "0"  # the characters of an object id that stands for no object


def verify(_, args):
    tree = Tree()
    if args.range is not None:
        files = tree.changed_by(tree.commits(range_of(args.range)))
    elif args.pre_push is not None:
        files = tree.pushed(args.pre_push)
    else:
        files = tree.staged()
    if not files:
        return None
    service = Service(tree.settings, args.url)
    service.compares_versions = True
    session = args.session or holder()
    secret = service.token(args.token_file)
    try:
        held = query(lambda body: service.post("/holds/query", body, TIMEOUT, secret),
                     [tree.hold_path(file) for file in sorted(files)], session)
    except Failure as e:
        if e.code != UNAVAILABLE or blocks(tree.settings):
            raise
        note(f"{e}; the changed files are not checked")
        return None
    if args.json:
        emit(held)
    elif held:
        table([[hold.get("path", "?"), hold.get("agent_id", "?"), hold.get("reason", ""), hold.get("remaining", "?")]
               for each in held for hold in each["holds"]], ["HELD", "HOLDER", "REASON", "REMAINING"])
    if held:
        flush()
        raise Failure(HELD, f"another session holds {plural(len(held), 'changed file', 'changed files')}; this session is {session}. "
                            "Wait, ask the holder, or leave the files out. If you are the holder, set HEDDLE_AGENT to its name")
    return None


def range_of(text):
    """`A..B` as git log takes it. `A...B` means the same: the commits of B."""
    first, dots, last = text.replace("...", "..", 1).partition("..")
    if not dots or ".." in last or text.startswith("-"):
        raise Failure(USAGE, "--range must be A..B, such as origin/main..HEAD")
    return [f"{first or 'HEAD'}..{last or 'HEAD'}"]


class Tree:
    """The repository of the current directory, by git. Its working tree may be a worktree or a submodule, or be missing."""

    def __init__(self):
        self.bare = git("rev-parse", "--is-bare-repository").strip() == b"true"
        if self.bare:
            common = os.path.abspath(os.fsdecode(git("rev-parse", "--git-common-dir").rstrip(b"\r\n")))
            self.settings = committed_settings()
            self.project = project.checked(self.settings.get("project") or project.of_repository(common, common), common)
        else:
            root = project.Project(os.path.realpath(os.fsdecode(git("rev-parse", "--show-toplevel").rstrip(b"\r\n"))))
            self.settings, self.project = root.settings, root.name

    def hold_path(self, file):
        """The hold path of a file that git names. Bytes that are not UTF-8 become U+FFFD: such a file can be held by its directory only."""
        return unicodedata.normalize("NFC", f"/{self.project}/{file.decode('utf-8', 'replace')}")

    def staged(self):
        """The files that the index changes. In a merge, those that differ from every parent."""
        parents = [b"HEAD"] if git("rev-parse", "--verify", "-q", "HEAD", may_fail=True) else [None]
        merged = os.fsdecode(git("rev-parse", "--git-path", "MERGE_HEAD").rstrip(b"\r\n"))
        if os.path.exists(merged):
            with open(merged, "rb") as heads:
                parents += heads.read().split()
        changes = [names(git("diff", "--cached", *DIFF, *filter(None, [parent]), "--")) for parent in parents]
        return set.intersection(*changes)

    def commits(self, revisions):
        return git("rev-list", *revisions, "--")

    def changed_by(self, commits):
        """The files that these commits change. A merge changes those that differ from every parent."""
        return names(git("diff-tree", "--stdin", "-r", "-c", "--root", "--no-commit-id", *DIFF, given=commits)) if commits else set()

    def pushed(self, remote):
        """The files that the commits change which the remote does not have yet."""
        known = remote in os.fsdecode(git("remote")).split("\n") and remote
        commits = b""
        for words in filter(None, map(bytes.split, read_input().splitlines())):
            if len(words) != 4:
                raise Failure(USAGE, "standard input must be that of git's pre-push hook: LOCAL-REF LOCAL-ID REMOTE-REF REMOTE-ID")
            local, there = os.fsdecode(words[1]), os.fsdecode(words[3])
            if local.strip(NONE):
                has = there.strip(NONE) and git("cat-file", "-e", f"{there}^{{commit}}", may_fail=True) is not None
                base = [f"^{there}"] if has else []
                commits += self.commits([local, *base, "--not", f"--remotes={known}" if known else "--remotes"])
        return self.changed_by(commits)


# Both names of a renamed file, and no program or setting of the user that changes the output.
DIFF = ("--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none")


def names(output):
    return set(filter(None, output.split(b"\0")))


def committed_settings():
    content = git("cat-file", "blob", f"HEAD:{project.SETTINGS}", may_fail=True)
    try:
        value = json.loads(content) if content else {}
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Failure(USAGE, f"{project.SETTINGS} of HEAD cannot be read: it must be a JSON object")
    return value


def read_input():
    import sys
    return sys.stdin.buffer.read() if sys.stdin else b""


def git(*arguments, given=None, may_fail=False):
    """The output of git. None if it fails and may."""
    try:
        done = subprocess.run(["git", *arguments], input=given, stdin=None if given is not None else subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "LC_ALL": "C"}, check=False)
    except OSError as e:
        raise Failure(ERROR, f"git: {e.strerror}") from e
    if done.returncode == 0:
        return done.stdout
    if may_fail:
        return None
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or [f"exit code {done.returncode}"]
    raise Failure(ERROR, f"git {arguments[0]}: {lines[0]}")
