"""Models measured on stored prices: what is kept of it, and what is known to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pytest

from chocolate_factory.errors import ModelNotFitted, RequestInvalid, StoreError
from chocolate_factory.forecasting import Input, extras
from chocolate_factory.forecasting.issue import known_columns
from chocolate_factory.forecasting.layout import slots
from chocolate_factory.forecasting.registry import columns_seen, model_named
from chocolate_factory.market.calendar import local_days, local_hours, local_instants
from chocolate_factory.market.catalog import DAY_AHEAD, GAS, PVPC, SPOT, spec
from chocolate_factory.market.series import Kind, Observations, SeriesKey
from chocolate_factory.oversight import BacktestAsked, checked, measure, newest_backtest
from chocolate_factory.oversight.vintages import Information, inputs_in_time
from chocolate_factory.store.base import Event, Store

NOW = datetime(2025, 11, 2, 12, tzinfo=UTC)
ASKED = BacktestAsked(
    "pvpc", date(2025, 10, 10), date(2025, 10, 23), 48, 1, ("naive", "similar-day")
)


@pytest.fixture
def store(empty: Store) -> Store:
    """Nothing but what a test puts there."""
    return empty


def prices(key: SeriesKey = PVPC, *, last: date = date(2025, 11, 1)) -> Observations:
    """Whole days of prices that move from day to day, in the unit of their series."""
    about = spec(key)
    start, resolution_s = about.grid(date(2025, 7, 1), last)
    day = local_days(start).astype(np.int64)
    level = np.random.default_rng(3).normal(0, 0.02, 40_000)[day]
    value = 0.1 + 0.03 * np.sin(local_hours(start) / 4) + level
    return Observations(
        key, "ree", Kind.PUBLISHED, start, resolution_s,
        value * (1000.0 if key == SPOT else 1.0), about.inferred_available_at(start),
        np.ones(start.size, dtype=bool),
    )  # fmt: skip


def without(batch: Observations, day: date) -> Observations:
    """The same but for one day."""
    kept = local_days(batch.start) != np.datetime64(day)
    return replace(
        batch, start=batch.start[kept], resolution_s=batch.resolution_s[kept],
        value=batch.value[kept], available_at=batch.available_at[kept],
        inferred=batch.inferred[kept],
    )  # fmt: skip


def run(store: Store, asked: BacktestAsked = ASKED, *, now: datetime = NOW):
    steps: list[tuple[int, int]] = []
    told = measure(
        store, checked(asked), now=now,
        progress=lambda done, total: steps.append((done, total)), spread=map,
    )  # fmt: skip
    return told, steps


def test_what_is_measured_is_kept_and_read_back_the_same(store: Store) -> None:
    """The prices of its second day are not stored."""
    hole = ASKED.first + timedelta(days=1)
    store.append([without(prices(), hole), prices(SPOT)], now=NOW)
    assert newest_backtest(store, as_of=NOW) is None
    told, steps = run(store)
    assert newest_backtest(store, as_of=NOW) == told
    assert steps[-1] == (len(steps), len(steps))
    assert (told.unit, told.inputs, told.simulated) == ("EUR/kWh", {"spot": 0}, False)
    assert (told.history_first, told.history_last) == (date(2025, 7, 1), date(2025, 10, 25))
    assert [one.model for one in told.summary] == ["naive", "similar-day"]
    assert told.summary[0].origins == 14
    assert told.comparisons[0].origins == 14
    (note,) = told.notes
    assert note.endswith(f"the one before is not complete: {hole + timedelta(days=1)}")


def test_the_newest_of_several_is_the_one_that_is_read(store: Store) -> None:
    store.append([prices()], now=NOW)
    run(store)
    after = NOW + timedelta(minutes=5)
    later, _ = run(store, replace(ASKED, horizon_h=24), now=after)
    kept = newest_backtest(store, as_of=after)
    assert kept == later
    assert kept is not None
    assert kept.asked.horizon_h == 24


def test_a_known_spot_is_an_input_for_the_first_day(store: Store) -> None:
    store.append([prices(), prices(SPOT)], now=NOW)
    told, _ = run(store, replace(ASKED, information="spot-known"))
    assert told.inputs == {"spot": 24}
    assert told.notes == ()


def test_a_spot_that_is_not_stored_cannot_be_known(store: Store) -> None:
    store.append([prices()], now=NOW)
    with pytest.raises(RequestInvalid, match="no spot is stored"):
        run(store, replace(ASKED, information="spot-known"))


def test_without_prices_nothing_is_measured_and_nothing_kept(store: Store) -> None:
    long_ago = replace(ASKED, first=date(2020, 1, 1), last=date(2020, 1, 9))
    with pytest.raises(RequestInvalid, match="no price is stored"):
        run(store, long_ago)
    assert newest_backtest(store, as_of=NOW) is None


def test_too_little_history_says_how_much_is_needed(store: Store) -> None:
    store.append([prices()], now=NOW)
    with pytest.raises(ModelNotFitted, match="complete days of history"):
        run(store, replace(ASKED, first=date(2025, 7, 9), last=date(2025, 7, 12)))


def test_a_result_of_another_version_is_named(store: Store) -> None:
    store.save_event(Event("backtest-x", "backtest", NOW, '{"unit": "EUR/kWh"}'))
    with pytest.raises(StoreError, match="backtest-x is not of this version"):
        newest_backtest(store, as_of=NOW)


def test_what_was_asked_can_be_taken_up_from_its_texts() -> None:
    assert BacktestAsked.of_texts(ASKED.texts()) == ASKED


def test_an_extra_that_is_absent_is_told_before_anything_begins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    with pytest.raises(ModelNotFitted, match=r'pip install "chocolate-factory\[lstm\]"'):
        checked(replace(ASKED, models=("naive", "lstm")))


WIND = DAY_AHEAD["wind"]


def wind(
    value: float, *, at: time, first: date = date(2025, 7, 1), last: date = date(2025, 11, 1)
) -> Observations:
    """A forecast of wind that was known at ``at`` on the day before, the same in every hour."""
    start, resolution_s = spec(WIND).grid(first, last)
    return Observations(
        WIND, "esios", Kind.FORECAST, start, resolution_s, np.full(start.size, value),
        local_instants(local_days(start) - 1, at), np.zeros(start.size, dtype=bool),
    )  # fmt: skip


def columns(store: Store, information: Information) -> dict[str, Input]:
    told = inputs_in_time(
        store, PVPC, since=datetime(2025, 7, 1, tzinfo=UTC), until=NOW, as_of=NOW,
        information=information,
    )  # fmt: skip
    return {one.name: one for one in told}


def test_a_forecast_between_the_two_prices_is_known_with_the_spot_only(store: Store) -> None:
    store.append([prices(), prices(SPOT), wind(5000.0, at=time(18))], now=NOW)
    leads = {
        information: {name: one.lead_h for name, one in columns(store, information).items()}
        for information in ("before-spot", "spot-known")
    }
    assert leads["before-spot"] == {"spot": 0, WIND.name: 0}
    assert leads["spot-known"] == {"spot": 24, WIND.name: 24}


def test_a_revision_after_the_price_was_due_is_not_what_was_known(store: Store) -> None:
    day = date(2025, 10, 26)  # of 25 hours
    store.append([wind(5000.0, at=time(18))], now=NOW)
    store.append([wind(9000.0, at=time(23), first=day, last=day)], now=NOW)
    told = columns(store, "spot-known")[WIND.name]
    assert set(told.value) == {5000.0}
    assert np.isin(spec(WIND).delivery_starts(day), told.start).all()


def test_a_value_that_came_only_later_is_unknown(store: Store) -> None:
    day = date(2025, 9, 3)
    before, after = day - timedelta(days=1), day + timedelta(days=1)
    store.append(
        [wind(5000.0, at=time(18), last=before), wind(5000.0, at=time(18), first=after)], now=NOW
    )
    store.append([wind(9000.0, at=time(23), first=day, last=day)], now=NOW)
    told = columns(store, "spot-known")[WIND.name]
    assert told.lead_h == 24
    assert not np.isin(spec(WIND).delivery_starts(day), told.start).any()


def test_the_result_says_which_columns_each_model_looked_at(store: Store) -> None:
    store.append([prices(), prices(SPOT), wind(5000.0, at=time(18))], now=NOW)
    told, _ = run(store, replace(ASKED, information="spot-known"))
    assert told.inputs == {"spot": 24, WIND.name: 24}
    assert told.inputs_of == {"naive": {}, "similar-day": {"spot": 24}}
    assert newest_backtest(store, as_of=NOW) == told


def test_of_the_spot_only_what_is_known_ahead_is_looked_at() -> None:
    before, known = {"spot": 0, "wind": 24}, {"spot": 24, "wind": 0}
    assert columns_seen(model_named("champion"), before) == {"wind": 24}
    assert columns_seen(model_named("champion"), known) == known
    assert columns_seen(model_named("ridge"), known) == known
    assert columns_seen(model_named("prophet"), known) == {}


def test_fuel_prices_of_a_day_are_shown_the_day_after(store: Store) -> None:
    about = spec(GAS)
    start, resolution_s = about.grid(date(2025, 10, 20), date(2025, 10, 27))
    gas = Observations(
        GAS, "fuel-file", Kind.PUBLISHED, start, resolution_s, np.arange(8.0),
        about.inferred_available_at(start), np.ones(8, dtype=bool),
    )  # fmt: skip
    store.append([prices(), gas], now=NOW)
    (column,) = inputs_in_time(
        store, PVPC, since=datetime(2025, 10, 1, tzinfo=UTC), until=NOW, as_of=NOW,
        information="before-spot",
    )  # fmt: skip
    shown = dict(zip(local_days(column.start).astype(str), column.value, strict=True))
    assert (column.name, column.lead_h) == ("gas", 0)
    assert (shown["2025-10-21"], shown["2025-10-27"], shown["2025-11-02"]) == (0.0, 6.0, 7.0)
    noon, end = (datetime(2025, 10, 26, hour, tzinfo=UTC) for hour in (12, 23))
    past = slots(store.read(PVPC, NOW - timedelta(days=60), end, as_of=NOW))
    gas_then = store.read(GAS, NOW - timedelta(days=30), NOW, as_of=noon)
    known = known_columns([gas_then], past, noon)
    assert known["gas"].value[-1].tolist() == [5.0] * 24  # of 25 October, the newest that is over


def test_a_fuel_price_that_came_too_late_for_its_origin_was_not_known(store: Store) -> None:
    about = spec(GAS)
    start, resolution_s = about.grid(date(2025, 10, 20), date(2025, 10, 22))
    came = about.inferred_available_at(start)
    came[1] += np.timedelta64(18, "h")  # at 18:00 of the day that would show it
    gas = Observations(
        GAS, "fuel-file", Kind.PUBLISHED, start, resolution_s, np.array([1.0, 2.0, 3.0]), came,
        np.ones(3, dtype=bool),
    )  # fmt: skip
    store.append([prices(), gas], now=NOW)

    def shown(information: Information) -> float:
        (column,) = inputs_in_time(
            store, PVPC, since=datetime(2025, 10, 1, tzinfo=UTC), until=NOW, as_of=NOW,
            information=information,
        )  # fmt: skip
        by_day = dict(zip(local_days(column.start).astype(str), column.value, strict=True))
        return by_day["2025-10-22"]

    assert shown("before-spot") == 1.0
    assert shown("spot-known") == 2.0
