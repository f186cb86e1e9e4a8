from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from chocolate_factory.errors import ModelNotFitted, RequestInvalid, SeriesInvalid
from chocolate_factory.forecasting import Backtest, backtest
from chocolate_factory.forecasting.layout import slots
from chocolate_factory.forecasting.linear import RidgeLear
from chocolate_factory.forecasting.metrics import crps
from chocolate_factory.forecasting.model import Known
from chocolate_factory.forecasting.rolling import Run, forecast_run
from chocolate_factory.market.calendar import local_hours, local_midnight, to_datetime64
from chocolate_factory.market.catalog import SPOT
from chocolate_factory.market.series import Floats, Series

MakeSeries = Callable[..., Series]

FIRST, LAST = date(2025, 3, 24), date(2025, 4, 6)
ALL = ("naive", "similar-day", "ridge")


@pytest.fixture(scope="module")
def year(make_series: MakeSeries) -> Series:
    return make_series(date(2024, 7, 1), date(2025, 5, 1))


@pytest.fixture(scope="module")
def fortnight(year: Series) -> Backtest:
    return backtest(year, first=FIRST, last=LAST, horizon_h=168, models=ALL)


def test_each_origin_forecasts_seven_delivery_days_whatever_their_length(
    fortnight: Backtest,
) -> None:
    made = fortnight.predictions[0]
    origins, periods = np.unique(made.origin, return_counts=True)
    assert origins[0] == to_datetime64(local_midnight(FIRST))
    assert origins[-1] == to_datetime64(local_midnight(LAST))
    # Origins from 24 to 30 March have the 23-hour day within their seven.
    assert periods.tolist() == [167] * 7 + [168] * 7
    assert (made.start >= made.origin).all()


def test_the_summary_has_every_measure_of_every_model(fortnight: Backtest) -> None:
    assert [one.model for one in fortnight.summary] == list(ALL)
    for one in fortnight.summary:
        assert one.origins == 14
        assert one.periods == 7 * 167 + 7 * 168
        assert one.excluded == 0
        assert one.rmse >= one.mae > 0
        assert one.coverage_90 >= one.coverage_80 > 0.5
        assert one.crps < one.mae
    assert fortnight.summary[0].rmae == 1.0


def test_the_summary_follows_from_the_predictions(fortnight: Backtest) -> None:
    naive, ridge = fortnight.predictions[0], fortnight.predictions[2]
    summary = fortnight.summary[2]
    error = fortnight.actual - ridge.mean
    assert summary.mae == pytest.approx(np.abs(error).mean())
    assert summary.rmae == pytest.approx(
        np.abs(error).mean() / np.abs(fortnight.actual - naive.mean).mean()
    )
    assert summary.crps == pytest.approx(crps(fortnight.actual, ridge.quantiles))


def test_the_naive_repeats_the_week_before(year: Series, fortnight: Backtest) -> None:
    made = fortnight.predictions[0]
    late = made.origin == to_datetime64(local_midnight(date(2025, 4, 6)))
    late &= made.start >= to_datetime64(local_midnight(date(2025, 4, 7)))
    week_before = made.start[late] - np.timedelta64(7, "D")
    expected = year.value[np.searchsorted(year.start, week_before)]
    assert made.mean[late] == pytest.approx(expected)


@pytest.mark.parametrize("model", ALL)
def test_no_price_of_the_first_delivery_day_or_later_changes_a_bit(
    year: Series, fortnight: Backtest, model: str
) -> None:
    day = date(2025, 4, 2)
    midnight = to_datetime64(local_midnight(day))
    noise = np.random.default_rng(1).uniform(-0.5, 5.0, len(year))
    changed = replace(year, value=np.where(year.start >= midnight, noise, year.value))
    again = backtest(changed, first=FIRST, last=LAST, horizon_h=168, models=ALL)
    i = ALL.index(model)
    before, after = fortnight.predictions[i], again.predictions[i]
    until = before.origin <= midnight
    assert until.sum() > 9 * 167
    assert before.mean[until].tobytes() == after.mean[until].tobytes()
    assert before.quantiles[until].tobytes() == after.quantiles[until].tobytes()
    assert (before.mean[~until] != after.mean[~until]).any()


def test_rmae_is_relative_to_the_naive_even_when_that_was_not_asked(
    year: Series, fortnight: Backtest
) -> None:
    alone = backtest(year, first=FIRST, last=LAST, horizon_h=168, models=["ridge"])
    assert [one.model for one in alone.summary] == ["ridge"]
    assert alone.summary[0] == fortnight.summary[2]


def test_every_seventh_day_gives_the_same_forecasts_as_every_day_of_the_naive(
    year: Series, fortnight: Backtest
) -> None:
    weekly = backtest(year, first=FIRST, last=LAST, horizon_h=168, models=["naive"], every=7)
    made, daily = weekly.predictions[0], fortnight.predictions[0]
    kept = np.isin(daily.origin, made.origin)
    assert np.unique(made.origin).size == 2
    assert (made.quantiles == daily.quantiles[kept]).all()


def test_any_map_gives_the_same_answer(year: Series, fortnight: Backtest) -> None:
    def through_pickle(work: Callable[[Run], Floats], runs: Iterable[Run]) -> list[Floats]:
        bytes_of = [pickle.dumps((work, run)) for run in runs]
        return [work(run) for work, run in map(pickle.loads, bytes_of)]

    again = backtest(year, first=FIRST, last=LAST, horizon_h=168, models=ALL, map=through_pickle)
    assert again.summary == fortnight.summary


def test_progress_counts_the_fits(year: Series) -> None:
    seen: list[tuple[int, int]] = []
    backtest(
        year, first=FIRST, last=FIRST, horizon_h=24, models=["naive"],
        progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    total = len(seen)
    assert seen == [(n, total) for n in range(1, total + 1)]


def test_a_missing_day_is_forecast_but_not_scored_and_later_origins_bridge_it(
    make_series: MakeSeries,
) -> None:
    gap = date(2025, 4, 2)
    holed = make_series(date(2024, 7, 1), date(2025, 5, 1), without=(gap,))
    result = backtest(holed, first=FIRST, last=LAST, horizon_h=168, models=ALL)
    for one in result.summary:
        assert one.origins == 14
        assert one.excluded == 7 * 24
        assert one.periods == 7 * 167 + 7 * 168 - 7 * 24
    assert result.skipped == ()
    assert result.bridged == (gap + timedelta(days=1),)
    assert str(result.bridged[0]) in result.notes[0]


def test_origins_in_a_long_hole_are_skipped_and_named(make_series: MakeSeries) -> None:
    hole = tuple(date(2025, 3, 10) + timedelta(days=n) for n in range(16))
    holed = make_series(date(2024, 7, 1), date(2025, 5, 1), without=hole)
    result = backtest(holed, first=FIRST, last=LAST, horizon_h=24, models=["naive"])
    assert result.skipped == (date(2025, 3, 24), date(2025, 3, 25), date(2025, 3, 26))
    assert result.summary[0].origins == 11
    assert "no forecast of 2025-03-24, 2025-03-25, 2025-03-26" in result.notes[0]


def test_what_lies_months_behind_a_long_hole_can_be_measured(make_series: MakeSeries) -> None:
    hole = tuple(date(2024, 8, 1) + timedelta(days=n) for n in range(125))
    holed = make_series(date(2024, 3, 1), date(2025, 5, 1), without=hole)
    day = date(2025, 4, 20)
    result = backtest(holed, first=day, last=day, horizon_h=24, models=["ridge"])
    assert result.summary[0].periods == 24

    newest = RidgeLear(name="ridge-newest", needs_days=90, windows=(84,))
    past = slots(holed)
    known = Known(holed.key, past.first_day, past.hourly, {}, past.clock)
    soon, late = past.row(date(2025, 1, 10)), past.row(day)
    part = Run(newest, known, (soon,), 1)
    with pytest.raises(ModelNotFitted, match="needs 90 days"):
        forecast_run(part)
    assert np.isnan(forecast_run(replace(part, dispensable=True))).all()
    assert np.isfinite(forecast_run(replace(part, rows=(late,), dispensable=True))).all()


def test_origins_soon_after_a_hole_of_months_are_skipped_and_named(
    make_series: MakeSeries,
) -> None:
    hole = tuple(date(2024, 11, 1) + timedelta(days=n) for n in range(140))
    holed = make_series(date(2024, 3, 1), date(2025, 5, 1), without=hole)
    result = backtest(holed, first=FIRST, last=date(2025, 4, 19), horizon_h=24, models=["naive"])
    assert result.skipped[0] == FIRST
    assert result.skipped[-1] == date(2025, 4, 17)


def test_rows_carry_utc_instants_and_the_seven_quantiles(fortnight: Backtest) -> None:
    assert fortnight.columns == (
        "origin_utc", "delivery_start_utc", "model", "mean",
        "p05", "p10", "p25", "p50", "p75", "p90", "p95",
    )  # fmt: skip
    rows = list(fortnight.rows())
    assert len(rows) == 3 * (7 * 167 + 7 * 168)
    assert rows[0][:3] == ("2025-03-23T23:00:00Z", "2025-03-23T23:00:00Z", "naive")
    assert all(isinstance(value, float) for value in rows[0][3:])


def test_the_summary_as_json_names_its_measures(fortnight: Backtest) -> None:
    document = fortnight.to_json()
    summary = document["summary"]
    assert isinstance(summary, list)
    assert set(summary[2]) == {
        "model", "mae", "rmse", "r2", "rmae", "coverage_80", "coverage_90", "pinball", "crps",
        "decision_value", "origins", "periods", "excluded", "interval_95", "by_lead", "by_hour",
        "below",
    }  # fmt: skip
    assert [day["lead"] for day in summary[2]["by_lead"]] == [1, 2, 3, 4, 5, 6, 7]
    comparisons = document["comparisons"]
    assert isinstance(comparisons, list)
    assert [(one["model"], one["other"]) for one in comparisons] == [
        ("naive", "similar-day"), ("naive", "ridge"), ("similar-day", "ridge"),
    ]  # fmt: skip
    assert (document["series"], document["unit"], document["from"]) == (
        "pvpc", "EUR/kWh", "2025-03-24",
    )  # fmt: skip


def test_spot_is_forecast_by_quarter_hours_from_2025_10_01(make_series: MakeSeries) -> None:
    history = make_series(
        date(2025, 3, 1), date(2025, 10, 28), key=SPOT,
        price=lambda start: 50.0 + local_hours(start) + start.astype(np.int64) % 604_800 / 9000,
    )  # fmt: skip
    result = backtest(
        history, first=date(2025, 9, 29), last=date(2025, 10, 20), horizon_h=168, models=["ridge"]
    )
    made = result.predictions[0]
    _, periods = np.unique(made.origin, return_counts=True)
    assert periods[0] == 2 * 24 + 5 * 96
    assert periods[-1] == 6 * 96 + 100
    assert result.summary[0].excluded == 0


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"models": ["oracle"]}, "known: naive, similar-day, ridge"),
        ({"models": []}, "name each once"),
        ({"models": ["naive", "naive"]}, "name each once"),
        ({"last": date(2025, 3, 1)}, "before the first"),
        ({"horizon_h": 0}, "from 1 to 360"),
        ({"horizon_h": 361}, "from 1 to 360"),
        ({"every": 0}, "give 1 or more"),
        ({"first": date(2031, 1, 1), "last": date(2031, 2, 1)}, "the history holds 2024-07-01"),
        ({"first": date(2025, 5, 2), "last": date(2025, 5, 3)}, "known to compare with"),
    ],
)
def test_what_cannot_be_asked_is_refused(year: Series, asked: dict[str, object], says: str) -> None:
    usual = {"first": FIRST, "last": LAST, "horizon_h": 168, "models": ["naive"]}
    with pytest.raises(RequestInvalid, match=says):
        backtest(year, **{**usual, **asked})


def test_a_week_of_history_is_too_short(make_series: MakeSeries) -> None:
    week = make_series(date(2025, 3, 17), date(2025, 4, 30))
    with pytest.raises(ModelNotFitted, match=r"naive needs 41 complete days .* there are 7"):
        backtest(week, first=FIRST, last=LAST, horizon_h=168, models=["naive"])


def test_prices_in_the_wrong_unit_are_refused(year: Series) -> None:
    with pytest.raises(SeriesInvalid, match="not plausible"):
        backtest(
            replace(year, value=1000 * year.value),
            first=FIRST,
            last=LAST,
            horizon_h=168,
            models=["naive"],
        )


def test_on_real_prices_of_2024_ridge_beats_similar_day_beats_naive(shared_pvpc: Series) -> None:
    result = backtest(
        shared_pvpc,
        first=date(2024, 1, 1),
        last=date(2024, 12, 25),
        horizon_h=168,
        models=ALL,
        every=7,
    )
    naive, similar, ridge = result.summary
    assert naive.rmae == 1.0
    assert similar.rmae is not None
    assert ridge.rmae is not None
    assert 0.93 < similar.rmae < 1.0
    assert ridge.rmae < 0.78
    assert 0.76 <= ridge.coverage_80 <= 0.84
    assert ridge.crps < 0.76 * naive.crps
