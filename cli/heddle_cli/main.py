"""Reads the command line, and returns an exit code however the command ends."""
import argparse
import importlib
import os
import signal
import sys

from . import git, holds, paths, run, session, shares, terminal
from .client import Client, token
from .failure import BROKEN_PIPE, ERROR, SIGNALLED, USAGE, Failure
from .service import DEFAULT

EXIT_CODES = """exit codes:
  0      done
  1      failed, or some VMs were not reached
  2      invalid command line
  65     the service rejected the input
  66     not found
  69     the service or its broker cannot be reached
  74     the output cannot be written
  75     held by another holder, not free in time, or lost
  77     no token, an invalid one, or not permitted
  128+N  ended by signal N: 130 for Ctrl-C, 141 if the reader of the output ended"""

ENVIRONMENT = """environment:
  HEDDLE_URL    the service (default http://localhost:8080)
  HEDDLE_TOKEN  the token to send; --token-file is the alternative
  HEDDLE_AGENT  the name of the holder (default: the session of the coding agent that runs the command, else the user, the
                host and the session of the terminal)
  NO_COLOR      no colors and no progress bar"""


def main(arguments):
    """Runs a command. Messages are one line on standard error, and contain neither a traceback nor a secret."""
    args = None
    try:
        if signal.getsignal(signal.SIGINT) == signal.SIG_DFL:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        terminal.prepare()
        arguments, command_line = split(arguments)
        args = parser().parse_args(arguments)
        args.command = command_line
        client = Client(args.url or os.environ.get("HEDDLE_URL") or DEFAULT, token(args.token_file))
        code = args.action(client, args) or 0
        terminal.flush()
        return code
    except Failure as e:
        report(e, getattr(args, "json", False))
        return e.code
    except KeyboardInterrupt as e:
        return SIGNALLED + getattr(e, "number", signal.SIGINT)
    except SystemExit as e:  # argparse has printed the help
        return int(e.code or 0)
    except Exception as e:
        # Without the text of the exception, which may contain a secret.
        note_unexpected(e)
        return ERROR


def report(failure, as_json):
    holder = failure.problem.get("holder")
    if as_json and failure.problem:
        terminal.write_error(terminal.ascii_json(failure.problem) + "\n")
    elif isinstance(holder, dict):
        terminal.note(f"{failure} ({holder.get('agent_id')}, {holds.remaining(holder)} left)")
    elif failure.code != BROKEN_PIPE:
        terminal.note(str(failure))


def note_unexpected(error):
    place = error.__traceback__
    while place.tb_next is not None:
        place = place.tb_next
    file = os.path.basename(place.tb_frame.f_code.co_filename)
    terminal.note(f"unexpected response of the service, or an error in heddle: {type(error).__name__} at {file}:{place.tb_lineno}")


def split(arguments):
    """Separates the command of `holds run` from the options before the first `--`."""
    if "--" not in arguments:
        return arguments, []
    at = arguments.index("--")
    words = [word for word in arguments[:at] if not word.startswith("-")]
    is_run = any(pair == ("holds", "run") for pair in zip(words, words[1:]))
    return (arguments[:at], arguments[at + 1:]) if is_run else (arguments, [])


class Parser(argparse.ArgumentParser):
    """Reports errors in one line, without the values of options: one may be a secret in the wrong place."""

    def error(self, message):
        if "invalid choice" in message:
            message = "unknown command" + message[message.rindex(" (choose from"):]
        elif ": ignored explicit" in message:
            message = message[:message.index(": ignored explicit")] + " takes no value"
        elif message.startswith("unrecognized arguments"):
            options = [word.partition("=")[0] for word in message.split()[2:] if word.startswith("-")]
            message = "unknown option " + " ".join(options) if options else "too many arguments"
        raise Failure(USAGE, f"{message}; see {self.prog} -h")

    def print_help(self, file=None):
        terminal.write(self.format_help().rstrip())
        terminal.flush()


class Refused(argparse.Action):
    """An option that must not exist, because other processes can read the arguments."""

    def __call__(self, parser_, namespace, values, option_string=None):
        parser_.error(f"{option_string} is not an option, because other processes can read arguments: use {self.metavar}")


def parser():
    top = Parser(
        prog="heddle", description="File holds and share mounts on the command line.",
        epilog=f"{ENVIRONMENT}\n\n{EXIT_CODES}", formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)
    top.add_argument("--url", help=f"the service (HEDDLE_URL, default {DEFAULT})")
    top.add_argument("--token-file", metavar="FILE", help="a file with the token to send (or HEDDLE_TOKEN)")
    secret(top, "--token", "--token-file or HEDDLE_TOKEN")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    hold_commands(group(commands, "holds", "holds of files"))
    share_commands(group(commands, "share", "the shares of one VM"))
    group_commands(group(commands, "group", "groups of VMs that get the same shares"))
    coding_commands(commands)
    return top


def secret(parser_, option, alternative):
    parser_.add_argument(option, action=Refused, nargs="?", metavar=alternative, help=argparse.SUPPRESS)


def hold_commands(add):
    ls = command(add, "ls", "list holds", holds.ls, "heddle holds ls --prefix src")
    ls.add_argument("--prefix", metavar="PATH", help="only holds below this directory")
    ls.add_argument("--agent", metavar="HOLDER", help="only holds of this holder")
    command(add, "watch", "follow the events of holds until interrupted", holds.watch,
            "heddle holds watch", "heddle holds watch --json | jq 'select(.event == \"expired\").path'")
    announce = command(add, "announce", "hold a file, or renew the hold", holds.announce,
                       "heddle holds announce src/App.java --ttl 5m")
    holding(announce)
    wait = command(add, "wait", "wait until a file is free, and hold it", holds.wait,
                   "heddle holds wait src/App.java --timeout 2m")
    holding(wait)
    wait.add_argument("--timeout", default="1m", help="how long to wait (default 1m)")
    release = command(add, "release", "end a hold", holds.release,
                      "heddle holds release src/App.java", "heddle holds release --all --agent agent-7")
    release.add_argument("path", nargs="?")
    release.add_argument("--agent", metavar="HOLDER", help="the holder (HEDDLE_AGENT)")
    release.add_argument("--all", action="store_true", help="all holds of the holder")
    release.add_argument("--force", action="store_true", help="whoever holds the file; for administrators")
    while_running = command(
        add, "run", "hold a file while a command runs", run.run, "heddle holds run PATH [options] -- COMMAND …",
        "heddle holds run src/App.java -- vim src/App.java", "heddle holds run --timeout 5m pom.xml -- ./release.sh",
        more="The hold is renewed until the command ends, then released; the exit code is the command's (128+N if signal N ends "
             "it). If the hold is lost, the command gets SIGTERM, 5 s later SIGKILL, and the exit code is 75. The command finds "
             "the fencing token in HEDDLE_HOLD_TOKEN and the path in HEDDLE_HOLD_PATH.")
    holding(while_running)
    while_running.add_argument("--timeout", help="how long to wait for the file (default: do not wait)")


def holding(parser_):
    parser_.add_argument("path")
    parser_.add_argument("--agent", metavar="HOLDER", help="the name of the holder (HEDDLE_AGENT)")
    parser_.add_argument("--ttl", default="30s", help="how long the hold lasts, such as 30s or 5m (default 30s)")


def share_commands(add):
    put = command(add, "put", "publish a share to a VM", shares.share_put,
                  "heddle share put vm-17 team-data --file share.json",
                  "heddle share put vm-17 team-data --mount-point /run/weft/shares/team-data --volume team-data \\\n"
                  "      --masters 10.9.0.1:17010 --owner team --keys keys.json")
    put.add_argument("vm")
    share(put)
    rm = command(add, "rm", "remove a share from a VM", shares.share_rm, "heddle share rm vm-17 team-data")
    rm.add_argument("vm")
    rm.add_argument("id")
    status = command(add, "status", "show the desired and the reported shares", shares.share_status,
                     "heddle share status", "heddle share status vm-17 --json")
    status.add_argument("vm", nargs="?")


def group_commands(add):
    command(add, "ls", "list groups", shares.group_ls, "heddle group ls")
    of_group(command(add, "show", "show members and shares", shares.group_show, "heddle group show class-7b"))
    for name, description, action, example in (
            ("put", "create a group, or replace its members", shares.group_put, "heddle group put class-7b vm-1 vm-2"),
            ("add", "add members", shares.group_add, "heddle group add class-7b vm-3"),
            ("remove", "remove members", shares.group_remove, "heddle group remove class-7b vm-1")):
        members = of_group(command(add, name, description, action, example))
        members.add_argument("vms", nargs="*" if name == "put" else "+", metavar="VM")
    of_group(command(add, "rm", "delete a group; its members lose its shares", shares.group_rm, "heddle group rm class-7b"))
    of_group(command(add, "status", "show the status of the shares on the members", shares.group_status,
                     "heddle group status class-7b"))
    inner = group(add, "share", "the shares of a group")
    share(of_group(command(inner, "put", "publish a share to every member", shares.group_share_put,
                           "heddle group share put class-7b team-data --file share.json")))
    rm = of_group(command(inner, "rm", "remove a share from every member", shares.group_share_rm,
                          "heddle group share rm class-7b team-data"))
    rm.add_argument("id")


def coding_commands(commands):
    path = command(commands, "path", "print the hold paths of files", paths.path, "heddle path src/App.java src/",
                   more="A file of a repository has the same hold path in every worktree, clone and machine.")
    path.add_argument("files", nargs="+", metavar="FILE", help="a file, or a directory with / at its end; need not exist")
    verify = command(group(commands, "git", "holds and git"), "verify", "fail if another session holds a changed file", git.verify,
                     "heddle git verify", "heddle git verify --range origin/main..HEAD", "heddle git verify --pre-push origin < refs",
                     more="Renamed and deleted files count. The exit code is 75 if another session holds one of the files or a "
                          "directory above it.")
    what = verify.add_mutually_exclusive_group()
    what.add_argument("--staged", action="store_true", help="the files of the next commit (default)")
    what.add_argument("--range", metavar="A..B", help="the files that the commits of B change that are not in A")
    what.add_argument("--pre-push", nargs="?", const="", metavar="REMOTE",
                      help="the files that a push changes; standard input is that of git's pre-push hook")
    verify.add_argument("--session", metavar="HOLDER", help="the holder whose files may be changed (HEDDLE_AGENT)")
    hook = command(commands, "hook", "answer a hook of a coding agent", later("hook", "hook"), "heddle hook claude-code < input.json",
                   more="Holds the files of an edit for the session; denies the edit if another session holds one. heddle init "
                        "writes it into the settings of the coding agents.")
    hook.add_argument("tool", choices=session.TOOLS)
    setup = command(commands, "init", "add Heddle to the coding agents and git hooks of a repository", later("init", "init"),
                    "heddle init --dry-run", "heddle init --url http://localhost:8080 --yes", "heddle init --remove",
                    more="Shows the changes and asks before it makes them. Other settings stay as they are.")
    setup.add_argument("--tool", action="append", choices=session.TOOLS,
                       help="a coding agent; may be repeated (default: those that the repository or the user has)")
    setup.add_argument("--dry-run", action="store_true", help="only show the changes")
    setup.add_argument("--remove", action="store_true", help="remove what heddle init added")
    setup.add_argument("--yes", action="store_true", help="do not ask")
    command(commands, "doctor", "check the service, the settings and the hooks", later("doctor", "doctor"), "heddle doctor")


def later(module, function):
    """An action whose module is loaded when it runs."""
    return lambda client, args: getattr(importlib.import_module("heddle_cli." + module), function)(client, args)


def share(parser_):
    parser_.add_argument("id")
    parser_.add_argument("--file", metavar="FILE", help="a JSON file with the share; - is standard input")
    parser_.add_argument("--keys", metavar="FILE", help="a JSON file with access_key and secret_key; - is standard input")
    for name in ("mount-point", "volume", "masters", "owner", "subdir"):
        parser_.add_argument("--" + name, help="HOST:PORT,HOST:PORT" if name == "masters" else None)
    parser_.add_argument("--readonly", action="store_true")
    for name in ("--access-key", "--secret-key"):
        secret(parser_, name, "--keys")


def of_group(parser_):
    parser_.add_argument("group")
    return parser_


def group(subparsers, name, description):
    created = subparsers.add_parser(name, help=description, description=description, allow_abbrev=False)
    return created.add_subparsers(metavar="COMMAND", required=True)


def command(subparsers, name, description, action, *examples, more=""):
    created = subparsers.add_parser(
        name, help=description, description=f"{description}. {more}".strip(), allow_abbrev=False,
        epilog="examples:\n  " + "\n  ".join(examples), formatter_class=argparse.RawDescriptionHelpFormatter)
    created.add_argument("--json", action="store_true", help="JSON for programs")
    for option in ("--url", "--token-file"):
        created.add_argument(option, default=argparse.SUPPRESS, help=argparse.SUPPRESS)  # also behind the command
    secret(created, "--token", "--token-file or HEDDLE_TOKEN")
    created.set_defaults(action=action)
    return created
