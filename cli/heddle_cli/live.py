"""`heddle holds ls --watch` on a terminal."""
import sys
import time

from .failure import ERROR, UNAVAILABLE, Failure
from .holds import HEAD, no_holds, path_of, row
from .terminal import flush, require, say, size_of_terminal, table, write

INTERVAL = 1  # seconds, so that the remaining times are right
CLEAR = "\x1b[H\x1b[J"


def redraw(client, args):
    """Draws as many holds as the terminal has lines for, again and again, until it is interrupted."""
    prefix = args.prefix and path_of(args.prefix)
    while True:
        room = max(1, size_of_terminal().lines - 4)
        try:
            page = client.call("GET", "/holds", {"prefix": prefix, "agent": args.agent, "limit": min(room, 1000)})
            draw(require(list, page.get("holds"), "holds"), bool(page.get("next")), no_holds(args, prefix))
        except Failure as e:
            if e.code not in (UNAVAILABLE, ERROR):
                raise
            sys.stdout.write(CLEAR)
            say(f"{time.strftime('%H:%M:%S')}  {e}; retrying")
        flush()
        time.sleep(INTERVAL)


def draw(holds, more, nothing):
    sys.stdout.write(CLEAR)
    say(time.strftime("%H:%M:%S"))
    if holds:
        table([row(hold) for hold in holds], HEAD)
    else:
        say(nothing)
    if more:
        write("… and more: make the terminal larger, or use --prefix or --agent")
