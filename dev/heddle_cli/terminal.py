"""What people see, on terminals of any width, and what programs read, without a control character."""
import json
import os
import shutil
import sys
import time
import unicodedata

from .client import Failure, ERROR


def plain(text):
    """Text of others, safe to show: control characters, also those that reorder text, are written as escapes."""
    return "".join(
        c if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn") else c.encode(
            "unicode_escape", "surrogatepass").decode()
        for c in str(text))


def width(text):
    """How many columns it takes."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def cut(text, room):
    """Not wider than `room`; the end of a path tells more than its beginning."""
    if width(text) <= room:
        return text
    kept = text
    while kept and width(kept) > room - 1:
        kept = kept[1:]
    return "…" + kept if room > 0 else ""


def is_terminal(stream):
    return stream.isatty() and os.environ.get("TERM", "") != "dumb" and "NO_COLOR" not in os.environ


def table(rows, head):
    """Aligned columns. In a terminal the widest column gives way; elsewhere nothing is cut."""
    cells = [head] + [[plain(cell) for cell in row] for row in rows]
    widths = [max(width(row[i]) for row in cells) for i in range(len(head))]
    if sys.stdout.isatty():
        over = sum(widths) + 2 * (len(widths) - 1) - shutil.get_terminal_size().columns
        if over > 0:
            widest = widths.index(max(widths))
            widths[widest] = max(8, widths[widest] - over)
    for row in cells:
        line = "  ".join(pad(cut(cell, room), room) for cell, room in zip(row, widths))
        print(line.rstrip())


def pad(text, room):
    return text + " " * (room - width(text))


def emit(value):
    """One line of JSON, ASCII only."""
    print(json.dumps(value, separators=(",", ":")), flush=True)


def note(text):
    print("heddle: " + plain(text), file=sys.stderr, flush=True)


class Bar:
    """A progress bar on a terminal, one line at the end elsewhere. Goes to stderr."""

    def __init__(self, what):
        self._what = plain(what)
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
        columns = shutil.get_terminal_size().columns
        what = cut(self._what, max(0, columns - len(count) - 16))
        room = max(4, min(40, columns - width(what) - len(count) - 5))
        filled = room if total == 0 else room * min(done, total) // total
        sys.stderr.write(f"\r{what} [{'#' * filled}{'.' * (room - filled)}]{count}\x1b[K")
        if end:
            sys.stderr.write("\n")
        sys.stderr.flush()


def must_be(kind, value, what):
    """An answer of the shape that was asked for."""
    if not isinstance(value, kind):
        raise Failure(ERROR, f"the service's answer has no {what}")
    return value
