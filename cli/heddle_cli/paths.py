"""The command `heddle path`."""
import os

from .client import utf8
from .project import hold_path
from .terminal import emit, say


def path(_, args):
    found = [utf8(hold_path(os.path.join(os.getcwd(), file))) for file in args.files]
    if args.json:
        emit(found)
    else:
        for line in found:
            say(line)
