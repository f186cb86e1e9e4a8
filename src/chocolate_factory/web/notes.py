"""What plans, forecasts, bills, runs and refusals say, told again in the reader's language.

A text is a sentence of a known form, or such sentences one after the other (``; `` between them),
each with the place or the name before it that it is about (``line 4: ``, ``ree-prices: ``). What a
form calls ``why`` is such a text again; what it calls ``names`` or ``series`` are series.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from chocolate_factory.web.document_texts import DOCUMENT_MESSAGES
from chocolate_factory.web.note_texts import NOTE_MESSAGES
from chocolate_factory.web.refusal_texts import REFUSAL_MESSAGES
from chocolate_factory.web.run_texts import RUN_MESSAGES
from chocolate_factory.web.texts import LANGUAGES, MESSAGES, Language

FORMS = {**NOTE_MESSAGES, **REFUSAL_MESSAGES, **RUN_MESSAGES, **DOCUMENT_MESSAGES}

_WITHIN = "why"
_OF_SERIES = frozenset({"names", "series"})
_BETWEEN = "; "
_CUT = "…"
_PLACE = re.compile(r"(line|row) (\d+): (.+)", re.DOTALL)
_PLACES = {"line": "línea", "row": "fila"}
_NAMED = re.compile(r"([^\s:;]+): (.+)", re.DOTALL)

_AND_MORE = re.compile(r" and (\d+) more$")

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
    return next(_readings(text), None)


def _readings(text: str) -> Iterator[Note]:
    for code, pattern in _patterns():
        found = pattern.fullmatch(text)
        if found:
            yield Note(code, found.groupdict())


def in_spanish(text: str) -> str | None:
    """The text in Spanish, or None if something in it is not known."""
    return _told(text, "es")


def in_english(text: str) -> str:
    """The text as it is, but for series: they are called as on the page."""
    return _told(text, "en") or text


def _told(text: str, language: Language) -> str | None:
    at = text.find(_BETWEEN)
    while at >= 0:
        first = _sentence(text[:at], language)
        if first is not None:
            rest = text[at + len(_BETWEEN) :]
            others = _told(rest, language) or (_CUT if rest.endswith(_CUT) else None)
            if others is not None:
                return f"{first}{_BETWEEN}{others}"
        at = text.find(_BETWEEN, at + 1)
    return _sentence(text, language)


def _sentence(text: str, language: Language) -> str | None:
    placed = _PLACE.fullmatch(text)
    if placed is not None:
        rest = _told(placed[3], language)
        word = placed[1] if language == "en" else _PLACES[placed[1]]
        return None if rest is None else f"{word} {placed[2]}: {rest}"
    for note in _readings(text):
        said = _said(note, language)
        if said is not None:
            return said
    named = _NAMED.fullmatch(text)
    rest = None if named is None else _told(named[2], language)
    return None if named is None or rest is None else f"{_series(named[1], language)}: {rest}"


def _said(note: Note, language: Language) -> str | None:
    told = {}
    for name, value in note.values.items():
        said: str | None = value
        if name == _WITHIN:
            said = _told(value, language)
        elif name in _OF_SERIES:
            said = _all_series(value, language)
        elif language == "es":
            said = _value(value)
        if said is None:
            return None
        told[name] = said
    return FORMS[f"note.{note.code}"][LANGUAGES.index(language)].format(**told)


def _all_series(listed: str, language: Language) -> str:
    """Some series one after the other, and how many more there are, if it says so."""
    named = _AND_MORE.split(listed)[0]
    more = listed.removeprefix(named)
    said = ", ".join(_series(one, language) for one in named.split(", "))
    return said + (_value(more) if language == "es" else more)


def _series(name: str, language: Language) -> str:
    """A series as it is called within a sentence, with its place if one stands there; anything
    else as it is."""
    key, at, place = name.partition("@")
    if f"series.{key}" not in MESSAGES:
        return name
    said = MESSAGES[f"series.{key}"][LANGUAGES.index(language)]
    said = said if said[1].isupper() else said[0].lower() + said[1:]
    return f"{said} ({place})" if at else said


def _value(text: str) -> str:
    """Days and months of a value as Spanish writes them, and decimals where it is numbers: names
    of files, products, tariffs and versions stay as they are."""
    said = _WHEN.sub(lambda at: f"{_DAYS[at[1]]} {at[2]} {_MONTHS[at[3]]}", text)
    if all(_NUMBER.fullmatch(part) for part in re.split(r", | and ", text)):
        said = re.sub(r"(?<=\d)[.,](?=\d)", lambda at: "." if at[0] == "," else ",", said)
    said = re.sub(r"(?<=\d)%", " %", said)
    said = _AND_MORE.sub(r" y \1 más", said)
    said = re.sub(r"\b(\d+) of (\d+) batches of ", r"\1 de \2 lotes de ", said)
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
