"""Forecasts of other things: each lead day sees what was said so long before it, and nothing later.

In most of these tests a value says when it was told, so that what a model sees can be dated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from chocolate_factory.errors import SeriesInvalid
from chocolate_factory.forecasting.boosted import BoostedTrees
from chocolate_factory.forecasting.bridge import BridgedBySpot
from chocolate_factory.forecasting.columns import columns_of
from chocolate_factory.forecasting.foretold import (
    FORETOLD_DAYS,
    LEAST_FORETOLD_DAYS,
    ForetoldInput,
    KnownForetold,
    grown,
    lay_out_foretold,
)
from chocolate_factory.forecasting.inputs import Input, lay_out
from chocolate_factory.forecasting.layout import filled, nan_mean, slots
from chocolate_factory.forecasting.model import Known, Model
from chocolate_factory.forecasting.network import Networks
from chocolate_factory.forecasting.registry import MODELS, columns_seen
from chocolate_factory.forecasting.rolling import Run, forecast_run, plan_runs
from chocolate_factory.forecasting.training import Trained, TrainedPart, roll_back, state_of
from chocolate_factory.market.catalog import PVPC, SPOT, spec
from chocolate_factory.market.clock import MADRID_CLOCK
from chocolate_factory.market.foretold import Foretold
from chocolate_factory.market.series import Floats, Series, SeriesKey

TEMPERATURE = SeriesKey("temperature", "linares")
FIRST, LAST = np.datetime64("2025-10-06"), np.datetime64("2025-11-04")  # the 26th has 25 hours
DAYS = int((LAST - FIRST).astype(int)) + 1
AS_OF = datetime(2025, 11, 3, 19, 55, tzinfo=UTC)
PARTS = {part.name: part for part in MODELS["champion"].parts}
LOOKING = [name for name, part in PARTS.items() if columns_seen(part, {"temperature": 168})]


def told_daily(
    first: np.datetime64,
    last: np.datetime64,
    value: Callable[[np.ndarray, np.ndarray], np.ndarray],
    *,
    most: int = 9,
) -> Foretold:
    """Told at one time of every day about that day and the ``most`` days after it.

    ``value`` gets delivery starts, and how many days before ``AS_OF`` each value was told.
    """
    begin, end = (date.fromisoformat(str(day)) for day in (first, last + most))
    start = spec(TEMPERATURE).grid(begin, end)[0]
    beyond = (MADRID_CLOCK.days(start) - last).astype(int)
    told, before = [], []
    for lead in range(most, -2, -1):
        known = lead - beyond >= 0
        told.append(start[known])
        before.append((lead - beyond)[known])
    starts, days = np.concatenate(told), np.concatenate(before)
    order = np.lexsort((-days, starts))
    starts, days = starts[order], days[order]
    return Foretold(TEMPERATURE, "open-meteo", AS_OF, starts, days, value(starts, days))


def laid(
    told: Foretold, *, first: np.datetime64 = FIRST, last: np.datetime64 = LAST
) -> KnownForetold:
    days = int((last - first).astype(int)) + 1
    given = [ForetoldInput(told, last)]
    return lay_out_foretold(given, first, days, clock=MADRID_CLOCK)["temperature"]


def test_each_lead_day_sees_what_was_said_so_long_before() -> None:
    column = laid(told_daily(FIRST, LAST, lambda _, days: days.astype(float)))
    assert column.value.shape == (FORETOLD_DAYS, DAYS, 24)
    assert column.lead_h == 168
    assert (column.value == np.arange(DAYS)[::-1, None]).all()  # days before the newest origin


def test_it_is_about_the_day_so_many_days_ahead() -> None:
    told = told_daily(FIRST, LAST, lambda start, _: MADRID_CLOCK.days(start).astype(float))
    ahead = np.arange(1, FORETOLD_DAYS + 1)[:, None] + (FIRST + np.arange(DAYS)).astype(float)
    assert (laid(told).value == ahead[:, :, None]).all()


def test_what_was_not_told_anew_still_holds_and_what_came_too_late_never_did() -> None:
    told = told_daily(FIRST, LAST, lambda _, days: days.astype(float))
    lead = told.days_before + (MADRID_CLOCK.days(told.start) - LAST).astype(int)
    kept = np.isin(lead, (0, 4))
    rare = Foretold(
        told.key, told.source, told.as_of, told.start[kept], told.days_before[kept],
        told.value[kept],
    )  # fmt: skip
    column = laid(rare)
    assert np.isnan(column.value[4:]).all()
    for lead in range(1, 5):  # said three days before the origin of lead one, at that of lead four
        before = np.arange(DAYS)[::-1] + 4 - lead
        assert (column.value[lead - 1] == before[:, None]).all()


def test_clocks_that_change_are_as_in_every_column() -> None:
    autumn = laid(told_daily(FIRST, LAST, lambda start, _: start.astype(float)))
    row = int((np.datetime64("2025-10-26") - FIRST).astype(int))
    one, two, three = autumn.value[2, row - 3, 1:4]
    assert two - one == three - two == 1.5 * 3600  # the mean of both
    first, last = np.datetime64("2025-03-20"), np.datetime64("2025-04-02")
    spring = laid(told_daily(first, last, lambda _, days: days * 1.0), first=first, last=last)
    assert np.isnan(spring.value[0, 9, 2])  # of 30 March
    assert np.isfinite(spring.value[0, 9]).sum() == 23


@given(seed=st.integers(0, 2**32 - 1), row=st.integers(0, DAYS - 1), later=st.integers(0, 3))
@hypothesis_settings(max_examples=25)
def test_whatever_a_model_can_see_was_told_by_its_origin(seed: int, row: int, later: int) -> None:
    """Vintages with holes, seen from an earlier day, and from days after it that a spot told."""
    rng = np.random.default_rng(seed)
    told = told_daily(FIRST, LAST, lambda _, days: days.astype(float))
    kept = rng.random(len(told)) < 0.3
    some = Foretold(
        told.key, told.source, told.as_of, told.start[kept], told.days_before[kept],
        told.value[kept],
    )  # fmt: skip
    then = laid(some).until(row).nearer(later).value
    assert then.shape == (FORETOLD_DAYS - later, row + 1 + later, 24)
    known = np.isfinite(then)
    origin = DAYS - 1 - (np.arange(then.shape[1]) - later)  # days from it to the newest one
    assert (then[known] >= np.broadcast_to(origin[:, None], then.shape)[known]).all()
    assert not known[:, :later].any()


def test_from_a_day_that_the_spot_told_the_same_forecast_is_a_day_nearer() -> None:
    column = laid(told_daily(FIRST, LAST, lambda start, _: start.astype(float)))
    nearer = column.nearer(1)
    assert nearer.lead_h == 144
    assert (nearer.value[:, 1:] == column.value[1:]).all()
    assert column.nearer(7).lead_h == column.nearer(9).lead_h == 0


def test_a_column_reaches_as_far_as_the_newest_forecasts() -> None:
    four = laid(told_daily(FIRST, LAST, lambda _, days: days.astype(float), most=4))
    assert four.reaching(DAYS - 1).lead_h == 96
    stale = told_daily(FIRST, LAST - 10, lambda _, days: days.astype(float), most=4)
    late = replace(stale, days_before=stale.days_before + 10)
    assert laid(late).reaching(DAYS - 1).lead_h == 0


def test_a_value_told_after_the_instant_is_refused() -> None:
    start = np.array(["2025-11-05T00:00:00"], dtype="datetime64[s]")
    with pytest.raises(SeriesInvalid, match="known after"):
        Foretold(TEMPERATURE, "open-meteo", AS_OF, start, np.array([-1]), np.array([20.0]))


def as_read_before(given: Floats, first_day: np.datetime64, spread: float) -> Floats:
    """How columns were put into units while each was one matrix, written out once more."""
    value = filled(given, first_day).copy()
    value[np.isfinite(given).sum(axis=1) < 20] = np.nan
    padded = np.vstack([np.full((13, 24), np.nan), value]).mean(axis=1)
    fortnights = np.lib.stride_tricks.sliding_window_view(padded, 14)
    reference = nan_mean(fortnights, axis=1)
    reference[np.isfinite(fortnights).sum(axis=1) < 7] = np.nan
    return (value - reference[:, None]) / spread


@pytest.mark.parametrize("lead_h", [0, 19, 20, 24, 36, 168])
def test_columns_known_alike_at_every_lead_are_read_as_ever(lead_h: int) -> None:
    """To the last bit; holes and the night of 25 hours among them."""
    start = np.arange("2025-10-05T22", "2025-11-20", 3600, dtype="datetime64[s]")
    wind = np.random.default_rng(3).normal(5000.0, 900.0, start.size)
    wind[200:230] = wind[400] = np.nan
    inputs = lay_out([Input("wind", start, wind, lead_h)], FIRST, DAYS, clock=MADRID_CLOCK)
    known = Known(PVPC, FIRST, np.zeros((DAYS, 24)), inputs)
    (column,) = columns_of(known)
    matrix = inputs["wind"].value
    spread = float(matrix[np.isfinite(matrix)].std())
    ahead = (lead_h + 4) // 24  # a day of 20 hours is one
    relative = as_read_before(matrix[: DAYS + ahead], FIRST, spread)
    last = np.arange(10, DAYS)
    for lead in (1, 2, 7, 14):
        newest = last + min(lead, ahead)
        profiles = np.hstack([relative[newest - back] for back in (0, 1, 7)])
        assert column.profiles(last, lead).tobytes() == profiles.tobytes()
        now, change = column.hourly(last, lead)
        assert now.tobytes() == relative[newest].tobytes()
        assert change.tobytes() == (relative[newest] - relative[newest - 1]).tobytes()


LONG_FIRST, LONG_LAST = np.datetime64("2024-08-01"), np.datetime64("2025-11-04")
ROW = LEAST_FORETOLD_DAYS + 40


@pytest.fixture(scope="module")
def history(make_series: Callable[..., Series]) -> Series:
    return make_series(date(2024, 8, 1), date(2025, 11, 4), key=SPOT)


def known_with(history: Series, told: Foretold, *, spot: bool) -> Known:
    past = slots(history)
    inputs = [Input("spot", history.start, 0.9 * history.value, 24)] if spot else []
    beside = lay_out(inputs, past.first_day, len(past), clock=past.clock)
    weather = laid(told, first=LONG_FIRST, last=LONG_LAST)
    columns = {**beside, "temperature": weather}
    return Known(SPOT, past.first_day, past.hourly, columns, past.clock)


def noise(start: np.ndarray, days: np.ndarray) -> np.ndarray:
    return 20.0 + np.random.default_rng(8).normal(0.0, 5.0, start.size)


def quick(part: BridgedBySpot) -> Model:
    """The same model, learning less."""
    if isinstance(part.inner, Networks):
        return replace(part, inner=replace(part.inner, networks=1, epochs=3))
    if isinstance(part.inner, BoostedTrees):
        return replace(part, inner=replace(part.inner, rounds_with_columns=20))
    return part


def test_every_part_of_the_champion_that_looks_at_columns_is_tried_here() -> None:
    assert LOOKING == [
        "ridge", "ridge-short", "ridge-newest", "kernel", "lasso", "lasso-short", "network",
        "boosted",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "spot"), [*((name, False) for name in LOOKING), ("ridge", True), ("network", True)]
)
def test_no_vintage_told_after_the_origin_changes_a_bit(
    history: Series, name: str, spot: bool
) -> None:
    told = told_daily(LONG_FIRST, LONG_LAST, noise)
    origin = int((LONG_LAST - LONG_FIRST).astype(int)) - ROW  # days before the newest one

    def forecast(changed: np.ndarray) -> Floats:
        value = np.where(changed, told.value + 30.0, told.value)
        known = known_with(history, replace(told, value=value), spot=spot)
        return forecast_run(Run(quick(PARTS[name]), known, (ROW,), 3))

    plain = forecast(np.zeros(len(told), dtype=bool))
    assert np.isfinite(plain).all()
    assert plain.tobytes() == forecast(told.days_before < origin).tobytes()
    in_time = forecast(told.days_before == origin)
    assert (plain[-1] != in_time[-1]).any()


def test_a_young_column_is_done_without_and_costs_the_others_nothing(history: Series) -> None:
    """A day before it is old enough nothing changes, on that day it does."""
    old = known_with(history, told_daily(LONG_FIRST, LONG_LAST, noise), spot=False)
    (column,) = old.inputs.values()
    assert isinstance(column, KnownForetold)
    wind = Input("wind", history.start, noise(history.start, history.start), 24)
    inputs = lay_out([wind], old.first_day, len(old), clock=old.clock)
    last = len(old) - 2  # of whose next day the wind is known

    def forecast(days: int) -> bytes:
        value = column.value.copy()
        value[:, : last + 1 - days] = np.nan
        weather = KnownForetold(value)
        assert weather.until(last).days_told == days
        known = replace(old, inputs={**inputs, "temperature": weather} if days else inputs)
        return forecast_run(Run(PARTS["ridge"], known, (last,), 2)).tobytes()

    assert forecast(0) == forecast(LEAST_FORETOLD_DAYS - 1) != forecast(LEAST_FORETOLD_DAYS)


def test_fits_of_the_past_are_shared_for_longer_with_columns(history: Series) -> None:
    told = known_with(history, told_daily(LONG_FIRST, LONG_LAST, noise), spot=False)
    rows = range(200, 368)
    for known, runs in ((told, 2), (replace(told, inputs={}), 6)):
        planned = plan_runs(PARTS["ridge"], known, rows, fresh=frozenset(), leads=1)
        assert len(planned) == runs


@pytest.mark.parametrize("young", [False, True])
def test_what_was_trained_before_is_told_anew_where_more_may_have_been_foretold(
    history: Series, young: bool
) -> None:
    """A part that is fitted once a week, and an absurd forecast that was kept of the last day."""
    past = slots(history)
    weather = laid(told_daily(LONG_FIRST, LONG_LAST, noise), first=LONG_FIRST, last=LONG_LAST)
    if young:
        weather = KnownForetold(np.where(np.arange(len(past))[:, None] < 99, np.nan, weather.value))
    columns = {"temperature": weather}
    days = past.first_day + np.arange(len(past))
    kept = TrainedPart(days, np.full((len(past), 2, 24), 77.0))
    state = state_of(grown(columns))
    trained = Trained(SPOT, days[0], days[-1], {state: {"kernel": kept}}, {state: {}})
    made = roll_back(PARTS["kernel"], SPOT, past, columns, leads=2, trained=trained).rolling
    assert (made.mean[:-1] == 77.0).all()
    assert (made.mean[-1] == 77.0).all() == young
