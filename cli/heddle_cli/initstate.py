"""The files that `heddle init` changes, and its record of what they were: `heddle-init.json` in the repository's git directory."""
import base64
import hashlib
import json
import os
import tempfile

from .failure import ERROR, Failure
from .jsontext import Unsafe


class Files:
    """The files of a repository's working tree and of its git directory."""

    def __init__(self, root, common):
        self._root, self._allowed = root, (root, common)

    def path(self, file):
        """The file itself, if a link leads to it."""
        path = os.path.realpath(os.path.join(self._root, file))
        if not any(path.startswith(os.path.join(directory, "")) for directory in self._allowed):
            raise Unsafe(f"it is a link to {path}, outside of the repository")
        return path

    def read(self, file):
        """The text of a file with its line ends; None if there is none."""
        try:
            with open(self.path(file), "rb") as content:
                return content.read().decode()
        except FileNotFoundError:
            return None
        except UnicodeDecodeError as e:
            raise Unsafe("it is not UTF-8") from e
        except OSError as e:
            raise Unsafe(f"it cannot be read ({e.strerror})") from e

    def apply(self, changes, state):
        """Writes the changes, and records them."""
        emptied = []
        for change in changes:
            path = self.path(change.part.file)
            try:
                if change.after is None:
                    os.unlink(path)
                else:
                    made = missing(os.path.dirname(path))
                    os.makedirs(os.path.dirname(path), exist_ok=True)
                    replace(path, change.after.encode(), change.part.executable)
                    if not change.undo:
                        state.record(change, made)
            except OSError as e:
                raise Failure(ERROR, f"{path}: {e.strerror}") from e
            if change.undo:
                directories = state.forget(change.part.file)
                emptied += self._above(path) if directories is None and change.after is None else directories or []
        for directory in sorted(emptied, key=len, reverse=True):
            if os.path.isdir(directory) and not os.listdir(directory):
                os.rmdir(directory)

    def _above(self, path):
        """The directories between the root and a file. In a clone each of them has only what git tracks."""
        above = os.path.dirname(path)
        inside, git = os.path.join(self._root, ""), os.path.join(self._root, ".git", "")
        while above.startswith(inside) and not os.path.join(above, "").startswith(git):
            yield above
            above = os.path.dirname(above)


def missing(directory):
    """The directories that have to be made."""
    made = []
    while not os.path.isdir(directory):
        made.append(directory)
        directory = os.path.dirname(directory)
    return made


def replace(path, content, executable):
    """Replaces a file at once; it keeps its mode."""
    try:
        mode = os.stat(path).st_mode & 0o7777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        mode = (0o777 if executable else 0o666) & ~mask
    descriptor, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".heddle-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


class State:
    """For each file what it was before, what it is now, and the directories that were made for it."""

    def __init__(self, path):
        self._path = path
        self._files = {}
        try:
            with open(path, encoding="utf-8") as content:
                self._files = json.load(content)["files"]
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError) as e:
            raise Failure(ERROR, f"{path} cannot be read: remove it; heddle init --remove then removes what it finds") from e

    def entries(self):
        return [(file, self.entry(file)) for file in self._files]

    def entry(self, file):
        found = self._files.get(file)
        if found is None:
            return None
        before = found["before"]
        return {**found, "before": None if before is None else base64.b64decode(before).decode()}

    def is_untouched(self, file, text):
        """Whether the file is as `heddle init` left it."""
        found = self._files.get(file)
        return found is not None and text is not None and found["after"] == digest(text)

    def record(self, change, made):
        """Records what a file was, and the directories that were made for it."""
        before = None if change.original is None else base64.b64encode(change.original.encode()).decode()
        known = self._files.get(change.part.file, {}).get("directories", [])
        self._files[change.part.file] = {"before": before, "after": digest(change.after), "directories": made or known,
                                         "part": change.part.saved()}

    def forget(self, file):
        """Returns the directories that were made for the file; None without a record."""
        return self._files.pop(file, {}).get("directories")

    def save(self):
        if self._files:
            replace(self._path, (json.dumps({"files": self._files}, indent=1) + "\n").encode(), False)
        elif os.path.exists(self._path):
            os.unlink(self._path)


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()
