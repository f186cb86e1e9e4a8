"""One key of a user's YAML file changed, and everything else in it left as it was written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from typing import Any

import numpy as np
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import CommentMark
from ruamel.yaml.tokens import CommentToken

from chocolate_factory.errors import DocumentInvalid, FileRefused
from chocolate_factory.market.documents import read_tree

_SAID = 2
"""Which of a key's comments follows its value, and what stands below that."""


def edited(
    text: str,
    change: Callable[[CommentedMap], None],
    *,
    name: str,
    error: type[DocumentInvalid],
) -> str:
    """The text after ``change`` of its tree; numbers, quotes and comments elsewhere stay.

    Raises ``error`` if the text is no YAML of keys and values, and ``FileRefused`` if what would be
    written is not read back as what was meant.
    """
    tree = read_tree(text, name=name, error=error)
    change(tree)
    yaml = YAML(typ="rt", pure=True)
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    written = StringIO()
    yaml.dump(tree, written)
    if read_tree(written.getvalue(), name=name, error=error) != tree:
        raise FileRefused(name, "it is written in a way that only you can change: edit it by hand")
    return written.getvalue()


def put(tree: CommentedMap, key: str, value: Any, *, head: str = "") -> None:
    """Set ``key``; ``head`` is said above a key that was not there.

    What is said below the value stays there; what is said beside its last line stays if the new
    value ends on a line of the same name.
    """
    if key not in tree:
        tree[key] = value
        if head and not tree.fa.flow_style():
            tree.yaml_set_comment_before_after_key(key, before=head)
        return
    before, beside, below = _take_said(tree, key)
    tree[key] = value
    _say(tree, key, beside if _last_line(tree, key)[1] == before else "", below)


def take_out(tree: CommentedMap, key: str) -> None:
    """Leave ``key`` out if it is there; what is said below it stays."""
    if key not in tree:
        return
    keys = list(tree)
    at = keys.index(key)
    _, _, below = _take_said(tree, key)
    del tree[key]
    if not below.strip():
        return
    if at > 0:
        _, beside, above = _take_said(tree, keys[at - 1])
        _say(tree, keys[at - 1], beside, above + below)
    elif tree:
        said = "\n".join(line.lstrip().removeprefix("#").strip() for line in below.splitlines())
        tree.yaml_set_comment_before_after_key(keys[1], before=said)


def by_period(values: Sequence[float]) -> CommentedMap:
    """``{P1: …, P2: …}`` on one line."""
    return row({f"P{at}": value for at, value in enumerate(values, 1)})


def row(values: Mapping[str, float]) -> CommentedMap:
    """Numbers by name on one line."""
    told = CommentedMap((name, number(value)) for name, value in values.items())
    told.fa.set_flow_style()
    return told


def number(value: float) -> Any:
    """As it is written: with all its digits, never with an exponent."""
    return YAML(typ="rt", pure=True).load(plain(value))


def plain(value: float) -> str:
    """All its digits, never with an exponent: YAML of many kinds reads that as text."""
    return np.format_float_positional(value, trim="-")


def _last_line(tree: CommentedMap, key: str) -> tuple[CommentedMap, str]:
    """The mapping and the key that the last line of ``key``'s value is of."""
    value = tree[key]
    while isinstance(value, CommentedMap) and value and not value.fa.flow_style():
        tree, key = value, next(reversed(value))
        value = tree[key]
    return tree, key


def _take_said(tree: CommentedMap, key: str) -> tuple[str, str, str]:
    """The key of the last line of ``key``'s value; what is said beside it, and below; no longer."""
    holder, last = _last_line(tree, key)
    comments = holder.ca.items.get(last)
    if not comments or comments[_SAID] is None:
        return last, "", ""
    beside, _, below = comments[_SAID].value.partition("\n")
    comments[_SAID] = None
    return last, beside, below


def _say(tree: CommentedMap, key: str, beside: str, below: str) -> None:
    """Say it at the last line of ``key``'s value."""
    if beside or below.strip():
        holder, last = _last_line(tree, key)
        said = CommentToken(f"{beside}\n{below}", CommentMark(0), None)
        holder.ca.items.setdefault(last, [None] * 4)[_SAID] = said
