"""Answers with a fault in them: bytes in, bytes out.

A missing key may be any but those whose absence is documented to mean zero (rain and snow of
OpenWeatherMap); a repeated row is repeated as it is. Position means something in none of the
upstreams' JSON lists but one (ESIOS archive 70, where the number of rows gives a repetition away).
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from chocolate_factory.simulation.answer import Answer
from chocolate_factory.simulation.faults import Fault, FaultKind

_ABSENT_MEANS_ZERO = frozenset({"rain", "snow", "1h", "3h"})
_TITLES = ("title", "name", "short_name", "nombre", "ubi", "description")
_NEW_TITLES = (
    "PVPC (€/MWh)",
    "PVPC T. Defecto",
    "Precio mercado spot (€/MWh)",
    "Término nuevo sin nombre conocido",
)
_PAGE = (
    "<!DOCTYPE html>\n<html><head><title>Request unsuccessful</title></head>"
    "<body>Request unsuccessful. Incident ID: {seed}</body></html>\n"
)
_STATUS = {
    FaultKind.LIMITED: 429,
    FaultKind.LIMITED_FOR: 429,
    FaultKind.ERROR: 500,
    FaultKind.BAD_GATEWAY: 502,
    FaultKind.UNAVAILABLE: 503,
}


def spoiled(answer: Answer, fault: Fault) -> Answer:
    """``answer`` as ``fault`` leaves it; faults of connections and clocks leave it as it is.

    Refusals (anything but 200) keep their bodies.
    """
    page = _PAGE.format(seed=fault.seed).encode()
    if fault.kind in _STATUS:
        wait = (("Retry-After", f"{fault.seconds:.0f}"),)
        headers = wait if fault.kind is FaultKind.LIMITED_FOR else ()
        return Answer(_STATUS[fault.kind], page, "text/html; charset=UTF-8", headers)
    if fault.kind is FaultKind.HTML:
        return Answer(200, page, "text/html; charset=UTF-8")
    if answer.status != 200:
        return answer
    dice = random.Random(fault.seed)  # noqa: S311
    if fault.kind is FaultKind.TRUNCATED:
        return replace(answer, body=answer.body[: dice.randrange(max(1, len(answer.body) - 2))])
    change = _CHANGES.get(fault.kind)
    return answer if change is None else replace(answer, body=_changed(answer.body, change, dice))


Change = tuple[Callable[[Any, random.Random], None], Callable[[list[str], random.Random], None]]
"""What a fault does to a JSON document, and to the lines of a text; both in place."""


def _changed(body: bytes, change: Change, dice: random.Random) -> bytes:
    """``body`` after ``change``, in the encoding it came in."""
    for encoding in ("utf-8", "latin-1"):
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError:
            continue
        break
    in_document, in_lines = change
    try:
        document = json.loads(text)
    except ValueError:
        lines = text.splitlines(keepends=True)
        in_lines(lines, dice)
        return "".join(lines).encode(encoding)
    in_document(document, dice)
    changed = json.dumps(document, ensure_ascii=text.isascii(), separators=(",", ":"))
    return changed.encode(encoding, "replace")


def _drop_key(document: Any, dice: random.Random) -> None:
    places = [
        (holder, name)
        for holder in _holders(document)
        for name in holder
        if name not in _ABSENT_MEANS_ZERO
    ]
    if places:
        holder, name = dice.choice(places)
        del holder[name]


def _drop_line(lines: list[str], dice: random.Random) -> None:
    if lines:
        del lines[dice.randrange(len(lines))]


def _repeat_row(document: Any, dice: random.Random) -> None:
    """Repeat a row of the longest table: a list of objects, or columns of one length."""
    columns = [holder for holder in _holders(document) if isinstance(holder.get("time"), list)]
    if columns:
        at = dice.randrange(len(columns[0]["time"]))
        for column in columns[0].values():
            column.insert(at, column[at])
        return
    rows = max(_tables(document), key=len, default=[])
    if rows:
        at = dice.randrange(len(rows))
        rows.insert(at, rows[at])


def _repeat_line(lines: list[str], dice: random.Random) -> None:
    if len(lines) > 2:
        at = dice.randrange(1, len(lines) - 1)
        lines.insert(at, lines[at])


def _retitle(document: Any, dice: random.Random) -> None:
    title = dice.choice(_NEW_TITLES)
    for holder in _holders(document):
        for name in _TITLES:
            if isinstance(holder.get(name), str):
                holder[name] = title


def _leave(_lines: list[str], _dice: random.Random) -> None:
    """A text file has no titles beside its columns."""


_CHANGES: dict[FaultKind, Change] = {
    FaultKind.RETITLED: (_retitle, _leave),
    FaultKind.MISSING_KEYS: (_drop_key, _drop_line),
    FaultKind.DUPLICATED: (_repeat_row, _repeat_line),
}


def _holders(document: Any) -> Iterator[dict[str, Any]]:
    """Every object in a document, outermost first."""
    if isinstance(document, dict):
        yield document
    for each in _parts(document):
        yield from _holders(each)


def _tables(document: Any) -> Iterator[list[Any]]:
    """Every list of objects in a document."""
    if isinstance(document, list) and all(isinstance(each, dict) for each in document):
        yield document
    for each in _parts(document):
        yield from _tables(each)


def _parts(document: Any) -> Iterable[Any]:
    if isinstance(document, dict):
        return document.values()
    return document if isinstance(document, list) else ()
