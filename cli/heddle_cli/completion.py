"""The command `heddle completion`: the completions for a shell, made from the commands, so that they are those of this version."""
from . import terminal
from .commands import COMMANDS, GROUPS
from .parser import parser_of, positionals

OF_FILES = ("PATH", "FILE")  # what an operand or a value is called that names a file


def completion(_, args):
    for line in {"bash": bash, "zsh": zsh, "fish": fish}[args.shell]():
        terminal.write(line)


class Option:
    """An option, such as `--url`: whether it takes a value, which ones if they are known, and whether that is a file."""

    def __init__(self, action):
        self.names = action.option_strings
        self.help = (action.help or "").replace("%%", "%")
        self.takes_value = action.nargs is None
        self.choices = list(action.choices or [])
        self.is_file = action.metavar in OF_FILES


class Words:
    """What may follow the words of a command: other words, options, or files."""

    def __init__(self, words):
        self.name = " ".join(words)
        following = {name[len(words)]: name[:len(words) + 1] for name in COMMANDS
                     if name[:len(words)] == words and len(name) > len(words)}
        self.following = {word: COMMANDS[name].description if name in COMMANDS else GROUPS[" ".join(name)]
                          for word, name in following.items()}
        parser = parser_of(words)
        self.options = [Option(action) for action in parser._actions if action.option_strings and action.help != "==SUPPRESS=="]
        operands = positionals(parser)
        for action in operands:
            self.following.update(dict.fromkeys(action.choices or [], ""))
        self.takes_files = any(action.metavar in OF_FILES for action in operands)

    @property
    def option_names(self):
        return [name for option in self.options for name in option.names]


def all_words():
    names = {name[:size] for name in COMMANDS for size in range(len(name) + 1)}
    return [Words(name) for name in sorted(names)]


def options_with(chosen):
    return sorted({name for words in all_words() for option in words.options if chosen(option) for name in option.names})


def skipping_values():
    """The `case` items of a shell that leave the value of an option out, and keep the words of the command."""
    return [f"      {'|'.join(options_with(lambda option: option.takes_value))}) at=$((at + 1)) ;;",
            "      -*) ;;",
            "      *) case \"$command $word\" in",
            f"        {'|'.join(quoted(' ' + words.name) for words in all_words() if words.name)}) command=\"$command $word\" ;;",
            "      esac ;;"]


def values():
    """(options, choices) of the options whose values are known."""
    found = {}
    for words in all_words():
        for option in words.options:
            if option.choices:
                found.update(dict.fromkeys(option.names, option.choices))
    return found


def bash():
    yield "# Completions of heddle for bash: source <(heddle completion bash)"
    yield from ["_heddle() {",
                "  local at word command= current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words= options= files=",
                "  COMPREPLY=()",
                "  for ((at = 1; at < COMP_CWORD; at++)); do",
                "    word=${COMP_WORDS[at]}",
                "    case $word in",
                "      --) COMPREPLY=($(compgen -f -- \"$current\")); return ;;",
                *skipping_values(),
                "    esac",
                "  done",
                "  case $previous in"]
    for name, choices in values().items():
        yield f"    {name}) COMPREPLY=($(compgen -W {quoted(' '.join(choices))} -- \"$current\")); return ;;"
    yield f"    {'|'.join(options_with(lambda option: option.is_file))}) COMPREPLY=($(compgen -f -- \"$current\")); return ;;"
    yield f"    {'|'.join(options_with(lambda option: option.takes_value and not option.is_file and not option.choices))}) return ;;"
    yield from ["  esac", "  case $command in"]
    for words in all_words():
        yield (f"    {quoted(' ' + words.name if words.name else '')}) words={quoted(' '.join(words.following))}; "
               f"options={quoted(' '.join(words.option_names))}; files={'y' if words.takes_files else ''} ;;")
    yield from ["  esac",
                "  case $current in",
                "    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$current\")) ;;",
                "    *) COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))",
                "      [ -z \"$files\" ] || COMPREPLY+=($(compgen -f -- \"$current\")) ;;",
                "  esac",
                "}",
                "complete -o filenames -F _heddle heddle"]


def zsh():
    yield "#compdef heddle"
    yield "# Completions of heddle for zsh: in a file _heddle of a directory of fpath, or by source <(heddle completion zsh)"
    yield from ["_heddle() {",
                "  local at word command= files=",
                "  local -a following options",
                "  for ((at = 2; at < CURRENT; at++)); do",
                "    word=${words[at]}",
                "    case $word in",
                "      --) _normal; return ;;",
                *skipping_values(),
                "    esac",
                "  done",
                "  case ${words[CURRENT-1]} in"]
    for name, choices in values().items():
        yield f"    {name}) compadd -- {' '.join(choices)}; return ;;"
    yield f"    {'|'.join(options_with(lambda option: option.is_file))}) _files; return ;;"
    yield f"    {'|'.join(options_with(lambda option: option.takes_value and not option.is_file and not option.choices))}) return ;;"
    yield from ["  esac", "  case $command in"]
    for words in all_words():
        yield f"    {quoted(' ' + words.name if words.name else '')})"
        yield f"      following=({' '.join(quoted(described(word, text)) for word, text in words.following.items())})"
        yield (f"      options=({' '.join(quoted(described(name, option.help)) for option in words.options for name in option.names)})"
               f"; files={'y' if words.takes_files else ''} ;;")
    yield from ["  esac",
                "  if [[ ${words[CURRENT]} == -* ]]; then",
                "    _describe option options",
                "  else",
                "    (( ${#following} == 0 )) || _describe command following",
                "    [[ -z $files ]] || _files",
                "  fi",
                "}",
                "if [[ ${funcstack[1]} == _heddle ]]; then _heddle \"$@\"; else compdef _heddle heddle; fi"]


def described(word, text):
    return f"{word}:{text}" if text else word


def fish():
    yield "# Completions of heddle for fish: heddle completion fish > ~/.config/fish/completions/heddle.fish"
    yield from ["function __heddle_command",
                "  set -l command",
                "  set -l skip",
                "  for word in (commandline -opc)[2..-1]",
                "    if set -q skip[1]",
                "      set -e skip[1]",
                f"    else if contains -- $word {' '.join(options_with(lambda option: option.takes_value))}",
                "      set skip 1",
                "    else if not string match -q -- '-*' $word",
                f"      contains -- (string join ' ' $command $word) {' '.join(quoted(words.name) for words in all_words() if words.name)}",
                "        and set command $command $word",
                "    end",
                "  end",
                "  string join ' ' -- $command",
                "end",
                "function __heddle_at",
                "  set -l command (__heddle_command)",
                "  test \"$command\" = \"$argv\"",
                "end",
                "complete -c heddle -f"]
    for words in all_words():
        where = f"complete -c heddle -n {quoted(f'__heddle_at {words.name}'.strip())}"
        for word, text in words.following.items():
            yield f"{where} -a {word}" + (f" -d {quoted(text)}" if text else "")
        for option in words.options:
            names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names)
            value = f" -x -a {quoted(' '.join(option.choices))}" if option.choices else " -r -F" if option.is_file else " -x"
            yield f"{where} {names}" + (value if option.takes_value else "") + (f" -d {quoted(option.help)}" if option.help else "")
        if words.takes_files:
            yield f"{where} -F"


def quoted(text):
    """The text in quotes of a shell."""
    return "'" + text.replace("'", "'\\''") + "'"
