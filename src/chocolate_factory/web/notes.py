"""Notes of plans, forecasts and bills, and refusals, told again in the reader's language."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from chocolate_factory.web.note_texts import NOTE_MESSAGES
from chocolate_factory.web.refusal_texts import REFUSAL_MESSAGES

FORMS = {**NOTE_MESSAGES, **REFUSAL_MESSAGES}

_DAYS = dict(zip(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
                 ("lun", "mar", "mié", "jue", "vie", "sáb", "dom"), strict=True))  # fmt: skip
_MONTHS = dict(zip(
    ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"),
    strict=True,
))  # fmt: skip
_WHEN = re.compile(rf"\b({'|'.join(_DAYS)}) (\d{{1,2}}) ({'|'.join(_MONTHS)})\b")

_NUMBER = re.compile(
    r"(P\d )?[-−+]?\d+(,\d{3})*(\.\d+)?( ?%| [^\d\s.,][^\s.,]*)?( from \d{4}-\d{2}-\d{2})?"
)
"""A number with its unit, period or first day, alone or in a list of such."""


@dataclass(frozen=True, slots=True)
class Note:
    """A note by its code (without ``note.``) and the values in it, as they were written."""

    code: str
    values: Mapping[str, str]


def read(text: str) -> Note | None:
    """What a note says; None if it has none of the known forms, as the words of a solver have."""
    for code, pattern in _patterns():
        found = pattern.fullmatch(text)
        if found:
            return Note(code, found.groupdict())
    return None


def in_spanish(text: str) -> str | None:
    """The note in Spanish, or None if it is not known."""
    note = read(text)
    if note is None:
        return None
    values = {name: _value(value) for name, value in note.values.items()}
    return FORMS[f"note.{note.code}"][1].format(**values)


def _value(text: str) -> str:
    """Days and months of a value as Spanish writes them, and decimals where it is numbers: names
    of files, products, tariffs and versions stay as they are."""
    said = _WHEN.sub(lambda at: f"{_DAYS[at[1]]} {at[2]} {_MONTHS[at[3]]}", text)
    if all(_NUMBER.fullmatch(part) for part in re.split(r", | and ", text)):
        said = re.sub(r"(?<=\d)[.,](?=\d)", lambda at: "." if at[0] == "," else ",", said)
    said = re.sub(r"(?<=\d)%", " %", said)
    said = re.sub(r" and (\d+) more$", r" y \1 más", said)
    said = re.sub(r"€/MWh from (\d{4}-\d{2}-\d{2})", r"€/MWh desde \1", said)
    return re.sub(r" of (?=(?:lun|mar|mié|jue|vie|sáb|dom) )", " del ", said)


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Each form as a pattern; values are as short as they can be."""
    found = []
    for key, (english, _) in FORMS.items():
        parts = [
            re.escape(literal) + (f"(?P<{name}>.+?)" if name else "")
            for literal, name, _, _ in string.Formatter().parse(english)
        ]
        found.append((key.removeprefix("note."), re.compile("".join(parts), re.DOTALL)))
    return tuple(found)
