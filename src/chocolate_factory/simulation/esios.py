"""The simulated market in the wire formats of ESIOS: addresses, the key, the PVPC day file.

Faithful in what goes wrong there: hour labels run to ``24-25``, and a day that is not published is
a message with HTTP 200. The indicators are in ``simulation.esios_indicators``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime

from chocolate_factory.market.calendar import HOUR, day_bounds
from chocolate_factory.market.catalog import PVPC
from chocolate_factory.market.tariff import Tariff, toll_eur_kwh
from chocolate_factory.simulation.answer import KEY, Answer, Query, as_json, no_such_page
from chocolate_factory.simulation.esios_indicators import indicator
from chocolate_factory.simulation.market import SimulatedMarket
from chocolate_factory.simulation.power_system import SimulatedPowerSystem
from chocolate_factory.simulation.publication import YEARS, prices

ARCHIVE_PATH = "/archives/70/download_json"
INDICATORS_PREFIX = "/indicators/"
_INDICATOR = re.compile(rf"{INDICATORS_PREFIX}(\d{{1,5}})")


def answer(
    path: str,
    query: Query,
    headers: Mapping[str, str],
    market: SimulatedMarket,
    system: SimulatedPowerSystem,
    *,
    now: datetime,
    token: str = KEY,
) -> Answer:
    """What ESIOS says at ``now`` to a GET of ``path``.

    Indicators want ``token`` in the header ``x-api-key``; the archive wants nothing.
    """
    if path == ARCHIVE_PATH:
        return archive(query, market, now=now)
    asked = _INDICATOR.fullmatch(path)
    if asked is None:
        return no_such_page()
    given = {name.lower(): value for name, value in headers.items()}
    if given.get("x-api-key") != token:
        return Answer(401, b"HTTP Token: Access denied.\n", "text/html; charset=utf-8")
    return indicator(int(asked[1]), query, market, system, now=now)


def archive(query: Query, market: SimulatedMarket, *, now: datetime) -> Answer:
    """Archive 70 of the day ``date``: a row for each hour, prices as texts with a comma."""
    try:
        day = date.fromisoformat(query.get("date", ""))
    except ValueError:
        return as_json(400, {"message": "Invalid date"}, escape=False)
    start, end = day_bounds(day)
    told = prices(PVPC, market, start, end - HOUR, now=now) if day.year in YEARS else None
    if told is None:
        return as_json(200, {"message": "No values for specified archive"}, escape=False)
    toll_eur_mwh = 1000 * toll_eur_kwh(Tariff.TD20, told.start)
    rows = [
        {
            "Dia": f"{day:%d/%m/%Y}",
            "Hora": f"{hour:02d}-{hour + 1:02d}",
            "PCB": _comma(price),
            "CYM": _comma(price),
            "TEUPCB": _comma(toll),
            "TEUCYM": _comma(toll),
        }
        for hour, (price, toll) in enumerate(zip(told.value, toll_eur_mwh, strict=True))
    ]
    return as_json(200, {"PVPC": rows}, escape=False)


def _comma(value: float) -> str:
    return f"{value:.2f}".replace(".", ",")
