from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pytest

from chocolate_factory.errors import RequestInvalid
from chocolate_factory.forecasting import backtest
from chocolate_factory.forecasting.columns import learnable
from chocolate_factory.forecasting.inputs import Input, KnownInput, day_later, lay_out
from chocolate_factory.forecasting.issue import known_columns
from chocolate_factory.forecasting.layout import slots
from chocolate_factory.forecasting.linear import LassoLear, RidgeLear
from chocolate_factory.forecasting.model import Known
from chocolate_factory.forecasting.registry import MODELS
from chocolate_factory.market.calendar import local_midnight
from chocolate_factory.market.catalog import PVPC, SPOT
from chocolate_factory.market.clock import MADRID_CLOCK, Clock
from chocolate_factory.market.series import Floats, Series

MakeSeries = Callable[..., Series]
FIRST = np.datetime64("2025-03-24", "D")


def hours(first: str, last: str) -> np.ndarray:
    return np.arange(first, last, 3600, dtype="datetime64[s]")


def known_with(lead_h: int, *, days: int = 10) -> Known:
    start = hours("2025-03-23T23", "2025-04-20T00")
    column = Input("wind", start, np.arange(start.size, dtype=float), lead_h)
    laid = lay_out([column], FIRST, days, clock=MADRID_CLOCK)
    price = np.zeros((days, 24))
    return Known(PVPC, FIRST, price, laid)


@pytest.mark.parametrize(
    ("lead_h", "rows", "known_in_last"), [(0, 4, 24), (24, 5, 24), (36, 6, 12), (168, 11, 24)]
)
def test_a_column_is_cut_where_its_lead_ends(lead_h: int, rows: int, known_in_last: int) -> None:
    column = known_with(lead_h).until(3).inputs["wind"]
    assert column.value.shape == (rows, 24)
    assert int(np.isfinite(column.value[-1]).sum()) == known_in_last


def test_the_newest_rows_keep_their_columns_and_lead() -> None:
    known = known_with(36)
    newest = known.until(6).newest(2)
    assert newest.first_day == FIRST + 5
    expected = known.until(6).inputs["wind"].value[5:]
    assert np.array_equal(newest.inputs["wind"].value, expected, equal_nan=True)
    assert [newest.inputs["wind"].known_hours(lead) for lead in (1, 2, 3)] == [24, 12, 0]


def test_the_skipped_hour_is_unknown_and_the_repeated_one_a_mean() -> None:
    column = known_with(0, days=10).inputs["wind"].value
    assert np.isnan(column[6, 2])  # 2025-03-30
    start = hours("2025-10-25T22", "2025-10-26T23")
    laid = lay_out(
        [Input("x", start, np.arange(25.0), 0)],
        np.datetime64("2025-10-26"),
        1,
        clock=MADRID_CLOCK,
    )
    assert laid["x"].value[0, :4].tolist() == [0.0, 1.0, 2.5, 4.0]


@pytest.mark.parametrize(
    ("sunday", "known_hours"), [(date(2027, 3, 28), 23), (date(2027, 10, 31), 24)]
)
def test_a_published_day_is_known_whole_when_the_clocks_change(
    make_series: MakeSeries, sunday: date, known_hours: int
) -> None:
    first, saturday = sunday - timedelta(days=30), sunday - timedelta(days=1)
    past = slots(make_series(first, saturday))
    origin = local_midnight(saturday) + timedelta(hours=14)
    column = known_columns([make_series(first, sunday, key=SPOT)], past, origin)[SPOT.name]
    assert column.lead_h == 24
    assert int(np.isfinite(column.value[-1]).sum()) == known_hours


def test_of_a_day_when_the_clocks_change_no_hour_counts_that_is_still_to_come(
    make_series: MakeSeries,
) -> None:
    first, saturday, sunday = date(2027, 2, 26), date(2027, 3, 27), date(2027, 3, 28)
    past = slots(make_series(first, saturday))
    spot = make_series(first, sunday, key=SPOT)
    told = spot.between(local_midnight(first), local_midnight(sunday) + timedelta(hours=2))
    (column,) = known_columns([told], past, local_midnight(sunday)).values()
    assert column.lead_h == 2


def test_quarter_hours_become_means_of_the_hour() -> None:
    start = np.arange("2025-06-01", "2025-06-02", 900, dtype="datetime64[s]")
    laid = lay_out(
        [Input("x", start, np.arange(96.0), 0)], np.datetime64("2025-06-01"), 1,
        clock=Clock.named("naive"),
    )  # fmt: skip
    assert laid["x"].value[0].tolist() == [1.5 + 4 * hour for hour in range(24)]


def test_two_columns_of_one_name_are_refused() -> None:
    one = Input("wind", hours("2025-03-24", "2025-03-25"), np.ones(24), 24)
    with pytest.raises(RequestInvalid, match="two input columns are named 'wind'"):
        lay_out([one, one], FIRST, 3, clock=MADRID_CLOCK)


def test_a_column_of_another_time_is_refused() -> None:
    one = Input("wind", hours("2015-03-24", "2015-03-25"), np.ones(24), 24)
    with pytest.raises(RequestInvalid, match="no value between 2025-03-24 and 2025-03-26"):
        lay_out([one], FIRST, 3, clock=MADRID_CLOCK)


def known_and_columns(**since: int) -> Known:
    """260 days of prices that follow the load of their own day; columns begin so many days late."""
    drawn = np.random.default_rng(6)
    load = drawn.normal(size=(261, 1)) * np.ones(24)
    price = 50.0 + 5.0 * load[:260] + drawn.normal(size=(260, 24))
    columns = {}
    for name, days in since.items():
        value = load.copy() if name == "load" else drawn.normal(size=(261, 24))
        value[:days] = np.nan
        columns[name] = KnownInput(24, value)
    return Known(SPOT, FIRST, price, columns, Clock.named("naive"))


@pytest.mark.parametrize("name", ["ridge", "lasso"])
def test_a_column_that_is_too_young_costs_the_others_nothing(name: str) -> None:
    models = {"ridge": RidgeLear(), "lasso": LassoLear(windows=(220,))}

    def forecast(known: Known) -> Floats:
        return models[name].fit(known, 1).predict(known, 1)

    alone, without = forecast(known_and_columns(load=0)), forecast(known_and_columns())
    assert np.abs(alone - without).max() > 1.0
    assert forecast(known_and_columns(load=0, wind=170)).tobytes() == alone.tobytes()
    assert (forecast(known_and_columns(load=0, wind=60)) != alone).any()


def test_a_column_that_has_ended_costs_the_others_nothing() -> None:
    ended = known_and_columns(load=0, wind=0)
    ended.inputs["wind"].value[240:] = np.nan
    kept = learnable(ended.inputs, len(ended), least_days=100)
    assert list(kept) == ["load"]
    assert list(learnable(ended.inputs, len(ended), least_days=261)) == []


def test_a_day_of_which_twenty_hours_are_known_is_seen() -> None:
    known = known_and_columns(load=0)
    price = 50.0 + 5.0 * known.inputs["load"].value[260].mean()

    def error(lead_h: int) -> float:
        column = KnownInput(lead_h, known.inputs["load"].value).until(259)
        now = replace(known, inputs={"load": column})
        return abs(float(RidgeLear().fit(now, 1).predict(now, 1).mean()) - price)

    assert error(20) < 1.0 < error(19)


def test_what_is_missing_at_origins_or_thrown_away_is_named(make_series: MakeSeries) -> None:
    history = make_series(date(2025, 1, 1), date(2025, 4, 20))
    first, last = date(2025, 3, 28), date(2025, 4, 3)
    until = MADRID_CLOCK.midnight(date(2025, 3, 31))
    told = history.start < until
    inputs = [
        Input("load", history.start[told], history.value[told], 24),
        Input("wind", history.start, history.value, 30),
        Input("gas", history.start[history.start > until], history.value[history.start > until], 0),
    ]
    result = backtest(
        history, first=first, last=last, horizon_h=48, models=["naive"], inputs=inputs
    )
    assert result.missing == {"load": 4, "gas": 4}
    assert result.young == {"gas": (0, 86)}
    said = "\n".join(result.notes)
    assert "load, gas: missing at 4 of 7 origins" in said
    assert "wind: hours 25 to 30 ahead are not used" in said
    assert "gas: known on 0 of the 86 days" in said
    assert result.to_json()["missing"] == result.missing


@dataclass(frozen=True)
class Reader:
    """A model that says all it can see of its columns: the sum of them, whatever is unknown."""

    name: str = "reader"
    needs_days: int = 7
    refit_days: int = 1

    def fit(self, known: Known, leads: int) -> Reader:
        return self

    def predict(self, known: Known, leads: int) -> Floats:
        seen = sum(np.nansum(column.value) for column in known.inputs.values())
        return np.full((leads, 24), np.nansum(known.price) + seen)


@pytest.mark.parametrize("lead_h", [0, 24, 30, 168])
def test_no_value_of_a_column_beyond_its_lead_changes_a_bit(
    make_series: MakeSeries, monkeypatch: pytest.MonkeyPatch, lead_h: int
) -> None:
    monkeypatch.setitem(MODELS, "reader", Reader())
    history = make_series(date(2025, 1, 1), date(2025, 4, 20))
    first, midnight = date(2025, 3, 28), MADRID_CLOCK.midnight(date(2025, 3, 28))
    end = MADRID_CLOCK.wall(np.array([midnight]))[0] + np.timedelta64(lead_h, "h")
    cut = MADRID_CLOCK.instants(np.array([end]))[0]
    wind = Input("wind", history.start, np.ones(len(history)), lead_h)
    later = replace(wind, value=np.where(history.start >= cut, 1e6, wind.value))
    earlier = replace(
        wind, value=np.where(history.start == cut - np.timedelta64(1, "h"), 1e6, wind.value)
    )
    asked = {"first": first, "last": first, "horizon_h": 168, "models": ["reader"]}
    plain, unseen, seen = (
        backtest(history, **asked, inputs=[one]).predictions[0] for one in (wind, later, earlier)
    )
    assert plain.mean.tobytes() == unseen.mean.tobytes()
    assert plain.quantiles.tobytes() == unseen.quantiles.tobytes()
    assert (plain.mean != seen.mean).all()


@pytest.mark.parametrize("model", ["ridge", "boosted"])
def test_days_before_a_column_joins_are_forecast_without_and_later_ones_with_all_of_it(
    make_series: MakeSeries, model: str
) -> None:
    history = make_series(date(2024, 3, 1), date(2025, 5, 20))
    wind = Input("wind", history.start, np.sin(np.arange(len(history)) / 40.0), 24)
    first, joined, last = date(2025, 3, 29), date(2025, 3, 31), date(2025, 4, 1)

    def means(first: date, *inputs: Input) -> list[bytes]:
        made = backtest(
            history, first=first, last=last, horizon_h=24, models=[model], inputs=inputs
        ).predictions[0]
        return [made.mean[made.origin == day].tobytes() for day in np.unique(made.origin)]

    without, with_it = means(first), means(joined, wind)
    since = means(first, replace(wind, since=joined))
    assert since[:2] == without[:2]
    assert with_it[0] != without[2]
    if model == "ridge":  # a fit of trees serves four weeks: these learn without it until then
        assert since[2:] == with_it


def test_a_column_that_joins_later_is_named_and_not_called_missing(
    make_series: MakeSeries,
) -> None:
    history = make_series(date(2025, 1, 1), date(2025, 4, 20))
    joined = date(2025, 3, 31)
    late = history.start >= MADRID_CLOCK.midnight(joined)
    wind = Input("wind", history.start[late], history.value[late], 24, since=joined)
    result = backtest(
        history, first=date(2025, 3, 28), last=date(2025, 4, 3), horizon_h=48,
        models=["naive"], inputs=[wind],
    )  # fmt: skip
    assert result.missing == {}
    assert "wind: looked at from 2025-03-31 on" in " ".join(result.notes)
    assert result.to_json()["since"] == {"wind": "2025-03-31"}


def test_a_column_that_joins_later_keeps_its_day_however_it_is_cut() -> None:
    known = known_and_columns(load=0)
    joining = replace(known.inputs["load"], since_row=200)
    late = replace(known, inputs={"load": joining})
    assert list(late.until(199).inputs) == []
    assert list(late.until(200).inputs) == ["load"]
    newest = late.newest(100)  # its first row was the 160th
    assert list(newest.until(39).inputs) == []
    assert list(newest.until(40).inputs) == ["load"]
    assert [joining.nearer(days).since_row for days in (0, 1, 3)] == [200, 201, 203]


def test_a_series_in_naive_time_is_backtested_with_24_hours_every_day(
    make_series: MakeSeries,
) -> None:
    madrid = make_series(date(2025, 1, 1), date(2025, 4, 20))
    utc = slots(madrid, Clock.named("naive"))
    assert utc.value.shape[0] == slots(madrid).value.shape[0] + 1
    assert utc.complete[1:-1].all()
    assert np.isfinite(utc.value[1:-1]).all()


def midnights(first: str, days: int) -> np.ndarray:
    return MADRID_CLOCK.instants(
        (np.datetime64(first, "D") + np.arange(days)).astype("datetime64[s]")
    )


def test_a_daily_column_shows_every_hour_what_was_known_when_the_day_began() -> None:
    days = midnights("2025-10-24", 3)  # to the Sunday of 25 hours
    start, value = day_later(
        days, np.array([1.0, 2.0, 3.0]), until=np.datetime64("2025-10-28"), clock=MADRID_CLOCK
    )
    laid = lay_out(
        [Input("gas", start, value, 0)], np.datetime64("2025-10-24"), 5, clock=MADRID_CLOCK
    )["gas"].value
    assert np.isnan(laid[0]).all()
    assert [set(row) for row in laid[1:]] == [{1.0}, {2.0}, {3.0}, {3.0}]


def test_a_daily_value_speaks_for_ten_days_and_no_longer() -> None:
    start, value = day_later(
        midnights("2025-06-01", 1), np.array([7.0]), until=np.datetime64("2025-07-01"),
        clock=MADRID_CLOCK,
    )  # fmt: skip
    days = np.unique(MADRID_CLOCK.days(start))
    assert (str(days[0]), str(days[-1]), set(value)) == ("2025-06-02", "2025-06-11", {7.0})
    assert days.size == 10


@pytest.mark.parametrize("until", ["2025-05-31", "2025-06-01"])
def test_a_daily_column_that_begins_too_late_shows_nothing(until: str) -> None:
    start, value = day_later(
        midnights("2025-06-01", 3), np.arange(3.0), until=np.datetime64(until), clock=MADRID_CLOCK
    )
    assert start.size == value.size == 0
