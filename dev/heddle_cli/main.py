"""Reads the command line, and turns every end into an exit code."""
import argparse
import json
import os
import signal
import sys

from . import holds, shares
from .client import Client, Failure, ERROR, token
from .terminal import note

EXIT_CODES = """exit codes:
  0   done
  1   failed, or some VMs were not reached
  2   the command line is wrong
  65  the service refuses the input
  66  there is no such thing
  69  the service, or its broker, cannot be reached
  75  held by another, not free in time, or lost
  77  no token, a bad one, or not the right to do this
  130 interrupted"""

ENVIRONMENT = """environment:
  HEDDLE_URL    the service; http://localhost:8080 unless set
  HEDDLE_TOKEN  the token to show; --token-file is the other way
  HEDDLE_AGENT  whom holds are for; user@host unless set
  NO_COLOR      no colours and no progress bar"""


def main(arguments):
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    args = None
    try:
        arguments, command_ = split(arguments)
        args = parser().parse_args(arguments)
        args.command = command_
        client = Client(args.url, token(args.token_file))
        return args.action(client, args) or 0
    except Failure as e:
        holder = e.problem.get("holder")
        if getattr(args, "json", False) and e.problem:
            print(json.dumps(e.problem), file=sys.stderr)
        elif isinstance(holder, dict):
            note(f"{e} ({holder.get('agent_id')}, {holds.remaining(holder)} left)")
        else:
            note(str(e))
        return e.code
    except KeyboardInterrupt:
        return 130
    except (KeyError, TypeError, AttributeError) as e:
        note(f"the service's answer is not understood: {type(e).__name__} {e}")
        return ERROR


def split(arguments):
    """`holds run` takes what follows the first `--` as it is; argparse would want all options in front of the path."""
    if "--" not in arguments:
        return arguments, []
    at = arguments.index("--")
    words = [word for word in arguments[:at] if not word.startswith("-")]
    is_run = any(pair == ("holds", "run") for pair in zip(words, words[1:]))
    return (arguments[:at], arguments[at + 1:]) if is_run else (arguments, [])


def parser():
    top = argparse.ArgumentParser(
        prog="heddle", description="File holds and share mounts, from the command line.",
        epilog=f"{ENVIRONMENT}\n\n{EXIT_CODES}", formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)
    top.add_argument("--url", default=os.environ.get("HEDDLE_URL", "http://localhost:8080"), help="the service (HEDDLE_URL)")
    top.add_argument("--token-file", metavar="FILE", help="a file with the token to show (or HEDDLE_TOKEN)")
    things = top.add_subparsers(metavar="COMMAND", required=True)
    hold_commands(group(things, "holds", "who edits which file"))
    share_commands(group(things, "share", "the shares of one VM"))
    group_commands(group(things, "group", "groups of VMs that get the same shares"))
    return top


def hold_commands(add):
    ls = command(add, "ls", "list holds", holds.ls, "heddle holds ls --prefix src")
    ls.add_argument("--prefix", metavar="PATH", help="only below this directory")
    ls.add_argument("--agent", help="only this agent's")
    command(add, "watch", "follow what happens to holds, for ever", holds.watch,
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
    release.add_argument("--agent", help="whose hold (HEDDLE_AGENT)")
    release.add_argument("--all", action="store_true", help="all holds of the agent")
    release.add_argument("--force", action="store_true", help="whoever has it; for administrators")
    run = command(add, "run", "hold a file while a command runs", holds.run, "heddle holds run PATH [options] -- COMMAND …",
                  "heddle holds run src/App.java -- vim src/App.java",
                  "heddle holds run --timeout 5m pom.xml -- ./release.sh",
                  more="The hold is renewed until the command ends, then released; the exit code is the command's. When the hold is "
                       "lost, the command is ended (SIGTERM, then SIGKILL after 5 s) and the exit code is 75. The command finds the "
                       "fencing token in HEDDLE_HOLD_TOKEN.")
    holding(run)
    run.add_argument("--timeout", help="wait this long for the file; not at all unless given")


def holding(parser_):
    parser_.add_argument("path")
    parser_.add_argument("--agent", help="whom it is for (HEDDLE_AGENT)")
    parser_.add_argument("--ttl", default="30s", help="how long, such as 30s or 5m (default 30s)")


def share_commands(add):
    put = command(add, "put", "publish a share to a VM", shares.share_put,
                  "heddle share put vm-17 team-data --file share.json",
                  "heddle share put vm-17 team-data --mount-point /run/weft/shares/team-data --volume team-data \\\n"
                  "      --masters 10.9.0.1:17010 --owner team --keys keys.json")
    put.add_argument("vm")
    share(put)
    rm = command(add, "rm", "take a share from a VM", shares.share_rm, "heddle share rm vm-17 team-data")
    rm.add_argument("vm")
    rm.add_argument("id")
    status = command(add, "status", "what is wanted beside what is reported", shares.share_status,
                     "heddle share status", "heddle share status vm-17 --json")
    status.add_argument("vm", nargs="?")


def group_commands(add):
    command(add, "ls", "list groups", shares.group_ls, "heddle group ls")
    of_group(command(add, "show", "members and shares", shares.group_show, "heddle group show class-7b"))
    for name, what, action, example in (
            ("put", "make a group, or replace its members", shares.group_put, "heddle group put class-7b vm-1 vm-2"),
            ("add", "add members", shares.group_add, "heddle group add class-7b vm-3"),
            ("remove", "remove members", shares.group_remove, "heddle group remove class-7b vm-1")):
        members = of_group(command(add, name, what, action, example))
        members.add_argument("vms", nargs="*" if name == "put" else "+", metavar="VM")
    of_group(command(add, "rm", "delete a group: everyone leaves", shares.group_rm, "heddle group rm class-7b"))
    of_group(command(add, "status", "how the shares stand on the members", shares.group_status,
                     "heddle group status class-7b"))
    inner = group(add, "share", "the shares of a group")
    share(of_group(command(inner, "put", "give a share to every member", shares.group_share_put,
                           "heddle group share put class-7b team-data --file share.json")))
    rm = of_group(command(inner, "rm", "take a share from every member", shares.group_share_rm,
                          "heddle group share rm class-7b team-data"))
    rm.add_argument("id")


def share(parser_):
    parser_.add_argument("id")
    parser_.add_argument("--file", metavar="FILE", help="a JSON file with the share; - is standard input")
    parser_.add_argument("--keys", metavar="FILE", help="a JSON file with access_key and secret_key; - is standard input")
    for name in ("mount-point", "volume", "masters", "owner", "subdir"):
        parser_.add_argument("--" + name, help="host:port,host:port" if name == "masters" else None)
    parser_.add_argument("--readonly", action="store_true")


def of_group(parser_):
    parser_.add_argument("group")
    return parser_


def group(subparsers, name, what):
    made = subparsers.add_parser(name, help=what, description=what, allow_abbrev=False)
    return made.add_subparsers(metavar="COMMAND", required=True)


def command(subparsers, name, what, action, *examples, more=""):
    made = subparsers.add_parser(
        name, help=what, description=f"{what}. {more}".strip(), allow_abbrev=False,
        epilog="examples:\n  " + "\n  ".join(examples), formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--json", action="store_true", help="for programs")
    for option in ("--url", "--token-file"):
        made.add_argument(option, default=argparse.SUPPRESS, help=argparse.SUPPRESS)  # good here as well as in front
    made.set_defaults(action=action)
    return made
