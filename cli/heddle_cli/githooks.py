"""The git hooks that `heddle init` adds to, wherever the repository has them."""
import os
import re
import shlex
import subprocess

from .parts import BlockPart
from .jsontext import Unsafe

HUSKY, LEFTHOOK, PRE_COMMIT = ".husky", "lefthook", ".pre-commit-config.yaml"


def parts(root, heddle):
    """What to add for pre-commit and pre-push, and notes about what has to be added manually."""
    if os.path.isdir(os.path.join(root, HUSKY)):
        return scripts(root, HUSKY, heddle)
    lefthook = [name for name in sorted(os.listdir(root)) if re.fullmatch(r"\.?lefthook\.(?:yml|yaml|toml|json)", name)]
    if lefthook:
        return of_lefthook(lefthook[0], heddle)
    if os.path.exists(os.path.join(root, PRE_COMMIT)):
        return [BlockPart(PRE_COMMIT, pre_commit_hooks(root, heddle), check=last_is_repos)], []
    done = subprocess.run(["git", "rev-parse", "--git-path", "hooks"], cwd=root, stdout=subprocess.PIPE, check=True)
    hooks = os.path.realpath(os.path.join(root, os.fsdecode(done.stdout.rstrip(b"\r\n"))))
    common = os.path.realpath(os.path.join(root, os.fsdecode(subprocess.run(
        ["git", "rev-parse", "--git-common-dir"], cwd=root, stdout=subprocess.PIPE, check=True).stdout.rstrip(b"\r\n"))))
    if not inside(hooks, root) and not inside(hooks, common):
        return [], [f"core.hooksPath is {hooks}, outside of this repository: add to its pre-commit hook: {heddle} git verify --staged; "
                    f"and to its pre-push hook: {heddle} git verify --pre-push \"$1\""]
    return scripts(root, hooks, heddle)


def inside(path, directory):
    return path == directory or path.startswith(os.path.join(directory, ""))


def scripts(root, directory, heddle):
    made, notes = [], []
    for name, lines in (("pre-commit", pre_commit(heddle)), ("pre-push", pre_push(heddle))):
        file = os.path.join(directory, name)
        path = os.path.join(root, file)
        if directory != HUSKY and os.path.exists(path) and not os.access(path, os.X_OK):
            notes.append(f"{path} is not executable, so git does not run it: it is left as it is")
        else:
            made.append(BlockPart(file, lines, script=True))
    return made, notes


def is_installed(heddle):
    """A test in a shell. A file that Python runs need not be executable."""
    program = shlex.split(heddle)[-1]
    return f"[ -f {shlex.quote(program)} ]" if len(shlex.split(heddle)) > 1 else f"command -v {heddle} >/dev/null 2>&1"


def pre_commit(heddle):
    return [f"if {is_installed(heddle)}; then", f"  {heddle} git verify --staged || exit $?", *MISSING]


def pre_push(heddle):
    """Standard input is read, and left for the rest of the script."""
    return ["heddle_refs=$(cat)", f"if {is_installed(heddle)}; then",
            f"  printf '%s\\n' \"$heddle_refs\" | {heddle} git verify --pre-push \"$1\" || exit $?", *MISSING,
            "exec <<HEDDLE_REFS", "$heddle_refs", "HEDDLE_REFS"]


MISSING = ["else", '  echo "heddle is not installed: held files are not checked" >&2', "fi"]


def of_lefthook(file, heddle):
    if not file.endswith((".yml", ".yaml")):
        return [], [f"{file}: add the commands manually: {heddle} git verify --staged for pre-commit, "
                    f"{heddle} git verify --pre-push {{1}} with use_stdin for pre-push"]
    lines = ["pre-commit:", "  commands:", "    heddle:", f"      run: {heddle} git verify --staged",
             "pre-push:", "  commands:", "    heddle:", f"      run: {heddle} git verify --pre-push {{1}}", "      use_stdin: true"]
    return [BlockPart(file, lines, unless=r"^[\"']?(?:pre-commit|pre-push)[\"']?\s*:")], []


def pre_commit_hooks(root, heddle):
    with open(os.path.join(root, PRE_COMMIT), encoding="utf-8", newline="") as file:
        match = re.search(r"^([ \t]*)- repo:", file.read(), re.MULTILINE)
    indent = match.group(1) if match else ""
    pushed = f"{heddle} git verify --range \"$PRE_COMMIT_FROM_REF..$PRE_COMMIT_TO_REF\""
    lines = ["- repo: local", "  hooks:"]
    for name, entry, stage in (("heddle", f"{heddle} git verify --staged", "pre-commit"), ("heddle-push", f"sh -c '{pushed}'", "pre-push")):
        lines += [f"    - id: {name}", "      name: files that other sessions hold", f"      entry: {entry}", "      language: system",
                  "      always_run: true", "      pass_filenames: false", f"      stages: [{stage}]"]
    return [indent + line for line in lines]


def last_is_repos(text, _):
    """An item at the end of the file must be one of `repos`."""
    keys = re.findall(r"^([A-Za-z_][\w-]*)[ \t]*:", text, re.MULTILINE)
    if not keys or keys[-1] != "repos" or not re.search(r"^[ \t]*- repo:", text, re.MULTILINE):
        raise Unsafe("repos is not its last key, or has no items")
