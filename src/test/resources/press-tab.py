"""Types a command line into a shell and presses Tab: press-tab.py SETUP LINE EXPECTED SHELL ARGUMENT…; exit code 0 if the shell shows it."""
import os
import pty
import select
import sys
import time

setup, line, expected, *shell = sys.argv[1:]
pid, terminal = pty.fork()
if pid == 0:
    os.environ["TERM"] = "xterm"
    os.execvp(shell[0], shell)


def shown(text):
    """Whether the shell shows a text within a minute."""
    output, end = b"", time.monotonic() + 60
    while text not in output and time.monotonic() < end:
        if select.select([terminal], [], [], 1)[0]:
            output += os.read(terminal, 65536)
    if text not in output:
        sys.stderr.write(repr(output))
    return text in output


os.write(terminal, f"PS1='> '; {setup}; echo rea''dy\n".encode())
found = shown(b"ready\r\n")
os.write(terminal, line.encode() + b"\t\t")
found = found and shown(expected.encode())
os.write(terminal, b"\x15exit\n")
os.close(terminal)
os.waitpid(pid, 0)
sys.exit(0 if found else 1)
