"""Merges settings into random JSON texts with comments, odd spaces and odd strings. Arguments: seed, number of texts."""
import json
import random
import sys

sys.path.insert(0, "cli")
from heddle_cli import jsontext  # noqa: E402
from heddle_cli.parts import JsonPart  # noqa: E402

RANDOM = random.Random(int(sys.argv[1]))
MEMBERS = [(["mcpServers", "heddle"], {"url": "u", "headers": {"a": ["b"]}})]
ITEMS = [(["hooks", "PreToolUse"], {"matcher": "E", "hooks": [{"type": "command", "command": "heddle hook cursor"}]}),
         (["hooks", "SessionEnd"], {"command": "heddle hook cursor"})]


def some(depth):
    kind = RANDOM.randrange(7 if depth else 4)
    if kind == 0:
        return RANDOM.choice([1, -2.5e3, True, None, 0])
    if kind < 4:
        return "".join(RANDOM.choice('ab"\\/{}[],:*\u00e9\u2028 #\n') for _ in range(RANDOM.randrange(6)))
    if kind < 6:
        return {RANDOM.choice(["a", "b", "x/*y", "//"]): some(depth - 1) for _ in range(RANDOM.randrange(4))}
    return [some(depth - 1) for _ in range(RANDOM.randrange(4))]


def settings():
    hooks = RANDOM.choice([{}, {"PreToolUse": [some(1) for _ in range(RANDOM.randrange(3))]}, {"Stop": []}, {"Stop": [some(2)]}])
    return {"mcpServers": {"other": some(1)} if RANDOM.random() < .5 else {}, "hooks": hooks, **({"z": some(2)} if RANDOM.random() < .5 else {})}


def space(comments):
    text = "".join(RANDOM.choice([" ", "\n", "\t", "  ", "\n    "]) for _ in range(RANDOM.randrange(3)))
    if comments and RANDOM.random() < .2:
        text += RANDOM.choice(["// c, } \n", "/* x, ] */", "/**/"]) + RANDOM.choice(["", " ", "\n"])
    return text


def written(value, comments):
    if not isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=RANDOM.random() < .5)
    pairs = value.items() if isinstance(value, dict) else ((None, item) for item in value)
    entries = [space(comments) + (json.dumps(key) + space(comments) + ":" if key is not None else "") + space(comments)
               + written(item, comments) + space(comments) for key, item in pairs]
    last = "," if comments and entries and RANDOM.random() < .3 else ""
    text = ",".join(entries) + last + space(comments and bool(entries))
    return "{" + text + "}" if isinstance(value, dict) else "[" + text + "]"


for _ in range(int(sys.argv[2])):
    before, comments = settings(), RANDOM.random() < .5
    text = RANDOM.choice(["", "\ufeff"]) + space(comments) + written(before, comments) + space(comments)
    text = text.replace("\n", "\r\n") if RANDOM.random() < .3 else text
    part = JsonPart("settings.json", MEMBERS, ITEMS, comments)
    merged = part.add(text, text)
    after = jsontext.parse(merged, comments).plain()
    assert after["mcpServers"].pop("heddle") == MEMBERS[0][1], text
    assert after["hooks"]["PreToolUse"].pop() == ITEMS[0][1], text
    assert after["hooks"].pop("SessionEnd") == [ITEMS[1][1]], text
    if "PreToolUse" not in before["hooks"]:
        assert after["hooks"].pop("PreToolUse") == [], text
    assert after == before and list(after) == list(before), text
    assert merged.count("c, }") == text.count("c, }") and merged.count("x, ]") == text.count("x, ]"), text
    assert part.add(merged, text) == merged, text
    left = part.strip(merged, text)
    assert jsontext.parse(left, comments).plain() == before, (text, left)
    assert left.count("c, }") == text.count("c, }") and left.count("x, ]") == text.count("x, ]"), (text, left)
    assert jsontext.parse(part.strip(merged), comments).plain().get("z") == before.get("z"), text
print("ok")
