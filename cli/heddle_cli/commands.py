"""The commands: their options, help texts and examples. A command's parser is made only if the command line names it."""
from .failure import USAGE, Failure
from .session import TOOLS

VALUES = ("--url", "--token-file")  # global options that take a value
FLAGS = ("--json", "-h", "--help", "--version")
GROUPS = {"holds": "holds of files", "share": "the shares of one VM", "group": "groups of VMs that get the same shares",
          "group share": "the shares of a group", "git": "holds and git"}
COMMANDS = {}


class Command:
    """A command: what it does is `action`, MODULE.FUNCTION of this package, which gets a client (None if it needs none) and its arguments."""

    def __init__(self, name, description, action, arguments, examples, more, client):
        self.name, self.description, self.action, self.arguments = name, description, action, arguments
        self.examples, self.more, self.client = examples, more, client


def command(name, description, action, *examples, arguments=None, more="", client=True):
    COMMANDS[tuple(name.split())] = Command(name, description, action, arguments, examples, more, client)


def resolve(arguments):
    """The words of a command, and its arguments. Global options may stand before, between and behind the words."""
    words, others, at = (), [], 0
    while at < len(arguments) and arguments[at] != "--" and words not in COMMANDS:
        argument = arguments[at]
        at += 1
        name, has_value, _ = argument.partition("=")
        if name in VALUES:
            others += [argument] if has_value else arguments[at - 1:at + 1]
            at += not has_value
        elif name in FLAGS or name == "--token":
            others.append(argument)
            if name == "--token":
                return (), others
        elif argument.startswith("-"):
            raise Failure(USAGE, f"unknown option {name}; see heddle -h")
        else:
            words += (argument,)
            if words not in COMMANDS and " ".join(words) not in GROUPS:
                raise unknown(words[:-1])
    return words, others + arguments[at:]


def unknown(words):
    """Without the word itself, which may be a secret in the wrong place."""
    names = ", ".join(dict.fromkeys(name[len(words)] for name in COMMANDS if name[:len(words)] == words))
    return Failure(USAGE, f"unknown command: use one of {names}; see {' '.join(('heddle',) + words)} -h")


def holder(parser):
    parser.add_argument("--agent", metavar="HOLDER", help="the name of the holder (HEDDLE_AGENT)")


def holding(parser):
    holder(parser)
    parser.add_argument("--ttl", default="30s", help="how long the hold lasts, such as 30s or 5m (default 30s)")
    parser.add_argument("--reason", help="why, for others who need the file")


def filters(parser):
    parser.add_argument("--prefix", metavar="PATH", help="only this directory and what is below it")
    parser.add_argument("--agent", metavar="HOLDER", help="only this holder")


def paths(parser):
    parser.add_argument("paths", nargs="+", metavar="PATH")
    holding(parser)


def path(parser):
    parser.add_argument("path", metavar="PATH")
    holding(parser)


def listing(parser):
    filters(parser)
    parser.add_argument("--watch", action="store_true", help="redraw the list on a terminal; elsewhere write each event")


def waiting(parser):
    path(parser)
    parser.add_argument("--timeout", default="1m", help="how long to wait (default 1m)")


def running(parser):
    path(parser)
    parser.add_argument("--timeout", help="how long to wait for the file (default: do not wait)")


def releasing(parser):
    parser.add_argument("paths", nargs="*", metavar="PATH")
    holder(parser)
    parser.add_argument("--all", action="store_true", help="all holds of the holder")
    parser.add_argument("--force", action="store_true", help="also if another holder holds it; needs the role holds:admin")


command("holds ls", "list holds", "holds.ls", "heddle holds ls", "heddle holds ls --prefix src --json", "heddle holds ls --watch",
        arguments=listing)
command("holds watch", "follow the events of holds", "holds.watch", "heddle holds watch", "heddle holds watch --prefix src --json",
        arguments=filters)
command("holds announce", "hold files, or renew the holds", "holds.announce", "heddle holds announce src/App.java --ttl 5m",
        "heddle holds announce src/App.java pom.xml --reason 'rename of Cart'", arguments=paths,
        more="Of several files all are held, or none.")
command("holds wait", "wait until a file is free, then hold it", "holds.wait", "heddle holds wait src/App.java --timeout 10m",
        arguments=waiting)
command("holds release", "release holds", "holds.release", "heddle holds release src/App.java pom.xml", "heddle holds release --all",
        "heddle holds release src/App.java --force", arguments=releasing)
command("holds run", "hold a file while a command runs", "run.run", "heddle holds run src/App.java -- vim src/App.java",
        "heddle holds run --timeout 5m pom.xml -- ./release.sh", arguments=running,
        more="The hold is renewed until the command ends, then released; the exit code is the command's (128+N if signal N ends "
             "it). If the hold is lost, the command gets SIGTERM, 5 s later SIGKILL, and the exit code is 75. The command finds "
             "the fencing token in HEDDLE_HOLD_TOKEN and the path in HEDDLE_HOLD_PATH.")


def files(parser):
    parser.add_argument("files", nargs="+", metavar="PATH", help="a file, or a directory; need not exist")


command("who", "show who holds files", "who.who", "heddle who src/App.java", "heddle who src/ pom.xml --json", arguments=files,
        more="A file of a repository is looked up by its absolute path and by its hold path, which heddle path prints. Holds of the "
             "directories above it count; for a directory, those below it, too.")


def share(parser):
    parser.add_argument("id", metavar="ID")
    parser.add_argument("--file", metavar="FILE", help="a JSON file with the share; - is standard input")
    parser.add_argument("--keys", metavar="FILE", help="a JSON file with access_key and secret_key; - is standard input")
    for name in ("mount-point", "volume", "masters", "owner", "subdir"):
        parser.add_argument("--" + name, help="HOST:PORT,HOST:PORT" if name == "masters" else None)
    parser.add_argument("--readonly", action="store_true")
    for name in ("--access-key", "--secret-key"):
        parser.add_secret(name, "--keys")


def vm_share(parser):
    parser.add_argument("vm", metavar="VM")
    share(parser)


def vm_share_id(parser):
    parser.add_argument("vm", metavar="VM")
    parser.add_argument("id", metavar="ID")


def optional_vm(parser):
    parser.add_argument("vm", nargs="?", metavar="VM")


command("share put", "publish a share to a VM", "shares.share_put", "heddle share put vm-17 team-data --file share.json",
        "heddle share put vm-17 team-data --mount-point /run/weft/shares/team-data --volume team-data \\\n"
        "      --masters 10.9.0.1:17010 --owner team --keys keys.json", arguments=vm_share)
command("share rm", "remove a share from a VM", "shares.share_rm", "heddle share rm vm-17 team-data", arguments=vm_share_id)
command("share status", "show the desired and the reported shares", "shares.share_status", "heddle share status",
        "heddle share status vm-17 --json", arguments=optional_vm)


def of_group(parser):
    parser.add_argument("group", metavar="GROUP")


def all_members(parser):
    of_group(parser)
    parser.add_argument("vms", nargs="*", metavar="VM")


def some_members(parser):
    of_group(parser)
    parser.add_argument("vms", nargs="+", metavar="VM")


def group_share(parser):
    of_group(parser)
    share(parser)


def group_share_id(parser):
    of_group(parser)
    parser.add_argument("id", metavar="ID")


command("group ls", "list groups", "shares.group_ls", "heddle group ls")
command("group show", "show members and shares", "shares.group_show", "heddle group show class-7b", arguments=of_group)
command("group put", "create a group, or replace its members", "shares.group_put", "heddle group put class-7b vm-1 vm-2",
        arguments=all_members)
command("group add", "add members", "shares.group_add", "heddle group add class-7b vm-3", arguments=some_members)
command("group remove", "remove members", "shares.group_remove", "heddle group remove class-7b vm-1", arguments=some_members)
command("group rm", "delete a group; its members lose its shares", "shares.group_rm", "heddle group rm class-7b", arguments=of_group)
command("group status", "show the status of the shares on the members", "shares.group_status", "heddle group status class-7b",
        arguments=of_group)
command("group share put", "publish a share to every member", "shares.group_share_put",
        "heddle group share put class-7b team-data --file share.json", arguments=group_share)
command("group share rm", "remove a share from every member", "shares.group_share_rm", "heddle group share rm class-7b team-data",
        arguments=group_share_id)


def verifying(parser):
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--staged", action="store_true", help="the files of the next commit (default)")
    what.add_argument("--range", metavar="A..B", help="the files that the commits of B change that are not in A")
    what.add_argument("--pre-push", nargs="?", const="", metavar="REMOTE",
                      help="the files that a push changes; standard input is that of git's pre-push hook")
    parser.add_argument("--session", metavar="HOLDER", help="the holder whose files may be changed (HEDDLE_AGENT)")


def hooking(parser):
    parser.add_argument("tool", choices=TOOLS)


def setup(parser):
    parser.add_argument("--tool", action="append", choices=TOOLS,
                        help="a coding agent; may be repeated (default: those that the repository or the user has)")
    parser.add_argument("--dry-run", action="store_true", help="only show the changes")
    parser.add_argument("--remove", action="store_true", help="remove what heddle init added")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def shell(parser):
    parser.add_argument("shell", choices=("bash", "zsh", "fish"))


command("path", "print the hold paths of files", "paths.path", "heddle path src/App.java src/", arguments=files, client=False,
        more="A file of a repository has the same hold path in every worktree, clone and machine. A directory ends with /.")
command("git verify", "fail if another session holds a changed file", "git.verify", "heddle git verify",
        "heddle git verify --range origin/main..HEAD", "heddle git verify --pre-push origin < refs", arguments=verifying, client=False,
        more="Renamed and deleted files count. The exit code is 75 if another session holds one of the files or a directory above it.")
command("hook", "answer a hook of a coding agent", "hook.hook", "heddle hook claude-code < input.json", arguments=hooking, client=False,
        more="Holds the files of an edit for the session; denies the edit if another session holds one. heddle init writes it into "
             "the settings of the coding agents.")
command("init", "add Heddle to the coding agents and git hooks of a repository", "init.init", "heddle init --dry-run",
        "heddle init --url http://localhost:8080 --yes", "heddle init --remove", arguments=setup, client=False,
        more="Shows the changes and asks before it makes them. Other settings stay as they are.")
command("doctor", "check the service, the settings and the hooks", "doctor.doctor", "heddle doctor", client=False)
command("completion", "print the completions for a shell", "completion.completion", "source <(heddle completion bash)",
        "heddle completion zsh > \"${fpath[1]}/_heddle\"", "heddle completion fish > ~/.config/fish/completions/heddle.fish",
        arguments=shell, client=False)
