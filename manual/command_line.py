"""The page of the commands, from the tree the command line is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from chocolate_factory.cli.root import loaded
from manual.markdown import code, page, table

PROGRAM = "chocolate-factory"
ABOUT = (
    "Every command and every option. `--help` after any of them says the same in the terminal; "
    "`--json` prints for machines. A command that fails prints one line and ends with status 1."
)


def commands() -> Iterator[tuple[str, Any]]:
    """Every command that does something, with the words that call it."""
    yield from _below("", loaded())


def command_page() -> str:
    """All commands, in the order of the program's own list."""
    return page("Commands", ABOUT, *(_command(words, one) for words, one in commands()))


def _below(words: str, command: Any) -> Iterator[tuple[str, Any]]:
    inside = getattr(command, "commands", {})
    if words and not (inside and command.no_args_is_help):
        yield words, command
    for name, one in inside.items():
        yield from _below(f"{words} {name}".strip(), one)


def _command(words: str, command: Any) -> str:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option"]
    called = " ".join([PROGRAM, words, *(_placed(one) for one in arguments)])
    rows = [(code(_placed(one)), one.help or "", _default(one)) for one in arguments]
    rows += [(_called(one), one.help or "", _default(one)) for one in options]
    return "\n\n".join(
        part
        for part in (
            f"## {words}",
            f"```console\n{called}{' [OPTIONS]' if options else ''}\n```",
            re.sub(r"\[/?bold\]", "**", command.help or ""),
            table(("argument or option", "meaning", "otherwise"), rows),
        )
        if part
    )


def _placed(argument: Any) -> str:
    name = argument.name.upper() + ("…" if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def _called(option: Any) -> str:
    forms = [*option.opts, *option.secondary_opts]
    taken = "" if option.is_flag else f" {option.metavar or option.bare_type().upper()}"
    limits = [f"{word} {limit:g}" for word, limit in (("from", option.min), ("to", option.max))
              if limit is not None]  # fmt: skip
    return " ".join([", ".join(code(form + taken) for form in forms), *limits])


def _default(parameter: Any) -> str:
    """What holds where it is not given, as the help says it."""
    if isinstance(getattr(parameter, "show_default", None), str):
        return str(parameter.show_default)
    default = parameter.default
    if callable(default) or default in (None, False, (), []) or parameter.required:
        return ""
    return code(str(default))
