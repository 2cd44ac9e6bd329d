"""Output: tables and messages without control characters, JSON lines, a progress bar."""
import json
import os
import sys
import time
import unicodedata

from .failure import BROKEN_PIPE, ERROR, OUTPUT, Failure

ESCAPED = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs")


def prepare():
    """Opens the output so that characters which its encoding lacks are escaped.

    It is buffered also if PYTHONUNBUFFERED is set, because an unbuffered stream ignores that a write was cut short.
    """
    if sys.stdout is not None:
        sys.stdout = open(sys.stdout.fileno(), "w", encoding=sys.stdout.encoding, errors="backslashreplace", closefd=False)
    if sys.stderr is not None:
        sys.stderr.reconfigure(errors="backslashreplace")


def escaped(text):
    """Escapes control characters, characters that reorder or hide text, and spaces other than the plain one."""
    return "".join(
        c if c == " " or unicodedata.category(c) not in ESCAPED else c.encode("unicode_escape").decode()
        for c in str(text))


def width(text):
    """The number of columns of a text."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def shortened(text, limit):
    """The text in at most `limit` columns. Keeps its end: the end of a path is more specific."""
    if width(text) <= limit:
        return text
    kept = text
    while kept and width(kept) > limit - 1:
        kept = kept[1:]
    return "…" + kept if limit > 0 else ""


def columns_of_terminal():
    return size_of_terminal()[0]


def size_of_terminal():
    """Columns and lines."""
    import shutil  # slow to load
    return shutil.get_terminal_size()


def is_terminal(stream):
    """Whether colors and a progress bar are of use."""
    return stream is not None and stream.isatty() and os.environ.get("TERM", "") != "dumb" and not os.environ.get("NO_COLOR")


def write(line):
    """Writes a line to standard output. The caller has escaped it."""
    output(lambda: sys.stdout.write(line + "\n"))


def flush():
    if sys.stdout is not None:
        output(sys.stdout.flush)


def output(action):
    if sys.stdout is None:
        raise Failure(OUTPUT, "cannot write to standard output: it is closed")
    try:
        action()
    except BrokenPipeError as e:
        raise Failure(BROKEN_PIPE, "") from e  # silent, as after SIGPIPE
    except (OSError, ValueError) as e:
        raise Failure(OUTPUT, f"cannot write to standard output: {getattr(e, 'strerror', None) or 'it is closed'}") from e


def say(text):
    """Writes a line for people to standard output."""
    write(escaped(text))


def table(rows, head):
    """Writes aligned columns. On a terminal the widest column is shortened; elsewhere nothing is."""
    cells = [head] + [[escaped(cell) for cell in row] for row in rows]
    widths = [max(width(row[i]) for row in cells) for i in range(len(head))]
    if sys.stdout is not None and sys.stdout.isatty():
        excess = sum(widths) + 2 * (len(widths) - 1) - columns_of_terminal()
        if excess > 0:
            widest = widths.index(max(widths))
            widths[widest] = max(8, widths[widest] - excess)
    for row in cells:
        write("  ".join(padded(shortened(cell, columns), columns) for cell, columns in zip(row, widths)).rstrip())


def padded(text, columns):
    return text + " " * (columns - width(text))


def emit(value):
    """Writes one line of JSON, ASCII only, at once."""
    write(ascii_json(value))
    flush()


def ascii_json(value):
    return json.dumps(value, separators=(",", ":")).replace("\x7f", "\\u007f")


def note(text):
    """Writes a message to standard error."""
    write_error("heddle: " + escaped(text) + "\n")


def write_error(text):
    try:
        if sys.stderr is not None:
            sys.stderr.write(text)
            sys.stderr.flush()
    except (OSError, ValueError):
        pass  # There is nowhere left to report it; the exit code still says how the command ended.


def plural(count, one, many):
    return f"{count} {one if count == 1 else many}"


class ProgressBar:
    """A progress bar on standard error, if that is a terminal."""

    def __init__(self, label):
        self._label = escaped(label)
        self._live = is_terminal(sys.stderr)
        self._drawn = 0.0

    def show(self, done, failed, total, end=False):
        if not self._live:
            return
        now = time.monotonic()
        if not end and now - self._drawn < 0.05:
            return
        self._drawn = now
        count = f" {done}/{total}" + (f", {failed} failed" if failed else "")
        columns = columns_of_terminal()
        label = shortened(self._label, max(0, columns - len(count) - 16))
        size = max(4, min(40, columns - width(label) - len(count) - 5))
        filled = size if total == 0 else size * min(done, total) // total
        write_error(f"\r{label} [{'#' * filled}{'.' * (size - filled)}]{count}\x1b[K" + ("\n" if end else ""))


def require(kind, value, name):
    """The value, if it has the type that the API promises."""
    if not isinstance(value, kind):
        raise Failure(ERROR, f"unexpected response of the service: {name} is missing or has the wrong type")
    return value
