"""The simulated day-ahead market as OMIE's ``marginalpdbc`` files: Portugal first, Spain second.

Most days exist as version 1, a few only as version 2 or 3. A file that is not there is a web page
with HTTP 200.
"""

from __future__ import annotations

import re
import zlib
from datetime import UTC, date, datetime

from chocolate_factory.market.calendar import QUARTER, day_bounds
from chocolate_factory.market.catalog import SPOT
from chocolate_factory.simulation.answer import Answer, Query, no_such_page
from chocolate_factory.simulation.market import SimulatedMarket
from chocolate_factory.simulation.publication import YEARS, portugal_eur_mwh, prices

PATHS = tuple(f"/{tongue}/file-download" for tongue in ("es", "en", "pt"))
_NAME = re.compile(r"marginalpdbc_(\d{8})\.(\d)", re.ASCII)
_PAGE = (
    '<!DOCTYPE html>\n<html lang="es"><head><title>OMIE</title></head>'
    "<body>El fichero solicitado no existe</body></html>\n"
)


def answer(path: str, query: Query, market: SimulatedMarket, *, now: datetime) -> Answer:
    """What OMIE says at ``now`` to a GET of ``path``, one of ``PATHS``."""
    if path not in PATHS:
        return no_such_page()
    asked = _NAME.fullmatch(query.get("filename", ""))
    if asked is None or query.get("parents") != "marginalpdbc":
        return _missing()
    try:
        day = datetime.strptime(asked[1], "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError:
        return _missing()
    if day.year not in YEARS or int(asked[2]) != version(day, market.seed):
        return _missing()
    start, end = day_bounds(day)
    told = prices(SPOT, market, start, end - QUARTER, now=now)
    if told is None:
        return _missing()
    portugal = portugal_eur_mwh(market, told.start, told.value)
    rows = [
        f"{day:%Y;%m;%d};{period};{_point(pt)};{_point(es)};"
        for period, (pt, es) in enumerate(zip(portugal, told.value, strict=True), 1)
    ]
    text = "\r\n".join(["MARGINALPDBC;", *rows, "*", ""])
    return Answer(200, text.encode("ascii"), "text/plain")


def version(day: date, seed: int) -> int:
    """The only version in which the file of ``day`` exists: 1, on one day in 40 2 or 3."""
    draw = zlib.crc32(f"{seed} {day}".encode()) % 200
    return 3 if draw == 0 else 2 if draw < 5 else 1


def _point(price_eur_mwh: float) -> str:
    """Two decimals at most, zeros at the end dropped: ``105.1``, ``50``, ``-4``."""
    text = f"{price_eur_mwh:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _missing() -> Answer:
    return Answer(200, _PAGE.encode(), "text/html; charset=UTF-8")
