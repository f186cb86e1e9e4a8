"""Collecting: only what is due and missing is asked for, from every witness of a price."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from chocolate_factory import pipeline
from chocolate_factory.errors import NotPublished, SourceUnavailable
from chocolate_factory.market.calendar import day_bounds
from chocolate_factory.market.catalog import PVPC, SPOT
from chocolate_factory.simulation.corrections import Publishing
from chocolate_factory.simulation.faults import Fault, FaultKind, Service, every, outage
from chocolate_factory.sources.transport import DEFAULT_LIMITS, LocalNetwork, Transport
from chocolate_factory.upkeep import (
    ask_again,
    collect,
    collect_from,
    days_due,
    disagreements,
    spans,
)

AT_ONCE = replace(DEFAULT_LIMITS, attempts=1, spacing_s=0.0)
YESTERDAY, TODAY, TOMORROW = (date(2025, 10, day) for day in (26, 27, 28))


def held(world, key, day, source=None):
    begin, end = day_bounds(day)
    return world.store.read(key, begin, end, as_of=world.now, source=source)


def test_a_day_of_25_hours_comes_whole_from_both_witnesses_and_they_agree(world):
    told = collect(world.spot, world.store, first=YESTERDAY, last=TODAY, now=world.now)
    assert (told.faults, told.absent) == ((), 0)
    for source in ("simulation:ree", "simulation:omie"):
        assert len(held(world, SPOT, YESTERDAY, source)) == 100
    assert disagreements(world.store, first=YESTERDAY, last=TODAY, as_of=world.now) == ()


def test_nothing_is_asked_for_what_is_stored(world):
    collect(world.spot, world.store, first=YESTERDAY, last=TODAY, now=world.now)
    before = dict(world.services.asked)
    again = collect(world.spot, world.store, first=YESTERDAY, last=TODAY, now=world.now)
    assert (again.asked, dict(world.services.asked)) == (0, before)


def test_tomorrow_is_asked_for_only_once_it_is_due(world):
    due = days_due(world.ree, (SPOT,), world.store, first=TOMORROW, last=TOMORROW, now=world.now)
    assert due == ()
    world.now = datetime(2025, 10, 27, 12, tzinfo=UTC)  # 13:00 in Madrid
    due = days_due(world.ree, (SPOT,), world.store, first=TOMORROW, last=TOMORROW, now=world.now)
    assert due == (TOMORROW,)


def test_a_gap_inside_a_stored_span_is_found_and_nothing_else_is_asked_for(world):
    for day in (date(2025, 10, 20), date(2025, 10, 22)):
        collect_from(world.ree, world.store, [day], now=world.now)
    due = days_due(
        world.ree, (PVPC,), world.store, first=date(2025, 10, 20), last=date(2025, 10, 22),
        now=world.now,
    )  # fmt: skip
    assert due == (date(2025, 10, 21),)


def test_the_second_witness_fills_in_while_the_first_is_down(world):
    day = timedelta(days=1)
    world.network(faults=outage(world.now - day, world.now + day, services=[Service.REE]))
    told = collect(world.spot, world.store, first=YESTERDAY, last=TODAY, now=world.now)
    assert isinstance(told.faults[0], SourceUnavailable)
    assert len(held(world, SPOT, YESTERDAY)) == 100
    told.require_success()


def test_when_every_source_is_down_the_fault_is_raised(world):
    world.network(faults=every(Fault(FaultKind.RESET)))
    told = collect(world.spot, world.store, first=YESTERDAY, last=TODAY, now=world.now)
    with pytest.raises(SourceUnavailable):
        told.require_success()
    assert len(held(world, SPOT, YESTERDAY)) == 0


def test_days_before_a_service_began_are_not_asked_for(world):
    due = days_due(
        world.archive, (PVPC,), world.store, first=date(2021, 5, 30), last=date(2021, 6, 1),
        now=world.now,
    )  # fmt: skip
    assert due == (date(2021, 6, 1),)


def test_asking_again_changes_nothing_while_nothing_was_revised(world):
    collect(world.pvpc, world.store, first=YESTERDAY, last=TODAY, now=world.now)
    again = ask_again(world.pvpc, world.store, first=YESTERDAY, last=TODAY, now=world.now)
    assert again.asked > 0
    assert (again.new, again.revised) == (0, 0)


def test_a_source_asked_only_in_need_is_asked_again_for_the_days_it_told(world):
    """Both witnesses are down when it tells a price that is corrected later."""
    publishing = Publishing(seed=1, late_share=0.0, revised_share=1.0)
    first_said = publishing.published_at(SPOT, TODAY) + timedelta(minutes=5)
    corrected = publishing.corrected_at(SPOT, TODAY) + timedelta(hours=1)
    down = outage(
        first_said - timedelta(days=1), first_said + timedelta(minutes=30),
        services=[Service.REE, Service.OMIE],
    )  # fmt: skip
    world.now = first_said
    world.network(faults=down, publishing=publishing)
    collect(world.spot_in_need, world.store, first=TODAY, last=TODAY, now=world.now)
    before = held(world, SPOT, TODAY)
    assert set(before.source) == {"simulation:esios"}
    world.now = corrected
    ask_again(world.spot_in_need, world.store, first=YESTERDAY, last=TODAY, now=world.now)
    esios = held(world, SPOT, TODAY, "simulation:esios")
    assert esios.value == pytest.approx(held(world, SPOT, TODAY, "simulation:omie").value)
    assert len(esios) == 96
    assert (esios.value != before.value).all()
    assert len(held(world, SPOT, YESTERDAY, "simulation:esios")) == 0


def test_a_value_outside_the_bounds_is_a_fault_and_the_other_days_are_kept(world):
    services = world.services

    def absurd_on_the_22nd(method, url, headers):
        status, said, body = services(method, url, headers)
        document = json.loads(body)
        for entry in document["included"]:
            for value in entry["attributes"]["values"]:
                if value["datetime"].startswith("2025-10-22"):
                    value["value"] = 1e6
        return status, said, json.dumps(document).encode()

    world.transport = Transport(AT_ONCE, network=LocalNetwork(absurd_on_the_22nd))
    days = [date(2025, 10, day) for day in range(20, 25)]
    outcome = collect_from(world.ree, world.store, days, now=world.now)
    assert len(outcome.faults) == 1
    assert [len(held(world, SPOT, day)) for day in days] == [96, 96, 0, 96, 96]


def test_consecutive_days_are_asked_in_the_largest_spans_newest_first():
    days = [date(2025, 1, day) for day in (1, 2, 3, 5, 6, 7, 8)]
    assert list(spans(days, 3)) == [
        (date(2025, 1, 6), date(2025, 1, 8)),
        (date(2025, 1, 5), date(2025, 1, 5)),
        (date(2025, 1, 1), date(2025, 1, 3)),
    ]
    assert list(spans([], 3)) == []


def test_two_sources_that_differ_are_reported_with_what_each_said(world):
    collect(world.spot, world.store, first=TODAY, last=TODAY, now=world.now)
    told = world.omie.source.fetch(TODAY, TODAY, now=world.now)[0]
    value = told.value.copy()
    value[7] += 12.5
    lied = type(told)(
        told.key, told.source, told.kind, told.start, told.resolution_s, value,
        told.available_at, told.inferred,
    )  # fmt: skip
    world.now += timedelta(hours=1)
    pipeline.take_in(world.store, [lied], now=world.now)
    (found,) = disagreements(world.store, first=TODAY, last=TODAY, as_of=world.now)
    assert found.difference == pytest.approx(12.5)
    assert found.values["simulation:omie"] - found.values["simulation:ree"] == pytest.approx(12.5)
    assert found.start == datetime(2025, 10, 27, 0, 45, tzinfo=UTC)


def test_a_source_that_has_nothing_yet_says_so(world):
    world.now = datetime(2025, 10, 27, 11, 59, tzinfo=UTC)
    with pytest.raises(NotPublished):
        world.omie.source.fetch(TOMORROW, TOMORROW, now=world.now)
