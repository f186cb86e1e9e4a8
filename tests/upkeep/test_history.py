"""History: newest first, both witnesses where needed, once, and on from where it stopped."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from chocolate_factory.market.calendar import delivery_day, local_midnight
from chocolate_factory.market.catalog import PVPC, SPOT, spec
from chocolate_factory.market.gaps import find_gaps
from chocolate_factory.simulation.faults import Service, outage
from chocolate_factory.upkeep import fill_history

FIRST = date(2024, 9, 22)  # 400 days before the day of the tests


def missing(world, key):
    begin, end = local_midnight(FIRST), local_midnight(date(2025, 10, 28))
    series = world.store.read(key, begin, end, as_of=world.now)
    return find_gaps(
        spec(key), series.start, series=str(key), first=FIRST, last=date(2025, 10, 27),
        as_of=world.now,
    ).gaps  # fmt: skip


def supplies(world):
    return (world.pvpc, world.spot)


def test_an_empty_store_is_filled_back_to_the_history_wanted(world):
    done = fill_history(supplies(world), world.store, now=world.now, reached={})
    assert done.complete
    assert done.reached == {"pvpc": FIRST, "spot": FIRST}
    assert missing(world, PVPC) == missing(world, SPOT) == ()


def test_prices_of_both_series_come_with_one_question_and_the_second_witness_is_spared(world):
    done = fill_history(supplies(world), world.store, now=world.now, reached={})
    assert world.services.asked.get(Service.OMIE, 0) == 0
    assert done.collected.asked == world.services.asked[Service.REE] <= 16


def test_the_newest_weeks_come_first(world):
    told = []
    fill_history(
        supplies(world), world.store, now=world.now, reached={},
        tell=lambda done, total, detail="": told.append((done, total, detail)),
    )  # fmt: skip
    days = [detail.split()[1] for _, _, detail in told]
    assert days == sorted(days, reverse=True)
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert all(done <= total for done, total, _ in told)


def test_what_has_been_asked_for_is_not_asked_for_again(world):
    done = fill_history(supplies(world), world.store, now=world.now, reached={})
    before = dict(world.services.asked)
    again = fill_history(supplies(world), world.store, now=world.now, reached=done.reached)
    assert again.complete
    assert again.collected.asked == 0
    assert dict(world.services.asked) == before


def test_an_outage_of_one_source_is_bridged_by_the_other(world):
    day = timedelta(days=1)
    world.network(faults=outage(world.now - day, world.now + day, services=[Service.REE]))
    short = [
        type(s)(s.name, s.keys, s.feeds, s.recent, timedelta(days=20), s.ahead)
        for s in supplies(world)
    ]
    done = fill_history(short, world.store, now=world.now, reached={})
    assert done.complete
    assert world.services.asked[Service.OMIE] >= 20


def test_when_all_is_down_the_place_is_kept_for_the_next_time(world):
    day = timedelta(days=1)
    world.network(faults=outage(world.now - day, world.now + day))
    done = fill_history(supplies(world), world.store, now=world.now, reached={})
    assert not done.complete
    assert done.collected.faults
    assert done.reached["pvpc"] == delivery_day(world.now) + day
    world.network()
    assert fill_history(supplies(world), world.store, now=world.now, reached=done.reached).complete


def test_forecasting_can_start_after_the_first_window(world):
    stored = []

    def after_window(_reached):
        begin = datetime(2020, 1, 1, tzinfo=UTC)
        stored.append(len(world.store.read(PVPC, begin, world.now, as_of=world.now)))

    fill_history(supplies(world), world.store, now=world.now, reached={}, after_window=after_window)
    assert stored[0] >= 80 * 24
    assert stored == sorted(stored)
