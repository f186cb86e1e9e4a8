from __future__ import annotations

import numpy as np
import pytest

from chocolate_factory.forecasting.measure import compare, ground, summarise
from chocolate_factory.forecasting.results import HEADLINES, Predictions
from chocolate_factory.market.clock import MADRID_CLOCK, Clock
from chocolate_factory.market.series import QUANTILES, Floats

NAIVE_TIME = Clock.named("naive")
Z = np.array([-1.645, -1.282, -0.674, 0.0, 0.674, 1.282, 1.645])


def predictions(
    model: str, actual: Floats, *, first: str, days: int, noise: float, clock: Clock = NAIVE_TIME
) -> Predictions:
    """One forecast of one day from each of ``days`` midnights, off by noise of known spread."""
    midnights = clock.instants(
        np.arange(first, np.datetime64(first) + days + 1, dtype="datetime64[D]").astype("M8[s]")
    )
    start = np.arange(midnights[0], midnights[-1], 3600, dtype="datetime64[s]")
    origin = midnights[np.searchsorted(midnights, start, side="right") - 1]
    error = noise * np.random.default_rng(len(model)).normal(size=start.size)
    mean = actual[: start.size] + error
    return Predictions(model, origin, start, mean, mean[:, None] + noise * Z)


@pytest.fixture(scope="module")
def actual() -> Floats:
    hours = np.arange(60 * 24)
    return 50 + 20 * np.sin(2 * np.pi * hours / 24) + np.random.default_rng(2).normal(size=1440)


def test_every_headline_of_the_sums_is_inside_its_own_interval(actual: Floats) -> None:
    naive = predictions("naive", actual, first="2025-06-01", days=60, noise=8.0)
    better = predictions("better", actual, first="2025-06-01", days=60, noise=2.0)
    on = ground(naive, actual, clock=NAIVE_TIME, horizon_h=24, every=1)
    told = summarise(better, on)
    assert set(told.interval_95) == set(HEADLINES)
    for name in HEADLINES:
        between = told.interval_95[name]
        assert between is not None
        assert between[0] <= getattr(told, name) <= between[1]
    assert told.rmae == pytest.approx(0.25, abs=0.02)
    assert told.coverage_80 == pytest.approx(0.8, abs=0.03)
    assert told.coverage_90 == pytest.approx(0.9, abs=0.03)
    assert told.below == pytest.approx(QUANTILES, abs=0.04)
    assert told.mae == pytest.approx(2.0 * np.sqrt(2 / np.pi), abs=0.1)


def test_lead_days_and_hours_add_up_to_the_whole(actual: Floats) -> None:
    naive = predictions("naive", actual, first="2025-06-01", days=60, noise=8.0)
    on = ground(naive, actual, clock=NAIVE_TIME, horizon_h=24, every=1)
    told = summarise(naive, on)
    assert [(day.lead, day.periods, day.mae) for day in told.by_lead] == [(1, 1440, told.mae)]
    hourly = [mae for mae in told.by_hour if mae is not None]
    assert np.mean(hourly) == pytest.approx(told.mae)
    errors = np.abs(actual - naive.mean).reshape(60, 24)
    assert told.by_hour[7] == pytest.approx(errors[:, 7].mean())


def test_a_perfect_forecast_has_all_of_the_decision_value_and_a_reversed_one_loses(
    actual: Floats,
) -> None:
    naive = predictions("naive", actual, first="2025-06-01", days=60, noise=8.0)
    on = ground(naive, actual, clock=NAIVE_TIME, horizon_h=24, every=1)
    perfect = Predictions("p", naive.origin, naive.start, actual, naive.quantiles)
    reversed_ = Predictions("r", naive.origin, naive.start, -actual, naive.quantiles)
    assert summarise(perfect, on).decision_value == pytest.approx(1.0)
    value = summarise(reversed_, on).decision_value
    assert value is not None
    assert value < -0.8


@pytest.mark.parametrize(("first", "hours"), [("2025-03-30", 23), ("2025-10-26", 25)])
def test_a_day_of_23_or_25_hours_is_whole(first: str, hours: int) -> None:
    actual = np.arange(hours, dtype=float)
    made = predictions("m", actual, first=first, days=1, noise=0.0, clock=MADRID_CLOCK)
    on = ground(made, actual, clock=MADRID_CLOCK, horizon_h=24, every=1)
    assert on.day_length_h.tolist() == [hours]
    assert made.start.size == hours
    assert summarise(made, on).decision_value == pytest.approx(1.0)


def test_the_hours_of_a_quarter_hour_day_are_chosen_by_their_mean() -> None:
    hourly = np.array([5.0] * 18 + [1.0] * 6)
    actual = np.repeat(hourly, 4)
    start = np.arange("2025-11-03", "2025-11-04", 900, dtype="datetime64[s]")
    forecast = actual + np.tile([-9.0, 3.0, 3.0, 3.0], 24)  # a cheap quarter in every hour
    made = Predictions(
        "q", np.full(96, start[0]), start, forecast, np.repeat(forecast[:, None], 7, axis=1)
    )
    on = ground(made, actual, clock=NAIVE_TIME, horizon_h=24, every=1)
    assert summarise(made, on).decision_value == pytest.approx(1.0)


@pytest.mark.parametrize("zone", ["naive", "Asia/Kolkata", "Australia/Lord_Howe"])
def test_hours_are_those_of_the_local_day_whatever_its_offset(zone: str) -> None:
    clock = Clock.named(zone)
    day = np.arange("2025-11-03", "2025-11-05", dtype="datetime64[D]").astype("datetime64[s]")
    start = np.arange(*clock.instants(day), 900, dtype="datetime64[s]")
    actual = np.repeat(np.array([5.0] * 18 + [1.0] * 6), 4)
    made = Predictions(
        "q", np.full(96, start[0]), start, actual, np.repeat(actual[:, None], 7, axis=1)
    )
    on = ground(made, actual, clock=clock, horizon_h=24, every=1)
    assert on.hour_ends.tolist() == list(range(4, 100, 4))
    assert summarise(made, on).decision_value == pytest.approx(1.0)


def test_an_hour_counts_alike_in_quarters_and_in_one_piece() -> None:
    """An hourly day off by 1 and one of quarter-hours off by 3, where the naive is off by 2."""
    midnights = np.arange("2025-09-30", "2025-10-02", dtype="datetime64[D]").astype("M8[s]")
    steps = [np.arange(24) * 3600, np.arange(96) * 900]
    start = np.concatenate([at + step for at, step in zip(midnights, steps, strict=True)])
    origin = np.repeat(midnights, [24, 96])
    actual = np.concatenate([np.full(24, 10.0), np.full(96, 50.0)])

    def off_by(error: Floats) -> Predictions:
        mean = actual + error
        return Predictions("m", origin, start, mean, np.repeat(mean[:, None], 7, axis=1))

    naive, made = off_by(np.full(120, 2.0)), off_by(np.repeat([1.0, 3.0], [24, 96]))
    on = ground(naive, actual, clock=NAIVE_TIME, horizon_h=24, every=1)
    told = summarise(made, on)
    assert (told.mae, told.rmae, told.crps) == pytest.approx((2.0, 1.0, 2 * 0.95))
    assert told.r2 == pytest.approx(1 - (1 + 9) / 2 / 20**2)
    assert told.by_hour == pytest.approx((2.0,) * 24)
    assert (told.by_lead[0].mae, told.by_lead[0].periods) == pytest.approx((2.0, 120))


def test_a_day_with_a_missing_price_does_not_decide_anything(actual: Floats) -> None:
    holed = actual.copy()
    holed[24 + 5] = np.nan
    made = predictions("m", actual, first="2025-06-01", days=2, noise=0.0)
    on = ground(made, holed[:48], clock=NAIVE_TIME, horizon_h=24, every=1)
    told = summarise(made, on)
    assert (told.periods, told.excluded) == (47, 1)
    assert told.decision_value == pytest.approx(1.0)
    assert told.interval_95["mae"] is None  # two origins only


def test_every_pair_is_compared_and_the_better_one_has_the_lower_loss(actual: Floats) -> None:
    made = [
        predictions(name, actual, first="2025-06-01", days=60, noise=noise)
        for name, noise in (("naive", 8.0), ("good", 2.0), ("fair", 4.0))
    ]
    on = ground(made[0], actual, clock=NAIVE_TIME, horizon_h=24, every=1)
    told = compare(made, on)
    assert [(one.model, one.other) for one in told] == [
        ("naive", "good"), ("naive", "fair"), ("good", "fair"),
    ]  # fmt: skip
    assert [one.statistic > 0 for one in told] == [True, True, False]
    assert max(one.p_value for one in told) < 0.01
    loss = np.abs(actual - made[0].mean).mean() - np.abs(actual - made[1].mean).mean()
    assert told[0].difference == pytest.approx(loss)


def test_a_price_that_never_moves_has_no_ratio(actual: Floats) -> None:
    flat = np.full(24, 3.0)
    made = predictions("m", flat, first="2025-06-01", days=1, noise=0.0)
    told = summarise(made, ground(made, flat, clock=NAIVE_TIME, horizon_h=24, every=1))
    assert (told.rmae, told.r2, told.decision_value) == (None, None, None)
