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

Model = TypeVar("Model", bound=BaseModel)

_LET_OUT = (
    ArithmeticError, AssertionError, AttributeError, LookupError, NotImplementedError, TypeError,
    ValueError,
)  # fmt: skip
"""What ruamel lets out on texts that are no YAML, beside its own errors: on ``0x``, say."""

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
    try:
        document = model.model_validate(_plain(tree))
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


def _plain(tree: Any) -> Any:
    if isinstance(tree, CommentedMap):
        return {key: _plain(value) for key, value in tree.items()}
    if isinstance(tree, CommentedSeq):
        return [_plain(value) for value in tree]
    return tree


def _field(path: Sequence[int | str]) -> str:
    return ".".join(str(step) for step in path) or "document"


def _reason(issue: Any) -> str:
    if issue["type"] == "extra_forbidden":
        return "unknown key"
    return str(issue["msg"]).removeprefix("Value error, ")
