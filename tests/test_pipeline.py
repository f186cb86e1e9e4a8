import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from chocolate_factory import pipeline
from chocolate_factory.app.files import load_contract, load_orders, load_plant
from chocolate_factory.errors import StoreError
from chocolate_factory.market.calendar import (
    day_bounds,
    local_days,
    local_hours,
    local_midnight,
    to_datetime64,
)
from chocolate_factory.market.catalog import PVPC, spec
from chocolate_factory.market.contract import parse_contract
from chocolate_factory.market.series import Kind, Observations, SeriesKey
from chocolate_factory.store.sql import open_store

NOW = datetime(2025, 11, 17, 21, tzinfo=UTC)
FIXED = """\
kind: fixed
tariff: 3.0TD
prices_eur_kwh: {P1: 0.2, P2: 0.18, P3: 0.15, P4: 0.12, P5: 0.1, P6: 0.08}
"""


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    yield opened
    opened.close()


def prices(first, last, *, key=PVPC, level=0.12, kind=Kind.PUBLISHED):
    """A daily shape, cheap at night and at midday, with a slow drift."""
    start, resolution_s = spec(key).grid(first, last)
    hours = local_hours(start)
    drift = np.sin(np.arange(start.size) / 500.0) / 50
    value = level + drift + 0.03 * np.cos((hours - 20) / 12 * np.pi)
    known = spec(key).inferred_available_at(start)
    return Observations(
        key, "price-file", kind, start, resolution_s, value, known, np.ones(start.size, dtype=bool)
    )


@dataclass(frozen=True)
class Upstream:
    name: str = "ree"
    series: tuple[SeriesKey, ...] = (PVPC,)
    max_days: int = 28


@dataclass(frozen=True)
class Feed:
    """A source whose answer is a value."""

    upstream: Upstream = Upstream()

    def fetch(self, first, last, *, now):
        return (prices(first, last),)


def task(contract="pvpc", **changes):
    plant = load_plant(None)
    fixed = parse_contract(FIXED, name="fixed") if contract == "fixed" else load_contract(contract)
    return pipeline.PlanTask(
        plant=plant, contract=fixed, orders=load_orders(None, plant), **changes
    )


def test_ingesting_a_day_twice_changes_nothing(store):
    first = pipeline.ingest(Feed(), store, day=date(2025, 10, 26), now=NOW)
    again = pipeline.ingest(Feed(), store, day=date(2025, 10, 26), now=NOW)
    assert first.appended.new == 25
    assert (again.appended.new, again.appended.unchanged) == (0, 25)


def test_a_forecast_value_does_not_fill_a_gap(store):
    key = SeriesKey("temperature", "linares")
    start, resolution_s = spec(key).grid(date(2025, 11, 10), date(2025, 11, 10))
    for kind in (Kind.FORECAST, Kind.ANALYSED):
        batch = Observations(
            key, "open-meteo", kind, start, resolution_s, np.full(24, 15.0),
            np.full(24, to_datetime64(NOW)), np.zeros(24, dtype=bool),
        )  # fmt: skip
        store.append([batch], now=NOW)
        report = pipeline.gaps(
            store, key, first=date(2025, 11, 10), last=date(2025, 11, 10), as_of=NOW
        )
        assert report.present == (0 if kind is Kind.FORECAST else 24)


@pytest.mark.parametrize(
    ("origin", "day"),
    [
        pytest.param(datetime(2025, 11, 18, 0, 5, tzinfo=UTC), date(2025, 11, 18), id="night"),
        pytest.param(datetime(2025, 11, 18, 5, tzinfo=UTC), date(2025, 11, 18), id="at 06:00"),
        pytest.param(
            datetime(2025, 11, 18, 5, 1, tzinfo=UTC), date(2025, 11, 19), id="after 06:00"
        ),
        pytest.param(datetime(2025, 11, 17, 23, tzinfo=UTC), date(2025, 11, 18), id="midnight"),
        pytest.param(datetime(2025, 10, 27, 5, tzinfo=UTC), date(2025, 10, 27), id="winter time"),
        pytest.param(datetime(2025, 10, 24, 5, tzinfo=UTC), date(2025, 10, 25), id="summer time"),
        pytest.param(datetime(2025, 11, 23, 9, tzinfo=UTC), date(2025, 11, 23), id="no shift"),
    ],
)
def test_a_day_is_planned_while_its_first_shift_is_ahead(origin, day):
    assert pipeline.first_day_to_plan(load_plant(None), origin) == day


def test_a_plan_covers_what_it_plans_until_a_new_one_could_plan_only_other_days(store):
    made = pipeline.plan(store, task("fixed", days=3), origin=NOW)  # Tue 18 to Thu 20
    plant = task().plant

    def covers(*instant):
        return pipeline.covers(made, plant, now=datetime(*instant, tzinfo=UTC))

    assert covers(2025, 11, 18, 12)
    assert covers(2025, 11, 20, 4)
    assert not covers(2025, 11, 20, 20)  # only Friday is left to plan
    assert not covers(2025, 11, 21, 0)


def test_a_plan_that_takes_over_ends_where_one_without_would(store):
    running = pipeline.plan(store, task("fixed", days=3), origin=NOW)
    for hour in (3, 12):
        origin = datetime(2025, 11, 19, hour, tzinfo=UTC)
        over = pipeline.TakeOver(running, origin)
        first, days = pipeline.planned_days(task(), origin, over)
        fresh_first, fresh_days = pipeline.planned_days(task(), origin)
        assert first == date(2025, 11, 19)
        assert first + timedelta(days=days) == fresh_first + timedelta(days=fresh_days)


def test_a_page_over_simulated_data_is_labelled_before_there_is_any_forecast(store):
    simulated = replace(prices(date(2025, 11, 1), date(2025, 11, 2)), source="simulation:ree")
    pipeline.take_in(store, [simulated], now=NOW)
    shown = pipeline.snapshot(store, as_of=NOW, task=task("fixed"), watched=(), weather=())
    assert shown.simulated


def test_simulated_and_real_data_never_share_a_store(store):
    real = prices(date(2025, 11, 1), date(2025, 11, 2))
    simulated = replace(real, source="simulation:ree")
    pipeline.take_in(store, [simulated], now=NOW)
    with pytest.raises(StoreError, match="never mixed"):
        pipeline.take_in(store, [real], now=NOW)
    assert pipeline.take_in(store, [simulated], now=NOW).unchanged == len(real)


def test_a_plan_under_a_fixed_contract_needs_no_market_price(store):
    made = pipeline.plan(store, task("fixed", days=2), origin=NOW)
    assert made.schedule.status == "optimal"
    assert {block.price_kind for block in made.schedule.blocks} == {"published"}
    assert pipeline.realised(store, made, task("fixed").contract, as_of=NOW).realised is not None


def test_a_plan_says_what_its_price_rests_on(store):
    store.append([prices(date(2024, 1, 1), date(2025, 11, 18))], now=NOW)
    made = pipeline.plan(store, task(days=1), origin=NOW, models=("naive",))
    assert any("10 kW" in note for note in made.notes)


def test_what_became_known_after_the_origin_changes_neither_forecast_nor_plan(store):
    store.append([prices(date(2024, 1, 1), date(2025, 11, 18))], now=NOW)
    before = pipeline.plan(store, task(days=2), origin=NOW, models=("naive",))
    store.append([prices(date(2025, 11, 19), date(2025, 11, 30), level=0.9)], now=NOW)
    revised = prices(date(2025, 11, 1), date(2025, 11, 18), level=0.5)
    late = np.full(len(revised), to_datetime64(NOW + timedelta(minutes=1)))
    store.append([replace(revised, available_at=late)], now=NOW + timedelta(minutes=1))
    after = pipeline.plan(store, task(days=2), origin=NOW, models=("naive",))
    assert np.array_equal(before.prices.eur_kwh, after.prices.eur_kwh)
    assert before.schedule == after.schedule


def test_a_plan_is_realised_only_once_every_price_is_known(store):
    store.append([prices(date(2024, 1, 1), date(2025, 11, 18))], now=NOW)
    made = pipeline.plan(store, task(days=2), origin=NOW, models=("naive",))
    contract = task().contract
    assert pipeline.realised(store, made, contract, as_of=NOW).realised is None
    store.append([prices(date(2025, 11, 19), date(2025, 11, 30), level=0.2)], now=NOW)
    later = NOW + timedelta(days=5)
    done = pipeline.realised(store, made, contract, as_of=later).realised
    assert done is not None
    assert done.savings_eur == pytest.approx(done.baseline_eur - done.plan_eur)
    assert done.plan_eur > made.schedule.objective_eur


def test_a_day_is_scored_by_the_forecast_made_before_its_publication(store):
    store.append([prices(date(2024, 1, 1), date(2025, 11, 18))], now=NOW)
    early = datetime(2025, 11, 17, 10, tzinfo=UTC)
    for origin in (early, NOW):
        made = pipeline.forecast(
            store, PVPC, origin=origin, horizon=timedelta(hours=72), models=("naive",)
        )
        store.save_forecast(made, made_at=origin)
    result = pipeline.score(store, PVPC, day=date(2025, 11, 18), as_of=NOW)
    assert result is not None
    assert result.origin == early
    assert result.periods == 24
    assert pipeline.score(store, PVPC, day=date(2025, 1, 1), as_of=NOW) is None


def test_a_snapshot_of_an_empty_store_is_empty_and_invents_nothing(store):
    shown = pipeline.snapshot(store, as_of=NOW, task=task(), watched=(PVPC,), weather=())
    assert (shown.forecast, shown.paid, shown.plan, shown.weather) == (None, None, None, ())
    assert [health.state for health in shown.health] == ["empty"]


def test_a_snapshot_under_a_fixed_contract_shows_its_prices_without_any_market(store):
    shown = pipeline.snapshot(store, as_of=NOW, task=task("fixed"), watched=(), weather=())
    assert shown.paid is not None
    assert shown.paid.published.all()
    assert shown.paid.start[0] == to_datetime64(local_midnight(date(2025, 11, 17)))


@pytest.mark.parametrize(
    ("as_of", "said"),
    [(NOW, 0), (datetime(2026, 12, 30, tzinfo=UTC), 1), (datetime(2027, 1, 3, tzinfo=UTC), 1)],
)
def test_prices_beyond_the_last_tolls_known_say_so(store, as_of, said):
    paid = pipeline.snapshot(store, as_of=as_of, task=task("fixed"), watched=(), weather=()).paid
    assert len(paid.notes) == said
    assert all("Tolls, charges and taxes are known to 2026-12-31" in note for note in paid.notes)
    assert paid.at(as_of).notes == paid.notes


def test_a_snapshot_shows_today_from_midnight_with_published_prices_over_forecasts(store):
    store.append([prices(date(2024, 1, 1), date(2025, 11, 17))], now=NOW)
    origin = datetime(2025, 11, 17, 10, tzinfo=UTC)
    made = pipeline.forecast(
        store, PVPC, origin=origin, horizon=timedelta(hours=72), models=("naive",)
    )
    store.save_forecast(made, made_at=origin)
    tomorrow = prices(date(2025, 11, 18), date(2025, 11, 18), level=0.3)
    store.append([tomorrow], now=NOW)
    shown = pipeline.snapshot(store, as_of=NOW, task=task(), watched=(PVPC,), weather=()).forecast
    assert shown is not None
    assert shown.start[0] == to_datetime64(local_midnight(date(2025, 11, 17)))
    begin, end = day_bounds(date(2025, 11, 18))
    assert shown.between(begin, end).published.all()
    assert np.array_equal(shown.between(begin, end).mean, tomorrow.value)
    assert not shown.between(end, end + timedelta(hours=1)).published.any()


def test_late_data_is_late(store):
    store.append([prices(date(2025, 10, 1), date(2025, 11, 15))], now=NOW)
    shown = pipeline.snapshot(store, as_of=NOW, task=task(), watched=(PVPC,), weather=())
    (health,) = shown.health
    assert (health.state, health.missing_recent) == ("late", 72)


def test_a_model_that_errs_more_than_the_naive_leaves_the_forecast_to_the_next_one(store):
    first, last = date(2025, 3, 1), date(2025, 11, 17)
    about, drawn = spec(PVPC), np.random.default_rng(9)
    start, resolution_s = about.grid(first, last)
    in_week = (local_days(start).astype(np.int64) % 7) * 24 + local_hours(start)
    value = drawn.normal(0.12, 0.05, 168)[in_week] + drawn.normal(0.0, 5e-4, start.size)
    known = about.inferred_available_at(start)
    batch = Observations(
        PVPC, "price-file", Kind.PUBLISHED, start, resolution_s, value, known,
        np.ones(start.size, dtype=bool),
    )  # fmt: skip
    store.append([batch], now=NOW)
    asked = {"origin": NOW, "horizon": timedelta(days=3)}
    made = pipeline.forecast(store, PVPC, **asked)
    assert made.model == "naive"
    ridge, similar = made.notes
    assert re.fullmatch(r"ridge erred [0-9.]+ times as much as the naive of late: naive .*", ridge)
    assert similar.startswith("similar-day erred ")
    alone = pipeline.forecast(store, PVPC, models=("ridge",), **asked)
    assert alone.model == "ridge"
    assert alone.notes[0].endswith("times as much as the naive of late, and was asked for by name")
