"""Changes JSON as text: what is not changed keeps its order, its spaces and its comments."""
import json
import re

SPACE = re.compile(r"[ \t\r\n]*")
COMMENTED_SPACE = re.compile(r"(?:[ \t\r\n]+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
SAME_LINE = re.compile(r"(?:[ \t]*(?://[^\n]*(?<!\r)|/\*(?:(?!\*/)[^\r\n])*\*/(?=[ \t]*[\r\n])))?")
SCALAR = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"|[-+.\w]+')


class Unsafe(Exception):
    """The text cannot be changed safely."""


class Node:
    """A value of the text. `entries` are (start of the entry, key or None, node)."""

    def __init__(self, start, kind):
        self.start, self.kind, self.end, self.entries, self.value = start, kind, start, [], None

    def child(self, key):
        if self.kind == "[":
            return self.entries[key][2] if isinstance(key, int) and key < len(self.entries) else None
        found = [node for _, name, node in self.entries if name == key]
        if len(found) > 1:
            raise Unsafe(f'"{key}" occurs twice')
        return found[0] if found else None

    def plain(self):
        """The value without its places."""
        if self.kind == "{":
            return {key: node.plain() for _, key, node in self.entries}
        return [node.plain() for _, _, node in self.entries] if self.kind == "[" else self.value


def parse(text, comments=False):
    """The root of a JSON text. Comments and a comma after the last entry are accepted if `comments` is set."""
    space = COMMENTED_SPACE if comments else SPACE
    try:
        node = value(text, space.match(text, 1 if text.startswith("\ufeff") else 0).end(), space, comments)
        if space.match(text, node.end).end() != len(text):
            raise ValueError
    except (ValueError, IndexError, RecursionError) as e:
        raise Unsafe("it is not valid JSON" + (" with comments" if comments else "")) from e
    return node


def value(text, at, space, comments):
    if text[at] not in "{[":
        match = SCALAR.match(text, at)
        if not match:
            raise ValueError
        node = Node(at, "scalar")
        node.value, node.end = json.loads(match.group()), match.end()
        return node
    node, close = Node(at, text[at]), "}" if text[at] == "{" else "]"
    at = space.match(text, at + 1).end()
    while text[at] != close:
        start, key = at, None
        if node.kind == "{":
            match = SCALAR.match(text, at)
            key = json.loads(match.group()) if match and text[at] == '"' else None
            colon = space.match(text, match.end()).end() if key is not None else at
            if key is None or text[colon] != ":":
                raise ValueError
            at = space.match(text, colon + 1).end()
        child = value(text, at, space, comments)
        node.entries.append((start, key, child))
        at = space.match(text, child.end).end()
        if text[at] == ",":
            at = space.match(text, at + 1).end()
            if text[at] == close and not comments:
                raise ValueError
        elif text[at] != close:
            raise ValueError
    node.end = at + 1
    return node


def find(root, path):
    """The node at a path of keys and indices; None if there is none."""
    node = root
    for key in path:
        node = node.child(key) if node is not None and node.kind in "{[" else None
    return node


def put(text, path, content, comments=False):
    """Sets the member at a path. Objects on the way are made; a value that is there is replaced."""
    root = parse(text, comments)
    node = root
    for depth, key in enumerate(path):
        if node.kind != "{":
            raise Unsafe(f"{'.'.join(map(str, path[:depth])) or 'it'} is not an object")
        child = node.child(key)
        if child is None:
            for missing in reversed(path[depth + 1:]):
                content = {missing: content}
            return insert(text, node, json.dumps(key, ensure_ascii=False) + ": ", content)
        node = child
    return text[:node.start] + written(text, node.start, content, "\n" in text[root.start:root.end]) + text[node.end:]


def append(text, path, content, comments=False):
    """Adds an item to the array at a path, which is made if there is none."""
    node = find(parse(text, comments), path)
    if node is None:
        return put(text, path, [content], comments)
    if node.kind != "[":
        raise Unsafe(f"{'.'.join(path)} is not an array")
    return insert(text, node, "", content)


def insert(text, node, prefix, content):
    """Adds an entry at the end of a container, written as its other entries are."""
    newline = "\r\n" if "\r\n" in text else "\n"
    inside = text[node.start:node.end]
    if node.entries:
        end = node.entries[-1][2].end
        comma = comma_after(text, end)
        place = end if comma is None else comma + 1
        close = "" if comma is None else ","
        if "\n" not in inside:
            added = " " + prefix + json.dumps(content, ensure_ascii=False) + close
        else:
            place = SAME_LINE.match(text, place).end()
            start = node.entries[-1][0]
            added = newline + indent_at(text, start) + prefix + written(text, start, content, True) + close
        return text[:end] + ("," if comma is None else "") + text[end:place] + added + text[place:]
    if re.search(r"\S", inside[1:-1]):
        raise Unsafe("an empty part of it contains comments")
    outer = indent_at(text, node.start)
    unit = unit_of(text)
    body = written(text, None, content, True).replace("\n", "\n" + outer + unit).replace("\r\n", "\n")
    entry = "\n" + outer + unit + prefix + body + "\n" + outer
    return text[:node.start + 1] + entry.replace("\n", newline) + text[node.end - 1:]


def written(text, start, content, on_lines):
    """A value as text, indented for a place."""
    if not on_lines:
        return json.dumps(content, ensure_ascii=False)
    plain = json.dumps(content, ensure_ascii=False, indent=unit_of(text))
    indent = indent_at(text, start) if start is not None else ""
    return plain.replace("\n", ("\r\n" if "\r\n" in text else "\n") + indent)


def indent_at(text, at):
    """The spaces at the begin of the line of a place."""
    line = text.rfind("\n", 0, at) + 1
    return re.compile(r"[ \t]*").match(text, line).group()


def unit_of(text):
    """The indentation of the text's first indented line."""
    match = re.search(r"\n([ \t]+)[\"{\[]", text)
    return match.group(1) if match else "  "


def remove(text, path, comments=False):
    """Removes the entry at a path."""
    root = parse(text, comments)
    parent = find(root, path[:-1])
    node = find(root, path)
    if parent is None or node is None:
        return text
    at = next(i for i, (_, _, child) in enumerate(parent.entries) if child is node)
    start = parent.entries[at][0]
    own = comma_after(text, node.end)
    after = text[node.end if own is None else own + 1:]
    before = text[:start]
    if at > 0 and own is None:
        comma = comma_after(text, parent.entries[at - 1][2].end)
        before = before[:comma] + before[comma + 1:]
    elif at == 0 and len(parent.entries) > 1:
        return before + after.lstrip()
    elif at == 0 and not text[parent.start + 1:start].strip() and after.lstrip().startswith("}" if parent.kind == "{" else "]"):
        return text[:parent.start + 1] + after.lstrip()
    return (before.rstrip() if re.match(r"[ \t]*[\r\n]", after) else before) + after


def comma_after(text, at):
    """The place of the comma that follows a value; None without one."""
    place = COMMENTED_SPACE.match(text, at).end()
    return place if text[place:place + 1] == "," else None
