"""The version of the command line, beside that of the service."""
import re

from . import __version__
from .terminal import note

HEADER = "heddle-version"
_seen = []


def of_service(text):
    """The service's version as Python writes it: `0.1.0-SNAPSHOT` is `0.1.0.dev0`."""
    return re.sub("-SNAPSHOT$", ".dev0", text)


def warn(version, url):
    """Warns once if the service at `url` has another version. `version` is its header; None if it sent none."""
    if not version or _seen or of_service(version) == __version__ or not re.fullmatch(r"[\w.+-]{1,64}", version, re.ASCII):
        return
    _seen.append(version)
    note(f"this command has version {__version__}, the service at {url} has {of_service(version)}: "
         f"its own command is at {url}/cli/heddle")
