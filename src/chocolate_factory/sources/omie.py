"""Files of OMIE's day-ahead prices, ``marginalpdbc_YYYYMMDD.v``: bytes → spot price of Spain.

What the rows mean stands in ``sources.omie_rows``; here they are read from a file, whose faults are
named by line. ``v`` is the version: 1, or 2 and 3 for a re-issue. The same files asked live are in
``sources.omie_live``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from chocolate_factory.errors import FileRefused
from chocolate_factory.market.series import Kind
from chocolate_factory.sources import omie_rows
from chocolate_factory.sources.omie_rows import FIRST, SOURCE, SPAIN
from chocolate_factory.sources.reading import Unlike
from chocolate_factory.sources.rows import Parsed, Rows, decode

FORMAT = "OMIE marginalpdbc"

_NAME = re.compile(r"marginalpdbc_(\d{8})\.([1-9]\d{0,2})(\.gz)?", re.IGNORECASE | re.ASCII)


def recognises(data: bytes) -> bool:
    """Whether the first token is OMIE's."""
    return data.lstrip().startswith(FIRST.encode())


def parse(path: Path, data: bytes) -> Parsed:
    """The prices of Spain of one delivery day.

    The version is taken from the file's name: a re-issue counts as known one minute later for each
    version: it revises the first one. ``superseded`` finds files that should not be read at all.

    Raises ``FileRefused`` if the file is cut off (no closing ``*``), holds more than one day or
    another number of periods than the day has, has a decimal comma, or is named after another day.
    """
    try:
        day, reading = omie_rows.prices(decode(path, data.strip()))
    except Unlike as fault:
        hint = ": take the file as it was downloaded, or download it again"
        raise FileRefused(path, fault.reason + hint, line=fault.at, column=fault.column) from None
    named = _NAME.fullmatch(path.name)
    if named and named[1] != f"{day:%Y%m%d}":
        raise FileRefused(path, f"the name says {named[1]}, the rows {day:%Y%m%d}", line=2)
    prices = Rows(
        reading.key,
        SOURCE,
        Kind.PUBLISHED,
        reading.start,
        reading.value,
        reading.at,
        SPAIN,
        resolution_stated=True,
        later=timedelta(minutes=_version(path) - 1),
    )
    faults = tuple(
        FileRefused(path, fault.reason, line=fault.at, column=fault.column)
        for fault in reading.unlike
    )
    return Parsed(FORMAT, len(prices) + len(faults), (prices,), faults)


def superseded(paths: Iterable[Path]) -> dict[Path, Path]:
    """Files of a day of which a later version is among ``paths`` too, each with that version."""
    newest: dict[str, Path] = {}
    versions = [(path, named) for path in paths if (named := _NAME.fullmatch(path.name))]
    for path, named in versions:
        best = newest.setdefault(named[1], path)
        if _version(path) > _version(best):
            newest[named[1]] = path
    return {path: newest[named[1]] for path, named in versions if path != newest[named[1]]}


def _version(path: Path) -> int:
    named = _NAME.fullmatch(path.name)
    return int(named[2]) if named else 1
