"""Starts a command: loads only what it needs, because coding agents and git hooks start many."""
import os
import signal
import sys


def main():
    """Runs the command of this process's arguments, and ends the process."""
    try:
        status = start(sys.argv[1:])
    except KeyboardInterrupt:
        status = 130
    os._exit(status)  # the command has written everything: what is left could only print a traceback


def start(arguments):
    if signal.getsignal(signal.SIGINT) == signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # until the command handles it: no traceback while modules are loaded
    for descriptor in range(3):  # no socket may get the number of a closed standard stream
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if len(arguments) == 2 and arguments[0] == "hook" and not arguments[1].startswith("-"):
        from .hook import main as command  # without what the other commands load
        return command(arguments[1])
    from .main import main as command
    return command(arguments)
