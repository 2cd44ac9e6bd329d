"""Reads the options of one command."""
import argparse

from . import __version__, terminal
from .commands import COMMANDS, GROUPS
from .failure import USAGE, Failure

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

OPTIONS = """options, anywhere on the line:
  --url URL          the service (HEDDLE_URL)
  --token-file FILE  a file with the token to send (or HEDDLE_TOKEN)
  --json             JSON for programs
  --version          show the version
  -h, --help         show this help, or that of a command"""


class Parser(argparse.ArgumentParser):
    """Reports errors in one line, without the values of options: one may be a secret in the wrong place."""

    def error(self, message):
        if "invalid choice" in message:
            message = message.partition(":")[0] + " is not one of those it can be" + message[message.rindex(" (choose from"):]
        elif ": ignored explicit" in message:
            message = message[:message.index(": ignored explicit")] + " takes no value"
        elif message.startswith("unrecognized arguments"):
            options = [word.partition("=")[0] for word in message.split()[2:] if word.startswith("-")]
            message = "unknown option " + " ".join(options) if options else "too many arguments"
        raise Failure(USAGE, f"{message}; see {self.prog} -h")

    def print_help(self, file=None):
        terminal.write(self.format_help().rstrip())
        terminal.flush()

    def add_secret(self, option, alternative):
        """An option that must not exist, because other processes can read the arguments."""
        self.add_argument(option, action=Refused, nargs="?", metavar=alternative, help=argparse.SUPPRESS)


class Refused(argparse.Action):
    """Refuses an option, and names the alternative."""

    def __call__(self, parser, namespace, values, option_string=None):
        parser.error(f"{option_string} is not an option, because other processes can read arguments: use {self.metavar}")


class Version(argparse.Action):
    """Shows the version."""

    def __call__(self, parser, namespace, values, option_string=None):
        show_version()
        parser.exit()


def show_version():
    terminal.say(f"heddle {__version__}")
    terminal.flush()


def parser_of(words):
    """The parser of a command; of the global options alone if there are no words."""
    command = COMMANDS.get(words)
    name = " ".join(("heddle",) + words)
    made = Parser(
        prog=name, usage="", allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter,
        description=command and f"{command.description}. {command.more}".strip(),
        epilog=command and "examples:\n  " + "\n  ".join(command.examples))
    if command and command.arguments:
        command.arguments(made)
    made.add_argument("--json", action="store_true", help="JSON for programs")
    made.add_argument("--url", help="the service (HEDDLE_URL)")
    made.add_argument("--token-file", metavar="FILE", help="a file with the token to send (or HEDDLE_TOKEN)")
    made.add_argument("--version", action=Version, nargs=0, help="show the version")
    made.add_secret("--token", "--token-file or HEDDLE_TOKEN")
    shown = {None: "{}", "?": "[{}]", "*": "[{}…]", "+": "{}…"}
    operands = [shown[action.nargs].format(action.metavar or "|".join(action.choices)) for action in positionals(made)]
    made.usage = " ".join([name, "[options]", *operands] + (["-- COMMAND…"] if words == ("holds", "run") else []))
    return made


def positionals(parser):
    return [action for action in parser._actions if not action.option_strings]  # argparse has no public way


def parse(words, arguments):
    """The arguments of a command. Options may stand between them."""
    parser = parser_of(words)
    several = any(action.nargs in ("+", "*") for action in positionals(parser))
    return parser.parse_intermixed_args(arguments) if several else parser.parse_args(arguments)


def help_of(words):
    """Lists the commands that begin with some words."""
    found = {" ".join(name): command.description for name, command in COMMANDS.items() if name[:len(words)] == words}
    columns = max(map(len, found)) + 2
    lines = ["usage: " + " ".join(("heddle",) + words) + " COMMAND [options]", "",
             GROUPS.get(" ".join(words), "File holds and share mounts on the command line."), "", "commands:"]
    lines += [f"  {name:<{columns}}{description}" for name, description in found.items()]
    lines += ["", OPTIONS, "", ENVIRONMENT, "", EXIT_CODES] if not words else ["", OPTIONS]
    for line in lines:
        terminal.write(line)
    terminal.flush()
