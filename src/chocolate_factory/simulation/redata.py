"""The simulated market and power system in the wire format of REE's REData.

Three widgets: prices, demand in real time, structure of generation. Values appear at their
publication time (``market.catalog``); measured demand does when its five minutes are over.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from chocolate_factory.market.calendar import delivery_day, to_datetime64
from chocolate_factory.market.catalog import DAY_AHEAD, GENERATION, PVPC, SPOT, spec
from chocolate_factory.simulation.answer import Answer, Query
from chocolate_factory.simulation.market import SimulatedMarket
from chocolate_factory.simulation.power_system import DEMAND_STEP, SimulatedPowerSystem
from chocolate_factory.simulation.publication import Told, prices, public_days
from chocolate_factory.simulation.redata_envelope import Shown, Widget, refused

PREFIXES = ("/es/datos/", "/en/datos/")
"""Beginnings of the addresses of REData; ``answer`` knows what follows."""

PATHS = tuple(f"{prefix}mercados/precios-mercados-tiempo-real" for prefix in PREFIXES)
"""Addresses of the price widget."""

_PENINSULA = {"geo_trunc": "electric_system", "geo_limit": "peninsular", "geo_ids": "8741"}

PRICES = Widget(
    "mer13",
    "Precios mercado peninsular en tiempo real",
    "hour",
    timedelta(days=31),
    magnitude="price",
)
_PRICES_SHOWN = (
    (PVPC, Shown("1001", "PVPC", "#ffcf09")),
    (SPOT, Shown("600", "Precio mercado spot", "#d90000")),
)

DEMAND = Widget("dem15", "Demanda peninsular en tiempo real", "hour", timedelta(days=31))
_REAL = Shown("1293", "Demanda real", "#ffea00")
_PROGRAMMED = Shown("545", "Demanda programada", "#e90b0b")
_FORESEEN = Shown("544", "Demanda prevista", "#41d641")

GENERATION_STRUCTURE = Widget("gen1", "Generación por tecnología", "day", timedelta(days=366))
_TECHNOLOGIES = {
    "hydro": Shown("10330", "Hidráulica", "#0090d1", "Renovable"),
    "pumped": Shown("1446", "Turbinación bombeo", "#007cf9", "No-Renovable"),
    "nuclear": Shown("1695", "Nuclear", "#464394", "No-Renovable"),
    "coal": Shown("10331", "Carbón", "#993300", "No-Renovable"),
    "combined_cycle": Shown("1703", "Ciclo combinado", "#ffcc66", "No-Renovable"),
    "wind": Shown("10333", "Eólica", "#6fb114", "Renovable"),
    "solar_pv": Shown("1707", "Solar fotovoltaica", "#e48500", "Renovable"),
    "solar_thermal": Shown("1708", "Solar térmica", "#ff0000", "Renovable"),
    "other_renewable": Shown("10334", "Otras renovables", "#9a5cbc", "Renovable"),
    "cogeneration": Shown("10335", "Cogeneración", "#cfa2ca", "No-Renovable"),
    "waste": Shown("10336", "Residuos no renovables", "#8bbe1b", "No-Renovable"),
    "total": Shown("10338", "Generación total", "#2b2e34", "total"),
}


def answer(
    path: str,
    query: Query,
    market: SimulatedMarket,
    system: SimulatedPowerSystem,
    *,
    now: datetime,
) -> Answer:
    """What REData says at ``now`` to a GET of ``path``, which begins with one of ``PREFIXES``."""
    widget = path.split("/", 3)[-1]
    if widget == "mercados/precios-mercados-tiempo-real":
        return price_widget(query, market, now=now)
    if widget == "demanda/demanda-tiempo-real":
        return demand_widget(query, system, now=now)
    if widget == "generacion/estructura-generacion":
        return generation_widget(query, system, now=now)
    return refused()


def price_widget(query: Query, market: SimulatedMarket, *, now: datetime) -> Answer:
    """PVPC and spot [EUR/MWh] at ``now``: an envelope with the series published, or HTTP 400."""
    span = PRICES.span(query)
    if span is None:
        return refused()
    return PRICES.answer(
        [(shown, prices(key, market, *span, now=now)) for key, shown in _PRICES_SHOWN]
    )


def demand_widget(query: Query, system: SimulatedPowerSystem, *, now: datetime) -> Answer:
    """Demand [MW] every 5 minutes, though hours are asked for: measured, programmed, foreseen.

    Measured up to ``now``; the others as far as a forecast for the day is public.
    """
    span = DEMAND.span(query)
    if span is None:
        return refused()
    start, end = span
    first, last = delivery_day(start), delivery_day(min(end, now))
    real = None
    if first <= last:
        starts, real_mw = system.demand(first, last)
        over = starts + np.timedelta64(DEMAND_STEP, "s") <= to_datetime64(now)
        real = Told(starts[over], real_mw[over], now).between(start, end)
    days = public_days(spec(DAY_AHEAD["demand"]), start, end, now=now)
    programmed = foreseen = None
    if days:
        programmed = Told(*system.demand_programmed(days[0], days[-1]), now).between(start, end)
        foreseen = Told(*system.demand_foreseen(days[0], days[-1]), now).between(start, end)
    return DEMAND.answer([(_REAL, real), (_PROGRAMMED, programmed), (_FORESEEN, foreseen)])


def generation_widget(query: Query, system: SimulatedPowerSystem, *, now: datetime) -> Answer:
    """Energy of each day [MWh] by technology, ragged, with the row of the total.

    Only the peninsula is simulated: another system, and the whole country, are refused.
    """
    span = GENERATION_STRUCTURE.span(query)
    if span is None or any(query.get(name) != value for name, value in _PENINSULA.items()):
        return refused()
    rule = spec(GENERATION["total"])
    days = public_days(rule, *span, now=now)
    if not days:
        return refused()
    midnights, energy = system.generation(days[0], days[-1])
    updated_at = rule.published_at(days[-1])
    columns = []
    for technology, shown in _TECHNOLOGIES.items():
        there = ~np.isnan(energy[technology])
        told = Told(midnights[there], energy[technology][there], updated_at)
        columns.append((shown, told.between(*span)))
    return GENERATION_STRUCTURE.answer(columns)
