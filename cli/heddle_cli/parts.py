"""What `heddle init` adds to a file, and how it is removed again. The rest of the file stays as it is."""
import json
import re

from . import jsontext
from .jsontext import Unsafe

BEGIN, END = "heddle: begin", "heddle: end"
OURS = re.compile(r"(?:^|[\s/'\"])heddle['\"]? hook (?:claude-code|codex|cursor|gemini|opencode)\b")


class Part:
    """Something to add to a file. `notes` are for the user."""

    def __init__(self, file, executable=False):
        self.file, self.executable, self.notes = file, executable, []

    def drop(self, text, before=None):
        """The text without our part; None if there is no text, or if nothing is left of it. `before`: what it was, if that is known."""
        if text is None:
            return None
        left = self.strip(text, before)
        return None if left != text and self.is_empty(left) else left


class JsonPart(Part):
    """Members and items of a JSON file. A member that exists is kept unless `heddle init` wrote it."""

    def __init__(self, file, members=(), items=(), comments=False, base=None):
        super().__init__(file)
        self.members, self.items, self.comments, self.base = members, items, comments, base or {}

    def saved(self):
        """What `drop` needs to know later."""
        return {"kind": "json", "members": self.members, "items": self.items, "comments": self.comments, "base": self.base}

    def manual(self):
        """What to add manually."""
        lines = [f"{'.'.join(path)}: {json.dumps(value)}" for path, value in self.members]
        return lines + [f"to {'.'.join(path)}: {json.dumps(value)}" for path, value in self.items]

    def add(self, text, before):
        """The text with our part. `before` is the text without it, as far as it is known."""
        if not (text or "").strip():
            text = "{}\n"
            for name, value in self.base.items():
                text = jsontext.put(text, [name], value, self.comments)
        former = self._foreign(text)
        for path, value in self.members:
            found = jsontext.find(jsontext.parse(text, self.comments), path)
            if found is None or self._wrote(before, path) and found.plain() != value:
                text = jsontext.put(text, path, value, self.comments)
            elif found.plain() != value:
                self.notes.append(f"{self.file}: {'.'.join(path)} exists and is kept; it should be {json.dumps(value)}")
        for path, value in self.items:
            at = self._own(text, path)
            if not at:
                text = jsontext.append(text, path, value, self.comments)
            elif len(at) > 1 or jsontext.find(jsontext.parse(text, self.comments), [*path, at[0]]).plain() != value:
                for index in reversed(at):
                    text = jsontext.remove(text, [*path, index], self.comments)
                text = jsontext.append(text, path, value, self.comments)
        if not kept(former, self._foreign(text)):
            raise Unsafe("its other settings would change")
        return text

    def _foreign(self, text):
        """The content without the members that are ours."""
        content = jsontext.parse(text, self.comments).plain()
        for path, _ in self.members:
            parent = content
            for key in path[:-1]:
                parent = parent.get(key) if isinstance(parent, dict) else None
            if isinstance(parent, dict):
                parent.pop(path[-1], None)
        return content

    def _wrote(self, before, path):
        return not (before or "").strip() or jsontext.find(jsontext.parse(before, self.comments), path) is None

    def _own(self, text, path):
        found = jsontext.find(jsontext.parse(text, self.comments), path)
        if found is not None and found.kind != "[":
            raise Unsafe(f"{'.'.join(path)} is not an array")
        return [i for i, (_, _, node) in enumerate(found.entries) if is_ours(node.plain())] if found else []

    def strip(self, text, before=None):
        """Also without the containers that are empty then, unless they were there before."""
        if not text.strip():
            return text
        for path, value in self.members:
            found = jsontext.find(jsontext.parse(text, self.comments), path)
            if found is not None and found.plain() == value:
                text = self._pruned(jsontext.remove(text, path, self.comments), path[:-1], before)
        for path, _ in self.items:
            for index in reversed(self._own(text, path)):
                text = jsontext.remove(text, [*path, index], self.comments)
                text = self._pruned(text, path, before)
        return text

    def is_empty(self, text):
        try:
            return jsontext.parse(text).plain() in ({}, self.base)
        except Unsafe:
            return False  # it has comments

    def _pruned(self, text, path, before):
        former = jsontext.parse(before, self.comments) if (before or "").strip() else None
        while path and (former is None or jsontext.find(former, path) is None):
            found = jsontext.find(jsontext.parse(text, self.comments), path)
            if found is None or found.entries:
                break
            text, path = jsontext.remove(text, path, self.comments), path[:-1]
        return text


def kept(former, now):
    """Whether everything that is not ours is still there, in its order."""
    if isinstance(former, dict) and isinstance(now, dict):
        return [key for key in now if key in former] == list(former) and all(kept(former[key], now[key]) for key in former)
    if isinstance(former, list) and isinstance(now, list):
        former, now = ([item for item in items if not is_ours(item)] for items in (former, now))
        return former == now
    return former == now


def is_ours(value):
    """Whether a hook, or every hook of a group, is one of `heddle init`."""
    if not isinstance(value, dict):
        return False
    if isinstance(value.get("hooks"), list):
        return bool(value["hooks"]) and all(map(is_ours, value["hooks"]))
    return bool(OURS.search(str(value.get("command", "")))) or "/hooks/claude-code" in str(value.get("url", ""))


def load(file, saved):
    """The part that an earlier `heddle init` added."""
    if saved["kind"] == "json":
        return JsonPart(file, saved["members"], saved["items"], saved["comments"], saved["base"])
    return BlockPart(file, []) if saved["kind"] == "block" else FilePart(file, "")


class BlockPart(Part):
    """Lines between two comments: in a shell script after its first line, elsewhere at the end."""

    def __init__(self, file, lines, script=False, unless=None, check=None):
        super().__init__(file, executable=script)
        self.script = script
        self._block = "\n".join([f"# {BEGIN}", *lines, f"# {END}", ""])
        self._unless, self._check = unless, check

    def saved(self):
        return {"kind": "block"}

    def manual(self):
        return self._block.rstrip("\n").split("\n")

    def add(self, text, _):
        text = text or ""
        if f"# {BEGIN}" in text:
            return re.sub(rf"# {BEGIN}\r?\n.*?# {END}\r?\n?", lambda _: self._block, text, count=1, flags=re.DOTALL)
        if self._unless and re.search(self._unless, text, re.MULTILINE):
            raise Unsafe("it already defines this")
        if self.script:
            first, newline, rest = text.partition("\n")
            if first.startswith("#!") and not re.match(r"#!.*\b(?:sh|bash|dash|zsh|ksh|ash)\b", first):
                raise Unsafe("it is not a shell script")
            if first.startswith("#!"):
                return first + (newline or "\n") + self._block + rest
            return ("" if text else "#!/bin/sh\n") + self._block + text
        changed = text + ("" if not text or text.endswith("\n") else "\n") + self._block
        if self._check:
            self._check(text, changed)
        return changed

    def strip(self, text, before=None):
        return re.sub(rf"# {BEGIN}\r?\n.*?# {END}\r?\n?", "", text, count=1, flags=re.DOTALL)

    def is_empty(self, text):
        return not text.strip() or text == "#!/bin/sh\n"


class FilePart(Part):
    """A file of our own."""

    def __init__(self, file, content):
        super().__init__(file)
        self._content = content

    def saved(self):
        return {"kind": "file"}

    def manual(self):
        return []

    def add(self, text, _):
        if text is not None and text != self._content and "heddle init" not in text:
            raise Unsafe("it is not a file of heddle init")
        return self._content

    def strip(self, text, before=None):
        return "" if text == self._content or "heddle init" in text else text

    def is_empty(self, text):
        return not text
