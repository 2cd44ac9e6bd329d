"""The names that a project's files have in holds: the same in every worktree, clone and machine.

A file below the root of a repository has the hold path `/PROJECT/PATH`, with the path from the root. PROJECT is `project` of
`.heddle.json` at the root, else the URL of the remote `origin` without scheme, user, port and `.git`, else the name of the
folder of the main working tree. Every other file has its absolute path.
"""
import functools
import json
import os
import re
import unicodedata

from .failure import USAGE, Failure

SETTINGS = ".heddle.json"
SEGMENT = re.compile(r"(?!\.{1,2}$)[^\x00-\x1f\x7f/\\]{1,200}")


@functools.lru_cache(maxsize=None)
def of(root):
    """The project of a root."""
    return Project(root)


class Project:
    """A repository's working tree: its root, its name, and the settings of `.heddle.json`."""

    def __init__(self, root):
        self.root = root
        self.settings = settings(root)
        self.name = checked(self.settings.get("project") or of_repository(common_directory(root), root), root)


def checked(name, root):
    segments = name.split("/")
    if len(segments) > 10 or not all(SEGMENT.fullmatch(segment) for segment in segments):
        raise Failure(USAGE, f"invalid project name '{name}' of {root}: set project in {SETTINGS}, such as acme/shop")
    return name


def hold_path(file):
    """The hold path of a file or directory, which need not exist. A directory is written with a `/` at its end."""
    directory = file.endswith(("/", os.sep))
    real = os.path.realpath(file)
    root = root_of(real)
    path = "/" + real.replace(os.sep, "/").lstrip("/")
    if root is not None:
        below = spelled(root, os.path.relpath(real, root))
        path = f"/{of(root).name}" + ("" if below == "." else "/" + below)
    return unicodedata.normalize("NFC", path) + ("/" if directory and path != "/" else "")


def root_of(real):
    """The root of the working tree that contains a path; None outside of one. A submodule is a working tree of its own."""
    here = real
    while True:
        if os.path.exists(os.path.join(here, ".git")) and here != os.path.dirname(here):
            return here
        above = os.path.dirname(here)
        if above == here:
            return None
        here = above


def spelled(root, below):
    """The path as the directories spell it, where the file system ignores case or the form of Unicode."""
    parts = below.split(os.sep)
    here = root
    for at, part in enumerate(parts):
        there = os.path.join(here, part)
        if not os.path.lexists(there):
            break
        entries = os.listdir(here)
        if part not in entries:
            parts[at] = next((entry for entry in entries if same(os.path.join(here, entry), there)), part)
        here = there
    return "/".join(parts)


def same(one, other):
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False


def settings(root):
    """`.heddle.json` of the root; empty without one."""
    try:
        with open(os.path.join(root, SETTINGS), encoding="utf-8") as file:
            content = json.load(file)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as e:
        raise Failure(USAGE, f"{os.path.join(root, SETTINGS)} cannot be read: it must be a JSON object") from e
    project = content.get("project", "") if isinstance(content, dict) else None
    if not isinstance(project, str):
        raise Failure(USAGE, f"{os.path.join(root, SETTINGS)}: it must be a JSON object, and project a text")
    return content


def of_repository(common, root):
    """The name without `.heddle.json`."""
    url = origin(common)
    return from_url(url, root) if url else main_folder(common)


def common_directory(root):
    """The directory of the repository that all its working trees share."""
    git = os.path.join(root, ".git")
    if os.path.isdir(git):
        return git
    target = first_line(git)
    git = os.path.normpath(os.path.join(root, target[len("gitdir:"):].strip() if target.startswith("gitdir:") else ".git"))
    common = first_line(os.path.join(git, "commondir"))
    return os.path.normpath(os.path.join(git, common)) if common else git


def first_line(file):
    try:
        with open(file, encoding="utf-8", errors="replace") as lines:
            return lines.readline().rstrip("\r\n")
    except OSError:
        return ""


def main_folder(common):
    folder = os.path.dirname(common) if os.path.basename(common) == ".git" else common
    return without_git(os.path.basename(folder))


def without_git(text):
    return text[:-4] if text.endswith(".git") else text


def origin(common):
    """`remote.origin.url` of the repository's own configuration; the last one counts, as in git."""
    url = ""
    inside = False
    try:
        with open(os.path.join(common, "config"), encoding="utf-8", errors="replace") as lines:
            for line in lines:
                line = line.strip()
                if line.startswith("["):
                    inside = re.fullmatch(r'\[remote\s+"origin"\].*', line, re.IGNORECASE) is not None
                elif inside:
                    key, _, value = line.partition("=")
                    url = unquoted(value.strip()) if key.strip().lower() == "url" else url
    except OSError:
        return ""
    return url


def unquoted(value):
    text, quoted, at = "", False, 0
    while at < len(value):
        character = value[at]
        if character == "\\" and at + 1 < len(value):
            at += 1
            text += value[at]
        elif character == '"':
            quoted = not quoted
        elif character in "#;" and not quoted:
            break
        else:
            text += character
        at += 1
    return text.strip()


def from_url(url, root):
    """`github.com/acme/shop` of every URL of that repository: https, ssh, `git@github.com:acme/shop.git`, or a path."""
    scheme = re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*://(.*)", url, re.DOTALL)
    short = re.fullmatch(r"(?:[^@/\\]*@)?(\[[^\]]*\]|[^/\\:]{2,}):(?!//)(.*)", url, re.DOTALL)
    if scheme:
        authority, _, path = scheme.group(1).partition("/")
        host = re.sub(r":\d*$", "", authority.rpartition("@")[2]).strip("[]").lower()
    elif short:
        host, path = short.group(1).strip("[]").lower(), short.group(2)
    elif re.match(r"[A-Za-z]:[\\/]", url):
        host, path = "", url.replace(":", "/", 1)
    else:
        host, path = "", os.path.normpath(os.path.join(root, url))
    path = path.split("?")[0].split("#")[0] if scheme else path
    parts = [part for part in re.split(r"[/\\]", path) if part not in ("", ".")]
    if parts and parts[-1] == ".git":
        parts.pop()
    if parts:
        parts[-1] = without_git(parts[-1])
    return "/".join(filter(None, [host, *parts]))
