"""A YAML text checked against a pydantic model, with errors that name line and field."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from chocolate_factory.errors import DocumentInvalid
from chocolate_factory.market.refusals import refusal

Model = TypeVar("Model", bound=BaseModel)

_LET_OUT = (
    ArithmeticError, AssertionError, AttributeError, LookupError, NotImplementedError, TypeError,
    ValueError,
)  # fmt: skip
"""What ruamel lets out on texts that are no YAML, beside its own errors: on ``0x``, say."""

_NO_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")

MOST_VALUES = 500_000
"""Few lines of aliases of aliases could fill the memory."""

Problem = tuple[Sequence[int | str], str]
"""Where in the document (keys and list positions, outermost first), and what is wrong there."""


def read_document(
    text: str,
    model: type[Model],
    *,
    name: str,
    error: type[DocumentInvalid],
    contradictions: Callable[[Model], Iterable[Problem]] | None = None,
) -> Model:
    """Parse ``text`` and validate it; then ask ``contradictions`` what does not fit together.

    Raises ``error`` (a ``DocumentInvalid``) with every problem as ``line N: field: reason``; a
    syntax error and a duplicated key count as problems too. Never executes tags.
    """
    tree = read_tree(text, name=name, error=error)
    reading = _Reading()
    try:
        content = reading.plain(tree, ())
    except RecursionError:
        raise error(name, ("line 1: nested too deeply",)) from None
    except _TooManyValues:
        many = f"line 1: more than {MOST_VALUES:,} values, counted wherever an alias repeats them"
        raise error(name, (many,)) from None
    if reading.unfit:
        raise error(name, tuple(f"line {line_of(tree, at)}: {why}" for at, why in reading.unfit))
    try:
        document = model.model_validate(content)
    except ValidationError as fault:
        problems = tuple(
            f"line {line_of(tree, issue['loc'])}: {_field(issue['loc'])}: {_reason(issue)}"
            for issue in fault.errors()
        )
        raise error(name, problems) from None
    found = () if contradictions is None else contradictions(document)
    problems = tuple(
        f"line {line_of(tree, path)}: {_field(path)}: {reason}" for path, reason in found
    )
    if problems:
        raise error(name, problems)
    return document


def read_tree(text: str, *, name: str, error: type[DocumentInvalid]) -> CommentedMap:
    """The keys, values and comments of ``text``, unchecked.

    Raises ``error`` if it is no YAML, or none of keys and values. Never executes tags.
    """
    try:
        tree = YAML(typ="rt", pure=True).load(text)
    except YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        problem = getattr(fault, "problem", None) or "not valid YAML"
        raise error(name, (f"{where}{problem}",)) from None
    except RecursionError:
        raise error(name, ("line 1: nested too deeply",)) from None
    except _LET_OUT as fault:
        told = re.search(r"line: (\d+)", str(fault))
        where = f"line {int(told[1]) + 1}: " if told else ""
        raise error(name, (f"{where}not valid YAML",)) from None
    if not isinstance(tree, CommentedMap):
        raise error(name, ("line 1: the file must hold `key: value` pairs",))
    return tree


def line_of(tree: Any, path: Sequence[int | str]) -> int:
    """Line (from 1) of the deepest part of ``path`` that exists in the document."""
    line = 1
    for step in path:
        try:
            if isinstance(tree, CommentedMap) and step in tree:
                line = tree.lc.key(step)[0] + 1
            elif isinstance(tree, CommentedSeq) and isinstance(step, int) and step < len(tree):
                line = tree.lc.item(step)[0] + 1
            else:
                continue
        except (KeyError, AttributeError):
            return line
        tree = tree[step]
    return line


class _TooManyValues(Exception):
    pass


class _Reading:
    """A tree as plain values, and the texts in it that no file's name, database or page can hold:
    escapes of YAML can write them."""

    def __init__(self) -> None:
        self.unfit: list[Problem] = []
        self._left = MOST_VALUES

    def plain(self, tree: Any, path: tuple[int | str, ...]) -> Any:
        """The values at ``path``."""
        self._left -= 1
        if self._left < 0:
            raise _TooManyValues
        if isinstance(tree, CommentedMap):
            return {
                self.plain(key, path): self.plain(value, (*path, key))
                for key, value in tree.items()
            }
        if isinstance(tree, CommentedSeq):
            return [self.plain(value, (*path, number)) for number, value in enumerate(tree)]
        if isinstance(tree, str) and (found := _NO_CHARACTER.search(tree)):
            told = f"U+{ord(found[0]):04X} is a character that no text may hold"
            self.unfit.append((path, told))
        return tree


def _field(path: Sequence[int | str]) -> str:
    return ".".join(str(step) for step in path) or "document"


def _reason(issue: Any) -> str:
    if issue["type"] == "extra_forbidden":
        return "unknown key"
    if issue["type"] in {"float_parsing", "int_parsing"}:
        return refusal(issue)
    return str(issue["msg"]).removeprefix("Value error, ")
