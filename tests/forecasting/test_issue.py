from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from chocolate_factory.errors import MissingData, ModelNotFitted, ModelUnfit, RequestInvalid
from chocolate_factory.forecasting import issue_forecast, training
from chocolate_factory.forecasting.champion import Champion
from chocolate_factory.forecasting.issue import known_at, known_columns, past_before
from chocolate_factory.forecasting.registry import model_named
from chocolate_factory.forecasting.rolling import forecast_run
from chocolate_factory.forecasting.training import train
from chocolate_factory.market.calendar import local_days, local_hours, local_midnight, to_datetime
from chocolate_factory.market.catalog import DAY_AHEAD, PVPC, SPOT
from chocolate_factory.market.series import Forecast, Series

MakeSeries = Callable[..., Series]

FIRST = date(2024, 10, 1)
EVENING = datetime(2025, 6, 17, 21, tzinfo=UTC)  # 23 h in Madrid, tomorrow's PVPC is out
WEEK_END = EVENING + timedelta(hours=168)
NEEDED = {"naive": 41, "similar-day": 41, "ridge": 154, "boosted": 214, "champion": 41}


@pytest.fixture(scope="module")
def year(make_series: MakeSeries) -> Series:
    return make_series(FIRST, date(2025, 7, 10))


@pytest.fixture(scope="module")
def week(year: Series) -> Callable[[str], Forecast]:
    """What a model tells in the evening of the week ahead."""

    @cache
    def made(model: str) -> Forecast:
        return issue_forecast(year, origin=EVENING, end=WEEK_END, model=model)

    return made


def same(one: Forecast, other: Forecast) -> bool:
    return (
        one.mean.tobytes() == other.mean.tobytes()
        and one.quantiles.tobytes() == other.quantiles.tobytes()
        and one.published.tobytes() == other.published.tobytes()
        and one.notes == other.notes
    )


@pytest.mark.parametrize("model", NEEDED)
def test_tomorrows_published_prices_are_used_as_published(
    year: Series, week: Callable[[str], Forecast], model: str
) -> None:
    made = week(model)
    tomorrow = year.between(EVENING, local_midnight(date(2025, 6, 19)))
    assert len(made) == 168
    assert made.published.tolist() == [True] * 25 + [False] * 143
    assert (made.mean[:25] == tomorrow.value).all()
    assert (made.quantiles[:25] == tomorrow.value[:, None]).all()
    assert (made.quantiles[25:, -1] > made.quantiles[25:, 0]).all()
    assert made.model == model
    assert made.unit == "EUR/kWh"


@pytest.mark.parametrize("model", NEEDED)
@given(seed=st.integers(0, 2**32 - 1))
@hypothesis_settings(max_examples=3)
def test_no_value_available_after_the_origin_changes_a_bit_of_the_forecast(
    year: Series, week: Callable[[str], Forecast], model: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    later = year.available_at > np.datetime64("2025-06-17T21:00:00")
    value = np.where(later, rng.uniform(-0.5, 5.0, len(year)), year.value)
    changed = replace(year, value=value)
    made = issue_forecast(changed, origin=EVENING, end=WEEK_END, model=model)
    assert same(made, week(model))


@pytest.mark.parametrize("model", NEEDED)
def test_a_revision_that_arrives_after_the_origin_is_unknown_at_it(
    year: Series, model: str
) -> None:
    revised = (year.start >= np.datetime64("2025-05-01")) & (
        year.start < np.datetime64("2025-05-03")
    )
    late = np.where(revised, np.datetime64("2025-06-20"), year.available_at)
    end = EVENING + timedelta(hours=48)
    one = replace(year, available_at=late)
    other = replace(one, value=np.where(revised, 4.0, year.value))
    assert same(
        issue_forecast(one, origin=EVENING, end=end, model=model),
        issue_forecast(other, origin=EVENING, end=end, model=model),
    )


def test_what_was_known_does_change_the_forecast(year: Series) -> None:
    known = local_days(year.start) == np.datetime64("2025-06-18")
    end = EVENING + timedelta(hours=48)
    changed = replace(year, value=np.where(known, year.value + 0.1, year.value))
    assert not same(
        issue_forecast(year, origin=EVENING, end=end),
        issue_forecast(changed, origin=EVENING, end=end),
    )


def test_forecast_and_imputed_rows_are_not_history(year: Series) -> None:
    kind = np.where(year.start >= np.datetime64("2025-06-17T22:00"), "forecast", "published")
    made = issue_forecast(
        replace(year, kind=kind), origin=EVENING, end=EVENING + timedelta(hours=24), model="naive"
    )
    assert made.published.tolist() == [True] + [False] * 23


def test_the_period_that_contains_the_origin_comes_first(year: Series) -> None:
    origin = EVENING + timedelta(minutes=20)
    made = issue_forecast(year, origin=origin, end=origin + timedelta(hours=3), model="naive")
    assert to_datetime(made.start[0]) == EVENING
    assert len(made) == 4


def test_a_fully_published_horizon_needs_no_model(make_series: MakeSeries) -> None:
    two_days = make_series(date(2025, 6, 17), date(2025, 6, 18))
    made = issue_forecast(two_days, origin=EVENING, end=EVENING + timedelta(hours=24))
    assert made.published.all()


def test_a_partly_published_day_keeps_what_is_published(year: Series) -> None:
    hidden = (year.start >= np.datetime64("2025-06-18T10:00")) | (
        year.available_at > np.datetime64("2025-06-17T21:00")
    )
    late = np.where(hidden, np.datetime64("2025-09-01"), year.available_at)
    made = issue_forecast(
        replace(year, available_at=late), origin=EVENING, end=EVENING + timedelta(hours=48)
    )
    assert made.published.tolist() == [True] * 13 + [False] * 35


@pytest.mark.parametrize("model", NEEDED)
def test_a_fortnight_from_an_origin_at_noon_is_forecast(year: Series, model: str) -> None:
    noon = datetime(2025, 6, 17, 10, tzinfo=UTC)
    made = issue_forecast(year, origin=noon, end=noon + timedelta(hours=336), model=model)
    assert made.published.sum() == 12
    assert np.isfinite(made.quantiles).all()


@pytest.mark.parametrize("model", NEEDED)
def test_the_23_hour_day_is_forecast_with_23_hours(make_series: MakeSeries, model: str) -> None:
    origin = local_midnight(date(2025, 3, 29))
    made = issue_forecast(
        make_series(date(2024, 8, 1), date(2025, 3, 28)),
        origin=origin - timedelta(hours=12),
        end=local_midnight(date(2025, 3, 31)),
        model=model,
    )
    sunday = local_days(made.start) == np.datetime64("2025-03-30")
    assert sunday.sum() == 23
    assert 2 not in local_hours(made.start[sunday])


@pytest.mark.parametrize("model", NEEDED)
def test_the_repeated_hour_of_a_25_hour_day_is_forecast_twice_alike(
    make_series: MakeSeries, model: str
) -> None:
    history = make_series(date(2025, 3, 1), date(2025, 10, 24))
    origin = datetime(2025, 10, 24, 10, tzinfo=UTC)
    end = local_midnight(date(2025, 10, 27))
    made = issue_forecast(history, origin=origin, end=end, model=model)
    sunday = local_days(made.start) == np.datetime64("2025-10-26")
    assert sunday.sum() == 25
    twice = made.mean[sunday & (local_hours(made.start) == 2)]
    assert twice.size == 2
    assert twice[0] == twice[1]


def test_gaps_are_bridged_and_said(make_series: MakeSeries) -> None:
    history = make_series(FIRST, date(2025, 6, 18), without=(date(2025, 6, 5), date(2025, 5, 28)))
    made = issue_forecast(history, origin=EVENING, end=EVENING + timedelta(hours=72))
    assert any("2 of the last 28 days have gaps" in note for note in made.notes)


def test_an_unknown_day_before_the_first_to_forecast_is_bridged_and_said(
    make_series: MakeSeries,
) -> None:
    history = make_series(FIRST, date(2025, 6, 15))
    made = issue_forecast(history, origin=EVENING, end=EVENING + timedelta(hours=72))
    assert not made.published.any()
    assert any("complete only to 2025-06-15" in note for note in made.notes)


def test_a_horizon_beyond_the_toll_table_says_that_the_newest_is_carried_forward(
    make_series: MakeSeries,
) -> None:
    origin = datetime(2026, 12, 28, 21, tzinfo=UTC)
    history = make_series(date(2026, 6, 1), date(2026, 12, 29))
    week = issue_forecast(history, origin=origin, end=origin + timedelta(days=7), model="ridge")
    assert any("known to 2026-12-31" in note for note in week.notes)
    day = issue_forecast(history, origin=origin, end=origin + timedelta(days=2), model="ridge")
    assert day.notes == ()


def test_a_history_that_ends_too_long_ago_is_refused(make_series: MakeSeries) -> None:
    history = make_series(FIRST, date(2025, 6, 8))
    with pytest.raises(MissingData, match=r"2025-06-08T22:00Z\.\.2025-06-16T22:00Z \(192\)"):
        issue_forecast(history, origin=EVENING, end=EVENING + timedelta(hours=72))


def test_an_empty_history_is_refused(make_series: MakeSeries) -> None:
    day = date(2025, 6, 17)
    with pytest.raises(MissingData, match="import or ingest"):
        issue_forecast(
            make_series(day, day, without=(day,)), origin=EVENING, end=EVENING + timedelta(hours=24)
        )


@pytest.mark.parametrize("model", NEEDED)
def test_the_error_names_exactly_the_days_that_are_enough(
    make_series: MakeSeries, model: str
) -> None:
    last = date(2025, 6, 18)
    days = NEEDED[model]
    enough = make_series(last - timedelta(days=days - 1), last)
    one_less = make_series(last - timedelta(days=days - 2), last)
    end = local_midnight(date(2025, 6, 26))
    assert len(issue_forecast(enough, origin=EVENING, end=end, model=model)) == 193
    with pytest.raises(
        ModelNotFitted, match=rf"needs {days} complete days .* there are {days - 1}"
    ):
        issue_forecast(one_less, origin=EVENING, end=end, model=model)


def test_a_constant_price_has_no_ridge_forecast_but_a_naive_one(make_series: MakeSeries) -> None:
    flat = make_series(FIRST, date(2025, 6, 18), key=SPOT, price=lambda s: np.full(s.size, 42.0))
    end = EVENING + timedelta(hours=72)
    made = issue_forecast(flat, origin=EVENING, end=end, model="naive")
    assert (made.quantiles == 42.0).all()
    with pytest.raises(ModelNotFitted, match="nothing to learn"):
        issue_forecast(flat, origin=EVENING, end=end, model="ridge")


def test_an_unknown_model_is_answered_with_the_known_ones(year: Series) -> None:
    with pytest.raises(RequestInvalid, match="'oracle'; known: naive, similar-day, ridge"):
        issue_forecast(year, origin=EVENING, end=EVENING + timedelta(hours=1), model="oracle")


@pytest.mark.parametrize(("hours", "says"), [(0, "empty"), (-5, "empty"), (400, "more than 15")])
def test_an_impossible_horizon_is_refused(year: Series, hours: int, says: str) -> None:
    with pytest.raises(RequestInvalid, match=says):
        issue_forecast(year, origin=EVENING, end=EVENING + timedelta(hours=hours))


def test_the_forecast_of_simulated_prices_is_marked(year: Series) -> None:
    simulated = replace(year, source=np.full(len(year), "simulation:ree"))
    end = EVENING + timedelta(hours=30)
    assert issue_forecast(simulated, origin=EVENING, end=end, model="naive").simulated
    assert not issue_forecast(year, origin=EVENING, end=end, model="naive").simulated


def ramp(start: np.ndarray) -> np.ndarray:
    """An hourly price from 40 to 63 and, within the hour, −15, −5, 5, 15 around it."""
    quarter = start.astype(np.int64) % 3600 / 900
    split = start >= np.datetime64("2025-09-30T22:00:00")
    return 40.0 + local_hours(start) + np.where(split, -15.0 + 10.0 * quarter, 0.0)


def test_quarter_hours_follow_their_recent_shape(make_series: MakeSeries) -> None:
    history = make_series(date(2025, 5, 1), date(2025, 11, 18), key=SPOT, price=ramp)
    made = issue_forecast(
        history,
        origin=datetime(2025, 11, 17, 21, tzinfo=UTC),
        end=datetime(2025, 11, 20, 21, tzinfo=UTC),
        model="ridge",
    )
    assert len(made) == 288
    assert made.published.sum() == 104
    within = made.mean[~made.published].reshape(-1, 4)
    assert within - within.mean(axis=1, keepdims=True) == pytest.approx(
        np.tile([-15.0, -5.0, 5.0, 15.0], (len(within), 1))
    )
    (note,) = made.notes  # every day is like the one before: nothing beats the naive
    assert note.startswith("ridge erred over 999 times as much as the naive of late")


def test_a_horizon_into_the_first_quarter_hour_day_is_flat_within_the_hour_and_says_so(
    make_series: MakeSeries,
) -> None:
    history = make_series(date(2025, 3, 1), date(2025, 9, 29), key=SPOT, price=ramp)
    origin = datetime(2025, 9, 28, 22, tzinfo=UTC)
    made = issue_forecast(history, origin=origin, end=local_midnight(date(2025, 10, 3)))
    assert made.resolution_s.tolist() == [3600] * 48 + [900] * 192
    quarters = made.mean[48:].reshape(-1, 4)
    assert (quarters == quarters[:, :1]).all()
    assert any("the quarters of an hour are forecast alike" in note for note in made.notes)


def test_as_of_an_evening_of_2025_the_real_pvpc_week_is_forecast(shared_pvpc: Series) -> None:
    origin = datetime(2025, 11, 17, 21, tzinfo=UTC)
    known = shared_pvpc.between(origin - timedelta(days=365), origin + timedelta(days=2))
    made = issue_forecast(known, origin=origin, end=origin + timedelta(hours=168))
    assert made.key == PVPC
    assert made.published.sum() == 26
    actual = shared_pvpc.between(origin, origin + timedelta(hours=168)).value
    inside = (actual >= made.quantiles[:, 0]) & (actual <= made.quantiles[:, -1])
    assert inside.mean() > 0.7


def beside(make_series: MakeSeries, name: str, last: date) -> Series:
    """A column of random megawatts, told a day ahead, to ``last``."""
    drawn = np.random.default_rng(len(name))
    made = make_series(
        FIRST, last, key=DAY_AHEAD[name], price=lambda start: drawn.normal(2e4, 3e3, start.size)
    )
    return replace(made, kind=np.full(len(made), "forecast"))


@pytest.mark.parametrize(
    ("days_ago", "told", "same_as_without"),
    [
        (0, None, False),
        (
            3,
            "inputs known only to 2025-06-15: wind_day_ahead; models that need all have none",
            True,
        ),
        (20, "inputs known only to 2025-05-29: wind_day_ahead; models do without", False),
    ],
)
def test_a_column_that_ended_is_named_with_its_last_day_and_what_comes_of_it(
    make_series: MakeSeries, year: Series, days_ago: int, told: str | None, same_as_without: bool
) -> None:
    origin = datetime(2025, 6, 18, 21, tzinfo=UTC)
    known, last = (
        year.between(local_midnight(FIRST), local_midnight(date(2025, 6, 19))),
        date(2025, 6, 18),
    )
    inputs = [
        beside(make_series, "demand", last),
        beside(make_series, "wind", last - timedelta(days=days_ago)),
    ]
    asked = {"origin": origin, "end": origin + timedelta(hours=73), "model": "ridge"}
    made = issue_forecast(known, inputs=inputs, **asked)
    assert made.notes == (() if told is None else (told,))
    assert ("known only to" in made.inputs["column wind_day_ahead"]) == bool(days_ago)
    assert "known only" not in made.inputs["column demand_day_ahead"]
    without = issue_forecast(known, **asked)
    assert (made.mean == without.mean).all() == same_as_without


def test_what_a_model_does_not_look_at_is_no_input_of_its_forecast(
    make_series: MakeSeries, year: Series
) -> None:
    wind = beside(make_series, "wind", date(2025, 6, 17))
    made = issue_forecast(year, origin=EVENING, end=WEEK_END, model="naive", inputs=[wind])
    assert not [name for name in made.inputs if name.startswith("column")]


def test_what_became_known_after_training_is_not_used_and_named_and_nothing_is_trained_anew(
    make_series: MakeSeries, year: Series, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = past_before(known_at(year, EVENING), date(2025, 6, 19))
    wind = beside(make_series, "wind", date(2025, 6, 17))
    champion = model_named("champion")
    assert isinstance(champion, Champion)
    trained = train(champion, PVPC, past, [{}], 8)
    alone = issue_forecast(year, origin=EVENING, end=WEEK_END, trained=trained)
    runs: list[int] = []
    monkeypatch.setattr(
        training, "forecast_run", lambda run: runs.append(len(run.rows)) or forecast_run(run)
    )
    made = issue_forecast(year, origin=EVENING, end=WEEK_END, inputs=[wind], trained=trained)
    assert (made.mean == alone.mean).all()
    assert "known, but not when the model was trained, and not used: wind_day_ahead" in made.notes
    assert made.inputs["column wind_day_ahead"] == "left out: the model was trained without"
    assert set(runs) <= {1}  # the newest origin alone
    with pytest.raises(ModelUnfit, match="champion is trained for 8 days ahead, 9 are asked for"):
        issue_forecast(
            year, origin=EVENING, end=EVENING + timedelta(days=9, hours=3), trained=trained
        )
    more = train(champion, PVPC, past, [known_columns([wind], past, EVENING)], 8)
    with pytest.raises(ModelUnfit, match=r"trained with more than is known now \(wind_day_ahead\)"):
        issue_forecast(year, origin=EVENING, end=WEEK_END, trained=more)
