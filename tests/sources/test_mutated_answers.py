"""Answers damaged in any way: values or an error of the tree, never anything else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chocolate_factory.errors import SourceError
from chocolate_factory.market.series import Observations
from chocolate_factory.simulation import esios, omie, redata
from chocolate_factory.simulation.market import SimulatedMarket
from chocolate_factory.simulation.power_system import SimulatedPowerSystem
from chocolate_factory.sources.base import Request, Upstream
from chocolate_factory.sources.esios_live import EsiosArchive, EsiosIndicator
from chocolate_factory.sources.omie_live import Omie
from chocolate_factory.sources.ree import Ree
from chocolate_factory.sources.ree_demand import ReeDemand
from chocolate_factory.sources.ree_generation import ReeGeneration

NOW = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
PIECES = (
    b"null", b"NaN", b"-1e999", b"1" * 400, b'"', b"{", b"[]", b"<html>", b"\x00", b"\xff", b",",
    b";", b"-", b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:59-14:00", b'"\\ud800"', b"\r\n",
    b"2025-10-26T00:07:30.500+02:00", b"99", b"true", b'{"errors":[{"status":500}]}',
)  # fmt: skip

Damage = Callable[[bytes], bytes]
DAY = date(2025, 10, 26)
UPSTREAMS: dict[str, Upstream] = {
    upstream.feed: upstream
    for upstream in (
        Ree(), ReeGeneration(), ReeDemand(), EsiosArchive(), Omie(),
        EsiosIndicator(number=600, token="t"), EsiosIndicator(number=1775, token="t"),  # noqa: S106
    )
}  # fmt: skip


@cache
def whole(feed: str) -> bytes:
    """What the simulation answers to the question of a feed for the day of 25 hours."""
    market = SimulatedMarket(1)
    system = SimulatedPowerSystem(market)
    request: Request = UPSTREAMS[feed].request(DAY, DAY)
    path = "/" + request.url.split("/", 3)[3]
    query, key = dict(request.params), {"x-api-key": "t"}
    if path.startswith(redata.PREFIXES):
        return redata.answer(path, query, market, system, now=NOW).body
    if path in omie.PATHS:
        return omie.answer(path, query, market, now=NOW).body
    return esios.answer(path, query, key, market, system, now=NOW, token="t").body  # noqa: S106


@st.composite
def damages(draw: st.DrawFn) -> Damage:
    """One to three cuts, doublings and insertions at any place."""
    steps = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["cut off", "take out", "double", "put in", "put over"]),
                st.floats(0, 1),
                st.integers(1, 400),
                st.sampled_from(PIECES),
            ),
            min_size=1,
            max_size=3,
        )
    )

    def damage(body: bytes) -> bytes:
        for what, where, length, piece in steps:
            at = int(where * len(body))
            before, part, after = body[:at], body[at : at + length], body[at + length :]
            body = {
                "cut off": before,
                "take out": before + after,
                "double": before + part + part + after,
                "put in": before + piece + part + after,
                "put over": before + piece + after,
            }[what]
        return body

    return damage


def check(upstream: Upstream, body: bytes) -> None:
    try:
        told = upstream.parse(body, received_at=NOW)
    except SourceError:
        pass
    else:
        assert isinstance(told, tuple)
        assert all(isinstance(batch, Observations) and len(batch) for batch in told)
    assert isinstance(upstream.classify(400, body), SourceError)


@pytest.mark.parametrize("feed", UPSTREAMS)
def test_the_whole_answer_is_read(feed: str) -> None:
    assert UPSTREAMS[feed].parse(whole(feed), received_at=NOW)


@pytest.mark.parametrize("feed", UPSTREAMS)
@given(damage=damages())
@settings(max_examples=60)
def test_a_damaged_simulated_answer_is_values_or_an_error_of_the_tree(
    feed: str, damage: Damage
) -> None:
    check(UPSTREAMS[feed], damage(whole(feed)))


RECORDED = (
    ("ree-prices", "ree_apidatos/precios-mercados-tiempo-real_2026-07-26_ABRIDGED.json"),
    ("ree-generation", "ree_apidatos/estructura-generacion_ccaa7_month_2024-01_2024-02.json"),
    ("ree-demand", "ree_apidatos/demanda-tiempo-real_2022-09-12_first4.json"),
    ("esios-archive-70", "esios/PVPC_CURV_DD_2021_10_31.json"),
    ("esios-spot", "esios/PRICES_ESIOS_1739_2021_10_31.json"),
    ("omie", "omie/marginalpdbc_20241027.1"),
)


@given(choice=st.sampled_from(RECORDED), damage=damages())
@settings(max_examples=150)
def test_a_damaged_recorded_answer_is_values_or_an_error_of_the_tree(
    shared: Path, choice: tuple[str, str], damage: Damage
) -> None:
    feed, name = choice
    check(UPSTREAMS[feed], damage((shared / "samples" / name).read_bytes()))
