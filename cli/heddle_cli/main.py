"""Runs a command, and returns an exit code however the command ends."""
import importlib
import os
import signal

from . import commands, terminal
from .failure import BROKEN_PIPE, ERROR, HELD, NO_PERMISSION, NOT_FOUND, SIGNALLED, UNAVAILABLE, USAGE, Failure, problem_type


def main(arguments):
    """Runs a command. Messages are one line on standard error, and contain neither a traceback nor a secret."""
    as_json, service = False, None
    try:
        if signal.getsignal(signal.SIGINT) == signal.SIG_DFL:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        terminal.prepare()
        words, rest = commands.resolve(arguments)
        if words not in commands.COMMANDS:
            return without_command(words, rest)
        command = commands.COMMANDS[words]
        rest, command_line = split(words, rest)
        from . import parser  # not for the version
        args = parser.parse(words, rest)
        as_json, args.command = args.json, command_line
        client = None
        if command.client:
            from .client import Client
            from .service import of_directory
            service = of_directory(args.url)
            client = Client(service.url, service.token(args.token_file))
        module, _, function = command.action.partition(".")
        code = getattr(importlib.import_module("heddle_cli." + module), function)(client, args) or 0
        terminal.flush()
        return code
    except Failure as e:
        report(e, as_json, service)
        return e.code
    except KeyboardInterrupt as e:
        return SIGNALLED + getattr(e, "number", signal.SIGINT)
    except SystemExit as e:  # argparse has printed the help
        return int(e.code or 0)
    except Exception as e:
        # Without the text of the exception, which may contain a secret.
        note_unexpected(e)
        return ERROR


def without_command(words, options):
    """Only global options, such as --version, or the words of a group."""
    if options == ["--version"]:
        from . import __version__
        terminal.say(f"heddle {__version__}")
        terminal.flush()
        return 0
    from . import parser
    if "-h" in options or "--help" in options:
        parser.help_of(words)
        return 0
    parser.parse((), options)
    raise Failure(USAGE, f"a command is missing; see {' '.join(('heddle',) + words)} -h")


def split(words, arguments):
    """Separates the command of `holds run` from the options before the first `--`."""
    if words != ("holds", "run") or "--" not in arguments:
        return arguments, []
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1:]


def report(failure, as_json, service):
    """One line: what was refused, who holds the file and why, the service, and what to do."""
    if as_json and failure.problem:
        terminal.write_error(terminal.ascii_json(failure.problem) + "\n")
    elif failure.code != BROKEN_PIPE:
        holder = failure.problem.get("holder")
        text = str(failure)
        if isinstance(holder, dict):
            from .holds import remaining
            known = [str(holder.get(name)) for name in ("agent_id", "reason") if holder.get(name)]
            text += f" ({', '.join([*(each for each in known if each not in text), f'{remaining(holder)} left'])})"
        if failure.url:
            text += f"; refused by {failure.url}"
        what = remedy(failure, service)
        terminal.note(text + (f"; {what}" if what else ""))


def remedy(failure, service):
    kind = problem_type(failure.problem)
    if failure.code == HELD and kind == "held-by-another":
        return "wait for it with heddle holds wait, or ask the holder"
    if failure.code == HELD and kind == "wait-timed-out":
        return "wait longer with --timeout, or ask the holder"
    if failure.code == NO_PERMISSION and service and service.withheld:
        return (f"{service.withheld} is not sent to this service, which only .heddle.json names: if you trust it, "
                f"add --url {service.url}")
    if failure.code == NO_PERMISSION:
        return "give a token that permits it with --token-file or HEDDLE_TOKEN"
    if failure.code == NOT_FOUND:
        return "check the name, and the service with --url"
    if failure.code == UNAVAILABLE:
        return "try again later" if failure.url else "start it, or name another one with --url or HEDDLE_URL"
    return ""


def note_unexpected(error):
    place = error.__traceback__
    while place.tb_next is not None:
        place = place.tb_next
    file = os.path.basename(place.tb_frame.f_code.co_filename)
    terminal.note(f"unexpected response of the service, or an error in heddle: {type(error).__name__} at {file}:{place.tb_lineno}")
