"""What every store promises. Another store joins by one line in ``conftest.STORES``."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chocolate_factory.errors import SeriesInvalid, StoreError
from chocolate_factory.market.catalog import LINARES, PVPC, SPOT, spec
from chocolate_factory.market.scores import DayScore
from chocolate_factory.market.series import (
    QUANTILES,
    Forecast,
    Kind,
    Observations,
    Series,
    SeriesKey,
)
from chocolate_factory.store.base import (
    Appended,
    Coverage,
    Event,
    IssuedForecast,
    Outcome,
    Piece,
    PlanRecord,
    Run,
    Store,
    Vintages,
)

Opened = Callable[[], Store]

TEMPERATURE = SeriesKey("temperature", LINARES)
HOUR = timedelta(hours=1)
T0 = datetime(2025, 10, 25, 22, tzinfo=UTC)  # first hour of the day that has 25
FAR = datetime(2100, 1, 1, tzinfo=UTC)
places = (f"place-{n}" for n in itertools.count())


def at(hours: float) -> datetime:
    return T0 + timedelta(hours=hours)


def batch(
    values: Sequence[float],
    *,
    key: SeriesKey = PVPC,
    start: datetime = T0,
    source: str = "ree",
    kind: Kind = Kind.PUBLISHED,
    available_at: datetime = T0,
    inferred: bool = False,
    resolution: timedelta = HOUR,
) -> Observations:
    """Consecutive delivery periods from ``start``, all known since ``available_at``."""
    n, step = len(values), int(resolution.total_seconds())
    known = np.datetime64(available_at.replace(tzinfo=None), "s")
    return Observations(
        key=key,
        source=source,
        kind=kind,
        start=np.datetime64(start.replace(tzinfo=None), "s")
        + np.arange(n) * np.timedelta64(step, "s"),
        resolution_s=np.full(n, step),
        value=np.array(values, dtype=float),
        available_at=np.full(n, known),
        inferred=np.full(n, inferred),
    )


def values(store: Store, key: SeriesKey = PVPC, *, as_of: datetime = FAR) -> list[float]:
    return store.read(key, at(-1000), at(1000), as_of=as_of).value.tolist()


def plain(pieces: Iterable[Piece]) -> list[str]:
    """All there is to know about what a store gave, comparable, in no particular order."""
    return sorted(repr({name: _bare(getattr(piece, name)) for name in piece.__slots__})
                  for piece in pieces)  # fmt: skip


def _bare(value: object) -> object:
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, Forecast):
        return {name: _bare(getattr(value, name)) for name in value.__slots__}
    return sorted(value.items()) if isinstance(value, Mapping) else value


def same(one: Series, other: Series) -> bool:
    columns = ("start", "resolution_s", "value", "available_at", "source", "kind")
    return all(getattr(one, c).tobytes() == getattr(other, c).tobytes() for c in columns)


# ---- appending and reading


def test_an_empty_store_reads_as_nothing_in_the_unit_of_the_series(store: Store) -> None:
    read = store.read(SPOT, at(0), at(24), as_of=at(0))
    assert (len(read), read.unit, read.key, read.as_of) == (0, "EUR/MWh", SPOT, at(0))
    assert read.start.dtype == np.dtype("datetime64[s]")
    assert not read.simulated


@pytest.mark.parametrize(
    ("key", "day", "periods"),
    [
        (PVPC, date(2025, 3, 30), 23),
        (PVPC, date(2025, 10, 26), 25),
        (SPOT, date(2025, 9, 30), 24),
        (SPOT, date(2025, 10, 1), 96),
        (SPOT, date(2025, 10, 26), 100),
        (SeriesKey("temp_mean", "J17"), date(2025, 3, 30), 1),
    ],
)
def test_a_day_is_read_as_it_was_appended(
    store: Store, key: SeriesKey, day: date, periods: int
) -> None:
    start, resolution_s = spec(key).grid(day, day)
    value = np.linspace(-0.4, 0.3, start.size)
    known = start - np.timedelta64(7, "h")
    given = Observations(
        key, "ree", Kind.PUBLISHED, start, resolution_s, value, known, np.ones(periods, bool)
    )
    assert store.append([given], now=FAR) == Appended(periods, periods, 0, 0)
    read = store.read(key, at(-24 * 365), at(24 * 365), as_of=FAR)
    assert read.start.tolist() == start.tolist()
    assert read.resolution_s.tolist() == resolution_s.tolist()
    assert read.value.tobytes() == value.tobytes()
    assert read.available_at.tolist() == known.tolist()
    assert set(read.source) == {"ree"}
    assert set(read.kind) == {"published"}


def test_reading_takes_periods_that_start_in_the_half_open_interval(store: Store) -> None:
    store.append([batch([0.1, 0.2, 0.3, 0.4])], now=T0)
    assert store.read(PVPC, at(1), at(3), as_of=FAR).value.tolist() == [0.2, 0.3]
    assert len(store.read(PVPC, at(3), at(1), as_of=FAR)) == 0


def test_places_are_apart(store: Store) -> None:
    here, there = SeriesKey("temperature", "linares"), SeriesKey("temperature", "jaen")
    store.append([batch([20.0], key=here), batch([25.0], key=there)], now=T0)
    assert (values(store, here), values(store, there)) == ([20.0], [25.0])


def test_a_value_is_unknown_before_it_became_available(store: Store) -> None:
    store.append([batch([0.1], available_at=at(5))], now=at(5))
    assert values(store, as_of=at(5) - timedelta(seconds=1)) == []
    assert values(store, as_of=at(5)) == [0.1]


def test_appending_twice_changes_nothing(store: Store) -> None:
    given = [batch([0.1, -0.2, 0.0]), batch([80.0], key=SPOT, resolution=timedelta(minutes=15))]
    assert store.append(given, now=at(0)) == Appended(4, 4, 0, 0)
    before, covered = store.read(PVPC, at(0), at(9), as_of=FAR), store.coverage()
    assert store.append(given, now=at(7)) == Appended(4, 0, 0, 4)
    assert same(store.read(PVPC, at(0), at(9), as_of=FAR), before)
    assert store.coverage() == covered


def test_the_same_value_told_later_leaves_no_trace(store: Store) -> None:
    store.append([batch([0.1], available_at=at(1))], now=at(1))
    told = store.append([batch([0.1 * (1 + 1e-12)], available_at=at(2))], now=at(2))
    assert told == Appended(1, 0, 0, 1)
    assert store.read(PVPC, at(0), at(1), as_of=FAR).available_at[0] == np.datetime64(
        "2025-10-25T23:00:00"
    )


def test_a_revision_stands_beside_the_value_it_revises(store: Store) -> None:
    store.append([batch([0.1, 0.2], available_at=at(1))], now=at(1))
    told = store.append([batch([0.1, 0.25], available_at=at(3))], now=at(3))
    assert told == Appended(2, 0, 1, 1)
    assert values(store, as_of=at(2)) == [0.1, 0.2]
    assert values(store, as_of=at(3)) == [0.1, 0.25]


def test_a_value_taken_back_is_a_second_revision(store: Store) -> None:
    for hour, value in enumerate([0.1, 0.2, 0.1]):
        store.append([batch([value], available_at=at(hour))], now=at(hour))
    assert [values(store, as_of=at(hour)) for hour in range(3)] == [[0.1], [0.2], [0.1]]


def test_history_that_contradicts_counts_as_known_from_now(store: Store) -> None:
    store.append([batch([0.1], available_at=at(1), inferred=True)], now=at(2))
    told = store.append([batch([0.3], available_at=at(1), inferred=True)], now=at(9))
    assert told == Appended(1, 0, 1, 0)
    assert values(store, as_of=at(9) - timedelta(seconds=1)) == [0.1]
    assert values(store, as_of=at(9)) == [0.3]


def test_history_that_contradicts_a_value_received_before_its_rule_counts_from_now(
    store: Store,
) -> None:
    store.append([batch([0.1], available_at=at(1))], now=at(1))
    store.append([batch([0.3], available_at=at(5), inferred=True)], now=at(9))
    assert values(store, as_of=at(8)) == [0.1]
    assert values(store, as_of=at(9)) == [0.3]


def test_a_contradiction_is_never_dated_before_what_it_contradicts(store: Store) -> None:
    store.append([batch([0.1], available_at=at(9))], now=at(9))
    store.append([batch([0.3], available_at=at(1))], now=at(5))
    assert values(store, as_of=at(9)) == [0.1]
    assert values(store, as_of=at(9) + timedelta(seconds=1)) == [0.3]


def test_batches_of_one_append_see_each_other(store: Store) -> None:
    told = store.append(
        [batch([0.1], available_at=at(1)), batch([0.2], available_at=at(2))], now=at(2)
    )
    assert told == Appended(1, 1, 0, 0) + Appended(1, 0, 1, 0)
    assert values(store) == [0.2]


def test_an_empty_batch_is_nothing(store: Store) -> None:
    assert store.append([batch([])], now=T0) == Appended(0, 0, 0, 0)
    assert store.coverage() == ()


# ---- whom to believe


def test_a_better_kind_wins_whoever_came_last(store: Store) -> None:
    weakest_first = [Kind.IMPUTED, Kind.FORECAST, Kind.ANALYSED, Kind.PUBLISHED, Kind.MEASURED]
    for order in (weakest_first, weakest_first[::-1]):
        key = SeriesKey("temperature", next(places))
        for hour, kind in enumerate(order):
            heat = float(weakest_first.index(kind))
            known = batch([heat], key=key, kind=kind, source="aemet", available_at=at(hour))
            store.append([known], now=at(hour))
        assert values(store, key) == [4.0]
        two = (Kind.FORECAST, Kind.IMPUTED)
        assert store.read(key, at(0), at(1), as_of=FAR, kinds=two).kind.tolist() == ["forecast"]
        assert len(store.read(key, at(0), at(1), as_of=FAR, kinds=())) == 0


def test_what_was_observed_is_one_tier_in_which_the_source_decides(store: Store) -> None:
    day = at(10)  # 08:00 UTC
    said = [("openweathermap", Kind.ANALYSED, 1.0), ("aemet", Kind.MEASURED, 2.0)]
    for source, kind, heat in said:
        store.append([batch([heat], key=TEMPERATURE, source=source, kind=kind, start=day)], now=T0)
    assert values(store, TEMPERATURE) == [1.0]


def test_an_observation_of_a_stranger_wins_over_the_forecast_of_the_preferred_source(
    store: Store,
) -> None:
    for source, kind, heat in (("aemet", Kind.FORECAST, 1.0), ("zeta", Kind.ANALYSED, 2.0)):
        store.append([batch([heat], key=TEMPERATURE, source=source, kind=kind)], now=T0)
    assert values(store, TEMPERATURE) == [2.0]


def test_the_station_is_believed_by_night_and_the_service_by_day_in_utc(store: Store) -> None:
    midnight = datetime(2025, 10, 26, tzinfo=UTC)
    for source in ("open-meteo", "openweathermap", "aemet"):
        told = batch([20.0] * 24, key=TEMPERATURE, source=source, kind=Kind.MEASURED,
                     start=midnight)  # fmt: skip
        store.append([told], now=T0)
    read = store.read(TEMPERATURE, midnight, midnight + 24 * HOUR, as_of=FAR)
    assert read.source.tolist() == ["aemet"] * 8 + ["openweathermap"] * 16


def test_prices_know_no_night(store: Store) -> None:
    for source in ("ree", "esios"):
        store.append([batch([0.1] * 24, source=source)], now=T0)
    assert set(store.read(PVPC, at(0), at(24), as_of=FAR).source) == {"esios"}


def test_a_simulated_source_ranks_as_its_model(store: Store) -> None:
    for source in ("zeta", "simulation:open-meteo", "simulation:aemet", "openweathermap"):
        told = batch([20.0] * 12, key=TEMPERATURE, source=source, kind=Kind.MEASURED)
        store.append([told], now=T0)
    read = store.read(TEMPERATURE, at(0), at(12), as_of=FAR)
    by_day, by_night = "openweathermap", "simulation:aemet"
    assert read.source.tolist() == [by_day] * 2 + [by_night] * 8 + [by_day] * 2


@pytest.mark.parametrize("order", [("ree", "simulation:ree"), ("simulation:ree", "ree")])
def test_a_real_source_wins_over_its_simulation_whoever_spoke_first(
    store: Store, order: tuple[str, str]
) -> None:
    for source in order:
        store.append([batch([0.1], source=source)], now=T0)
    assert store.read(PVPC, at(0), at(1), as_of=FAR).source.tolist() == ["ree"]


def test_one_source_is_read_alone(store: Store) -> None:
    store.append([batch([0.1, 0.2, 0.3], source="ree")], now=T0)
    store.append([batch([0.4], source="esios"), batch([0.5], source="simulation:ree")], now=T0)

    def by(source: str, **asked: tuple[Kind, ...]) -> list[float]:
        return store.read(PVPC, at(0), at(9), as_of=FAR, source=source, **asked).value.tolist()

    assert by("ree") == [0.1, 0.2, 0.3]
    assert by("esios") == [0.4]
    assert by("simulation:ree") == [0.5]
    assert by("omie") == []
    assert by("ree", kinds=(Kind.FORECAST,)) == []


def test_the_newest_of_many_vintages_is_read_for_every_period_as_of_any_instant(
    store: Store,
) -> None:
    rng = np.random.default_rng(7)
    heat = rng.uniform(-5, 40, (30, 24))
    for issued in range(30):
        vintage = batch(heat[issued].tolist(), key=TEMPERATURE, kind=Kind.FORECAST,
                        source="open-meteo", start=at(issued), available_at=at(issued))  # fmt: skip
        store.append([vintage], now=at(issued))
    for as_of in (0, 7, 29):
        read = store.read(TEMPERATURE, at(0), at(60), as_of=at(as_of))
        newest = [min(as_of, hour) for hour in range(as_of + 24)]
        assert read.value.tolist() == [
            heat[issued, hour - issued] for hour, issued in enumerate(newest)
        ]


def test_vintages_say_what_was_read_on_each_day_before(store: Store) -> None:
    """Forecasts told every few hours, some of them unchanged, beside what others say."""
    rng = np.random.default_rng(5)
    for issued in range(0, 120, 5):
        said = rng.integers(10, 13, 30).astype(float).tolist()
        told = {"key": TEMPERATURE, "start": at(90), "available_at": at(issued)}
        store.append(
            [
                batch(said, kind=Kind.FORECAST, source="open-meteo", **told),
                batch([55.0], kind=Kind.FORECAST, source="aemet", **told),
                batch([-9.0], kind=Kind.ANALYSED, source="open-meteo", **told),
            ],
            now=at(issued),
        )
    as_of = at(101)
    found = store.foretold(TEMPERATURE, at(91), at(115), as_of=as_of, source="open-meteo")
    assert (found.key, found.source, found.as_of) == (TEMPERATURE, "open-meteo", as_of)
    assert found.start.dtype == np.dtype("datetime64[s]")
    assert found.days_before.max() == 4
    for days in range(6):
        newest = {
            start: value
            for start, before, value in zip(
                found.start.tolist(), found.days_before.tolist(), found.value.tolist(), strict=True
            )
            if before >= days
        }
        then = store.read(
            TEMPERATURE, at(91), at(115), as_of=as_of - days * 24 * HOUR,
            kinds=(Kind.FORECAST,), source="open-meteo",
        )  # fmt: skip
        assert newest == dict(zip(then.start.tolist(), then.value.tolist(), strict=True))
    order = list(zip(found.start.tolist(), (-found.days_before).tolist(), strict=True))
    assert order == sorted(set(order))


def test_of_a_source_that_foretold_nothing_there_is_no_vintage(store: Store) -> None:
    store.append([batch([20.0], key=TEMPERATURE, source="aemet", kind=Kind.ANALYSED)], now=T0)
    for source in ("aemet", "nobody"):
        assert len(store.foretold(TEMPERATURE, at(0), at(9), as_of=FAR, source=source)) == 0
    assert len(store.foretold(TEMPERATURE, at(9), at(0), as_of=FAR, source="aemet")) == 0


def test_the_preferred_source_wins_and_strangers_come_last_by_name(store: Store) -> None:
    told = ["zeta", "alpha", "simulation:ree", "ree", "esios"]
    believed = []
    for hour, source in enumerate(told):
        store.append(
            [batch([hour / 10], source=source, available_at=at(9 - hour))], now=at(9 - hour)
        )
        believed += store.read(PVPC, at(0), at(1), as_of=FAR).source.tolist()
    assert believed == ["zeta", "alpha", "simulation:ree", "ree", "esios"]


def test_a_preferred_source_that_had_not_spoken_yet_is_not_believed(store: Store) -> None:
    store.append([batch([0.1], source="ree", available_at=at(1))], now=at(1))
    store.append([batch([0.2], source="esios", available_at=at(2))], now=at(2))
    assert (values(store, as_of=at(1)), values(store, as_of=at(2))) == ([0.1], [0.2])


def test_simulated_values_are_labelled(store: Store) -> None:
    store.append([batch([0.1, 0.2], source="simulation:ree"), batch([0.1])], now=T0)
    read = store.read(PVPC, at(0), at(2), as_of=FAR)
    assert read.source.tolist() == ["ree", "simulation:ree"]
    assert read.simulated
    assert not store.read(PVPC, at(0), at(1), as_of=FAR).simulated


def test_weather_forecasts_are_kept_by_vintage(store: Store) -> None:
    for issued, heat in ((0, [20.0, 21.0]), (6, [20.0, 24.0]), (12, [19.0, 24.0])):
        vintage = batch(heat, key=TEMPERATURE, kind=Kind.FORECAST, source="open-meteo",
                        start=at(48), available_at=at(issued))  # fmt: skip
        store.append([vintage], now=at(issued))
    seen = [values(store, TEMPERATURE, as_of=at(hour)) for hour in (0, 6, 11, 12)]
    assert seen == [[20.0, 21.0], [20.0, 24.0], [20.0, 24.0], [19.0, 24.0]]


# ---- all or nothing


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(batch([0.1, 25.0]), id="absurd value"),
        pytest.param(batch([0.1], resolution=timedelta(minutes=15)), id="wrong resolution"),
        pytest.param(batch([0.1], start=at(0.5)), id="off the grid"),
        pytest.param(batch([0.1], key=SeriesKey("moonlight", "linares")), id="unknown series"),
    ],
)
def test_a_bad_batch_keeps_the_good_ones_out(store: Store, bad: Observations) -> None:
    with pytest.raises(SeriesInvalid):
        store.append([batch([20.0], key=TEMPERATURE), bad], now=T0)
    assert store.coverage() == ()


def test_batches_that_break_off_leave_nothing(store: Store) -> None:
    def breaking() -> Iterator[Observations]:
        yield batch([0.1])
        raise RuntimeError("line lost")

    with pytest.raises(RuntimeError, match="line lost"):
        store.append(breaking(), now=T0)
    assert store.coverage() == ()


def test_what_was_appended_is_there_after_opening_again(opened: Opened) -> None:
    first = opened()
    first.append([batch([0.1, 0.2])], now=T0)
    first.close()
    assert values(opened()) == [0.1, 0.2]


def test_an_instant_without_offset_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="no offset"):
        store.read(PVPC, at(0), at(1), as_of=datetime(2025, 1, 1))  # noqa: DTZ001


# ---- coverage


def test_everybody_who_said_anything_is_named_once(store: Store) -> None:
    assert store.sources() == frozenset()
    store.append([batch([0.1, 0.2], available_at=at(1))], now=at(1))
    store.append([batch([0.1], start=at(2), source="esios")], now=at(4))
    store.append([batch([20.0], key=TEMPERATURE, source="simulation:open-meteo")], now=T0)
    store.append([batch([21.0], key=TEMPERATURE, source="ree", kind=Kind.FORECAST)], now=T0)
    assert store.sources() == {"ree", "esios", "simulation:open-meteo"}


def test_coverage_counts_delivery_periods_not_rows(store: Store) -> None:
    store.append([batch([0.1, 0.2, 0.3], available_at=at(1))], now=at(1))
    store.append([batch([0.1, 0.9], start=at(2), source="esios", available_at=at(4))], now=at(4))
    store.append([batch([0.5], available_at=at(2))], now=at(5))
    store.append([batch([20.0], key=TEMPERATURE, source="open-meteo")], now=T0)
    assert store.coverage() == (
        Coverage(PVPC, 4, at(0), at(3), at(4), ("esios", "ree")),
        Coverage(TEMPERATURE, 1, at(0), at(0), T0, ("open-meteo",)),
    )


# ---- forecasts and plans


def outlook(key: SeriesKey = PVPC, *, origin: datetime = T0, level: float = 0.1) -> Forecast:
    n = 30
    mean = level + np.sin(np.arange(n)) / 7
    return Forecast(
        key=key,
        unit=spec(key).unit,
        origin=origin,
        model="ridge",
        start=np.datetime64(origin.replace(tzinfo=None), "s")
        + np.arange(n) * np.timedelta64(3600, "s"),
        resolution_s=np.full(n, 3600),
        published=np.arange(n) < 8,
        mean=mean,
        quantiles=mean[:, None] + np.linspace(-1, 1, len(QUANTILES)) / 3,
        simulated=True,
        notes=("sin datos de demanda: «naïve»",),
        inputs={"pvpc": "simulation:ree", "rows": "26304"},
    )


def test_a_forecast_comes_back_to_the_last_bit(store: Store) -> None:
    made = outlook()
    store.save_forecast(made, made_at=at(1))
    kept = store.forecast(PVPC, as_of=at(1))
    assert kept is not None
    for name in ("key", "unit", "origin", "model", "simulated", "notes", "inputs"):
        assert getattr(kept, name) == getattr(made, name)
    for name in ("start", "resolution_s", "published", "mean", "quantiles"):
        one, other = getattr(kept, name), getattr(made, name)
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        assert one.tobytes() == other.tobytes()


def test_a_forecast_without_periods_comes_back(store: Store) -> None:
    none = np.empty(0)
    made = replace(
        outlook(), start=none.astype("datetime64[s]"), resolution_s=none.astype(int),
        published=none.astype(bool), mean=none, quantiles=np.empty((0, len(QUANTILES))),
    )  # fmt: skip
    store.save_forecast(made, made_at=at(1))
    kept = store.forecast(PVPC, as_of=at(1))
    assert kept is not None
    assert len(kept) == 0


def test_every_version_of_a_forecast_is_kept(store: Store) -> None:
    store.save_forecast(outlook(level=0.3), made_at=at(3))
    store.save_forecast(outlook(level=0.1), made_at=at(1))
    store.save_forecast(outlook(level=0.4), made_at=at(3))
    store.save_forecast(outlook(SPOT, level=50.0), made_at=at(4))

    def level(hour: int) -> float | None:
        kept = store.forecast(PVPC, as_of=at(hour))
        return None if kept is None else kept.mean[0]

    assert [level(hour) for hour in (0, 1, 2, 3, 9)] == [None, 0.1, 0.1, 0.4, 0.4]


def test_forecasts_made_in_a_half_open_interval_are_listed_oldest_first(store: Store) -> None:
    for hour, level in ((3, 0.3), (1, 0.1), (3, 0.4), (5, 0.5)):
        store.save_forecast(outlook(level=level), made_at=at(hour))
    store.save_forecast(outlook(SPOT, level=50.0), made_at=at(3))

    def made(start: int, end: int) -> list[tuple[datetime, float]]:
        issued = store.forecasts(PVPC, made_from=at(start), made_to=at(end))
        return [(one.made_at, one.forecast.mean[0]) for one in issued]

    assert made(1, 5) == [(at(1), 0.1), (at(3), 0.3), (at(3), 0.4)]
    assert made(5, 6) == [(at(5), 0.5)]
    assert made(6, 9) == made(5, 5) == []
    assert store.forecasts(TEMPERATURE, made_from=at(0), made_to=at(9)) == ()


def test_a_listed_forecast_is_the_one_that_was_saved(store: Store) -> None:
    store.save_forecast(outlook(), made_at=at(1))
    assert plain(store.forecasts(PVPC, made_from=at(1), made_to=at(2))) == plain(
        [IssuedForecast(outlook(), at(1))]
    )


def test_a_forecast_of_a_series_without_values_does_not_invent_coverage(store: Store) -> None:
    store.save_forecast(outlook(), made_at=at(1))
    assert [held.count for held in store.coverage()] in ([], [0])
    assert store.append([batch([0.1])], now=T0).new == 1
    assert [held.count for held in store.coverage()] == [1]


def test_every_plan_is_kept(store: Store) -> None:
    first = PlanRecord("2025-10-25T22:00Z", T0, at(1), '{"status": "optimal", "note": "€ ñ"}')
    second = PlanRecord("2025-10-26T22:00Z", at(24), at(25), "{}")
    store.save_plan(second)
    store.save_plan(first)
    seen = [store.plan(as_of=at(hour)) for hour in (0, 1, 24, 25)]
    assert seen == [None, first, first, second]


def test_the_same_plan_again_changes_nothing_and_another_in_its_place_is_refused(
    store: Store,
) -> None:
    made = PlanRecord("week-43", T0, at(1), "{}")
    store.save_plan(made)
    store.save_plan(made)
    with pytest.raises(StoreError, match=r"week-43.*never overwritten"):
        store.save_plan(replace(made, document='{"changed": 1}'))
    assert store.plan(as_of=FAR) == made


def test_a_plan_is_found_by_its_id(store: Store) -> None:
    first, second = PlanRecord("week-43", T0, at(1), "{}"), PlanRecord("week-44", T0, at(2), "{}")
    store.save_plan(first)
    store.save_plan(second)
    assert (store.plan_of("week-43"), store.plan_of("week-45")) == (first, None)


# ---- events


def an_event(name: str, *, kind: str = "plan-accepted", hour: float = 0) -> Event:
    return Event(name, kind, at(hour), '{"plan": "week-43"}')


def noted(store: Store, *kinds: str, since: float | None = None, until: float = 999) -> list[str]:
    begin = None if since is None else at(since)
    return [event.event_id for event in store.events(*kinds, since=begin, as_of=at(until))]


def test_the_revision_changes_with_what_is_stored_and_only_then(store: Store) -> None:
    score = a_score()
    steps = (
        ("observations", lambda: store.append([batch([0.1])], now=T0)),
        ("observations", lambda: store.append([batch([0.2])], now=at(30))),
        ("forecasts", lambda: store.save_forecast(outlook(), made_at=at(1))),
        ("plans", lambda: store.save_plan(PlanRecord("week-43", T0, at(1), "{}"))),
        ("events", lambda: store.save_event(an_event("1"))),
        ("scores", lambda: store.save_scores([score])),
    )
    for sort, step in steps:
        before = store.revision()
        assert store.revision() == before
        step()
        assert store.revision().changed_from(before) == (sort,)
    before = store.revision()
    store.append([batch([0.2])], now=at(31))
    store.save_run(a_run("1"))
    assert store.revision() == before


def test_an_event_comes_back_to_the_millisecond(store: Store) -> None:
    noted = T0 + timedelta(milliseconds=123)
    kept = Event("accepted/2025-10-25 ñ", "plan-accepted", noted, '{"note": "€ «sí»\\n"}')
    store.save_event(kept)
    assert store.events(as_of=FAR) == (kept,)


def test_events_are_listed_oldest_first_by_kind_and_time_with_both_ends(store: Store) -> None:
    for name, kind, hour in (
        ("c", "plan-accepted", 3),
        ("a", "batch-started", 1),
        ("b", "plan-accepted", 2),
        ("again b", "day-closed", 2),
    ):
        store.save_event(an_event(name, kind=kind, hour=hour))
    assert noted(store) == ["a", "b", "again b", "c"]
    assert noted(store, "plan-accepted") == ["b", "c"]
    assert noted(store, "plan-accepted", "batch-started") == ["a", "b", "c"]
    assert noted(store, since=2) == ["b", "again b", "c"]
    assert noted(store, until=2) == ["a", "b", "again b"]
    assert noted(store, since=2, until=2) == ["b", "again b"]
    assert noted(store, "unheard-of") == []


def test_the_same_event_again_changes_nothing_and_another_in_its_place_is_refused(
    store: Store,
) -> None:
    store.save_event(an_event("1"))
    store.save_event(an_event("1"))
    for other in (an_event("1", hour=1), an_event("1", kind="other")):
        with pytest.raises(StoreError, match=r"'1': events are never overwritten"):
            store.save_event(other)
    assert store.events(as_of=FAR) == (an_event("1"),)


# ---- things kept together


@pytest.fixture
def whole_store(store: Store, backend: str) -> Store:
    """A store that keeps several things at once."""
    if backend == "influx":
        with pytest.raises(StoreError, match="InfluxDB has no transactions"):
            store.save_once(an_event("done"))
        pytest.skip("it refuses: InfluxDB has no transactions")
    return store


def test_a_mark_is_kept_once_with_all_that_comes_with_it(whole_store: Store) -> None:
    first, second = (PlanRecord(f"week-{n}", T0, at(1), "{}") for n in (43, 44))
    issued = IssuedForecast(outlook(), at(1))
    mark = an_event("done", kind="fleet-plan")
    assert whole_store.save_once(
        mark, plans=[first], events=[an_event("accepted")], forecasts=[issued]
    )
    assert not whole_store.save_once(
        replace(mark, document="{}"), plans=[second], events=[an_event("other")], forecasts=[issued]
    )
    assert noted(whole_store) == ["accepted", "done"]
    assert (whole_store.plan_of("week-43"), whole_store.plan_of("week-44")) == (first, None)
    assert len(whole_store.forecasts(PVPC, made_from=T0, made_to=FAR)) == 1
    assert whole_store.of_site("lugo").save_once(mark)  # another site's is another


def test_a_mark_whose_company_is_refused_is_not_kept_either(whole_store: Store) -> None:
    kept = PlanRecord("week-43", T0, at(1), "{}")
    whole_store.save_plan(kept)
    with pytest.raises(StoreError, match="never overwritten"):
        whole_store.save_once(
            an_event("done"),
            events=[an_event("accepted")],
            plans=[PlanRecord("week-44", T0, at(1), "{}"), replace(kept, document="[]")],
        )
    assert noted(whole_store) == []
    assert whole_store.plan_of("week-44") is None


def test_of_many_that_keep_one_mark_at_the_same_moment_one_does(
    whole_store: Store, opened: Opened
) -> None:
    stores = [opened() for _ in range(4)]
    with ThreadPoolExecutor(len(stores)) as racing:
        done = list(
            racing.map(
                lambda n: stores[n].save_once(
                    an_event("done"), plans=[PlanRecord(f"by-{n}", T0, at(1), "{}")]
                ),
                range(len(stores)),
            )
        )
    assert sorted(done) == [False, False, False, True]
    assert [whole_store.plan_of(f"by-{n}") is not None for n in range(4)] == done


# ---- scores


def a_score(
    *, key: SeriesKey = PVPC, made: float = 0, day: int = 26, scored: float = 30, mae: float = 0.02
) -> DayScore:
    return DayScore(
        key=key, made_at=at(made), origin=at(made - 0.5), model="ridge", day=date(2025, 10, day),
        scored_at=at(scored), periods=25, mae=mae, bias=-0.1 / 3, naive_mae=None,
        coverage_80=0.76, coverage_90=1.0,
    )  # fmt: skip


def scored(store: Store, *, key: SeriesKey = PVPC, as_of: datetime = FAR) -> list[DayScore]:
    first, last = date(2025, 10, 1), date(2025, 10, 31)
    return list(store.scores(key, first=first, last=last, as_of=as_of))


def test_a_score_comes_back_to_the_last_bit(store: Store) -> None:
    made = [a_score(), replace(a_score(day=27), naive_mae=0.1 / 3)]
    store.save_scores(made)
    assert scored(store) == made


def test_scores_are_listed_by_day_and_then_by_when_the_forecast_was_made(store: Store) -> None:
    told = [a_score(day=27), a_score(made=5), a_score(made=2), a_score(day=28, made=1)]
    store.save_scores(told[:2])
    store.save_scores([*told[2:], a_score(key=SPOT, mae=7.0)])
    listed = store.scores(PVPC, first=date(2025, 10, 26), last=date(2025, 10, 27), as_of=FAR)
    assert [(one.day.day, one.made_at) for one in listed] == [(26, at(2)), (26, at(5)), (27, at(0))]
    assert [one.mae for one in scored(store, key=SPOT)] == [7.0]
    assert scored(store, key=TEMPERATURE) == []


def test_a_forecast_scored_again_counts_once_and_as_of_before_as_it_was(store: Store) -> None:
    store.save_scores([a_score(scored=30, mae=0.02)])
    store.save_scores([a_score(scored=40, mae=0.03)])
    assert [one.mae for one in scored(store)] == [0.03]
    assert [one.mae for one in scored(store, as_of=at(39))] == [0.02]
    assert scored(store, as_of=at(29)) == []


def test_a_score_of_the_same_second_takes_the_place_of_the_one_before(store: Store) -> None:
    for mae in (0.02, 0.03, 0.03):
        store.save_scores([a_score(mae=mae)])
    assert [one.mae for one in scored(store)] == [0.03]
    assert len(list(store.dump())) == 1


def test_scoring_nothing_leaves_nothing(store: Store) -> None:
    store.save_scores([])
    assert list(store.dump()) == []


# ---- runs


def a_run(
    name: str, *, job: str = "ingest-prices", hour: float = 0, outcome: Outcome = Outcome.DONE
) -> Run:
    ended = None if outcome is Outcome.RUNNING else at(hour + 0.5)
    return Run(name, job, at(hour), ended, outcome)


def names(runs: Iterable[Run]) -> list[str]:
    return [run.run_id for run in runs]


def test_a_run_comes_back_to_the_millisecond(store: Store) -> None:
    made = Run(
        run_id="backfill/2025-10-25T22:00:00.123Z",
        job="backfill",
        started_at=T0 + timedelta(milliseconds=123),
        finished_at=T0 + timedelta(milliseconds=4567),
        outcome=Outcome.NOT_PUBLISHED,
        detail="aún no publicado: «omie» €\0\ud800",
        done=3,
        total=2**40,
        counts={"new": 24, "requests": 2**33},
        asked={"from": "2025-10-01", "to": "2025-10-25", "": "\n"},
    )
    store.save_run(made)
    assert store.run(made.run_id) == made
    assert store.runs() == (made,)


def test_what_is_finer_than_a_millisecond_is_cut_off(store: Store) -> None:
    store.save_run(replace(a_run("1"), started_at=T0 + timedelta(microseconds=1999)))
    kept = store.run("1")
    assert kept is not None
    assert kept.started_at == T0 + timedelta(milliseconds=1)


def test_an_unknown_run_is_none(store: Store) -> None:
    store.save_run(a_run("1"))
    assert store.run("2") is None


def test_a_run_saved_again_is_replaced(store: Store) -> None:
    store.save_run(a_run("1", outcome=Outcome.RUNNING))
    store.save_run(a_run("2", outcome=Outcome.RUNNING))
    done = replace(a_run("1"), done=7, total=7, counts={"new": 1})
    store.save_run(done)
    assert store.run("1") == done
    assert store.runs(outcome=Outcome.RUNNING) == (a_run("2", outcome=Outcome.RUNNING),)
    assert names(store.runs()) == ["2", "1"]


def test_runs_are_listed_newest_first_by_job_and_outcome(store: Store) -> None:
    store.save_run(a_run("b", hour=2))
    store.save_run(a_run("d", hour=9, job="plan", outcome=Outcome.FAILED))
    store.save_run(a_run("a", hour=1, outcome=Outcome.FAILED))
    store.save_run(a_run("c", hour=2))
    assert names(store.runs()) == ["d", "c", "b", "a"]
    assert names(store.runs(job="ingest-prices")) == ["c", "b", "a"]
    assert names(store.runs(outcome=Outcome.FAILED)) == ["d", "a"]
    assert names(store.runs(job="plan", outcome=Outcome.FAILED)) == ["d"]
    assert names(store.runs(job="plan", outcome=Outcome.DONE)) == []
    assert names(store.runs(limit=2)) == ["d", "c"]
    assert names(store.runs(job="ingest-prices", limit=1)) == ["c"]


def test_of_runs_of_one_start_the_last_by_name_comes_first_whatever_the_limit(
    store: Store,
) -> None:
    for name in ("e", "a", "f", "b", "d", "c"):
        store.save_run(a_run(name, hour=1))
    store.save_run(a_run("other", hour=1, job="plan", outcome=Outcome.FAILED))
    store.save_run(a_run("z", hour=0))
    for limit in (1, 2, 6, 7):
        assert names(store.runs(job="ingest-prices", limit=limit)) == list("fedcbaz")[:limit]
        assert names(store.runs(outcome=Outcome.DONE, limit=limit)) == list("fedcbaz")[:limit]
    assert names(store.runs(limit=2)) == ["other", "f"]


def test_only_finished_runs_from_before_are_dropped(store: Store) -> None:
    store.save_run(a_run("old", hour=1))
    store.save_run(a_run("hanging", hour=1, outcome=Outcome.RUNNING))
    store.save_run(a_run("at the instant", hour=2))
    store.save_run(a_run("later", hour=3))
    assert store.drop_runs(before=at(2)) == 1
    assert names(store.runs()) == ["later", "at the instant", "hanging"]
    assert store.drop_runs(before=at(2)) == 0


def test_dropping_runs_leaves_all_else(store: Store) -> None:
    filled(store)
    kept = [piece for piece in store.dump() if not isinstance(piece, Run)]
    assert store.drop_runs(before=FAR) == 1
    assert plain(piece for piece in store.dump() if not isinstance(piece, Run)) == plain(kept)


# ---- everything at once


def filled(store: Store) -> None:
    """Something of every kind there is."""
    store.append(
        [
            batch([0.1, 0.2, -0.0], available_at=at(1), inferred=True),
            batch([0.1, 0.25], available_at=at(3)),
            batch([0.3], source="esios", start=at(7)),
            batch([80.0], key=SPOT, resolution=timedelta(minutes=15)),
            batch([20.0], key=TEMPERATURE, source="aemet", kind=Kind.FORECAST),
            batch([21.0], key=TEMPERATURE, source="aemet", kind=Kind.MEASURED),
            batch([22.0], key=SeriesKey("temperature", "Órgiva"), source="simulation:aemet"),
        ],
        now=at(5),
    )
    for hour, level in ((3, 0.1), (1, 0.2), (3, 0.3)):
        store.save_forecast(outlook(level=level), made_at=at(hour))
    store.save_forecast(outlook(SeriesKey("spot", "elsewhere"), level=50.0), made_at=at(2))
    store.save_plan(PlanRecord("week-44", at(24), at(25), '{"note": "€ ñ"}'))
    store.save_plan(PlanRecord("week-43", T0, at(1), "{}"))
    for name in ("2", "1"):
        store.save_event(an_event(name))
    store.save_event(an_event("0", kind="día cerrado", hour=30))
    store.save_scores([a_score(), a_score(scored=31), a_score(key=SPOT, day=27)])
    store.save_run(replace(a_run("1"), counts={"new": 3}, asked={"day": "2025-10-25"}))
    store.save_run(a_run("2", hour=2, job="plan", outcome=Outcome.RUNNING))


def test_an_empty_store_dumps_nothing(store: Store) -> None:
    assert list(store.dump()) == []


def test_a_dump_holds_every_row_with_all_that_is_known_of_it(store: Store) -> None:
    store.append([batch([0.1, 0.2], available_at=at(1), inferred=True)], now=at(5))
    store.append([batch([0.4], available_at=at(1), inferred=True)], now=at(6))
    (held,) = store.dump()
    assert isinstance(held, Vintages)
    assert (held.key, held.source, held.kind) == (PVPC, "ree", Kind.PUBLISHED)
    hour, origin = 3600, int(T0.timestamp())
    assert (held.start_s - origin).tolist() == [0, 0, hour]
    assert (held.available_at_s - origin).tolist() == [hour, 6 * hour, hour]
    assert (held.ingested_at_s - origin).tolist() == [5 * hour, 6 * hour, 5 * hour]
    assert held.resolution_s.tolist() == [hour] * 3
    assert held.value.tolist() == [0.1, 0.4, 0.2]
    assert held.inferred.tolist() == [True, False, True]
    assert (held.inferred.dtype, held.value.dtype, held.start_s.dtype) == (bool, float, "i8")


def test_a_dump_names_all_that_is_held_once(store: Store) -> None:
    filled(store)
    pieces = list(store.dump())
    assert sorted(
        (str(one.key), one.source, one.kind.value) for one in pieces if isinstance(one, Vintages)
    ) == [
        ("pvpc@peninsula", "esios", "published"),
        ("pvpc@peninsula", "ree", "published"),
        ("spot@peninsula", "ree", "published"),
        ("temperature@linares", "aemet", "forecast"),
        ("temperature@linares", "aemet", "measured"),
        ("temperature@Órgiva", "simulation:aemet", "published"),
    ]
    issued = [one for one in pieces if isinstance(one, IssuedForecast)]
    assert sorted((str(one.forecast.key), one.made_at) for one in issued) == [
        ("pvpc@peninsula", at(1)),
        ("pvpc@peninsula", at(3)),
        ("pvpc@peninsula", at(3)),
        ("spot@elsewhere", at(2)),
    ]
    assert sorted(one.plan_id for one in pieces if isinstance(one, PlanRecord)) == [
        "week-43",
        "week-44",
    ]
    assert [one.event_id for one in pieces if isinstance(one, Event)] == ["2", "1", "0"]
    assert sorted((str(one.key), one.scored_at) for one in pieces if isinstance(one, DayScore)) == [
        ("pvpc@peninsula", at(30)),
        ("pvpc@peninsula", at(31)),
        ("spot@peninsula", at(30)),
    ]
    assert sorted(names(one for one in pieces if isinstance(one, Run))) == ["1", "2"]


def test_a_dump_is_of_one_instant_while_others_write(opened: Opened) -> None:
    store, writer = opened(), opened()
    filled(store)
    before = plain(store.dump())
    dumping = store.dump()
    first = next(dumping)
    writer.append([batch([0.9, 0.9, 0.9], available_at=at(8))], now=at(8))
    writer.append([batch([70.0], key=SPOT, start=at(50), resolution=HOUR / 4)], now=at(8))
    writer.save_run(a_run("2", hour=2, job="plan"))
    writer.save_plan(PlanRecord("week-45", T0, at(9), "{}"))
    writer.save_event(an_event("3", hour=9))
    assert plain([first, *dumping]) == before
    assert plain(store.dump()) != before


def test_a_dump_that_is_given_up_holds_nobody_up(store: Store) -> None:
    filled(store)
    dumping = store.dump()
    next(dumping)
    dumping.close()
    assert store.append([batch([0.9], available_at=at(8))], now=at(8)).revised == 1


def test_what_is_loaded_is_exactly_what_was_dumped(
    store: Store, another: Callable[[], Opened]
) -> None:
    filled(store)
    copy = another()()
    copy.load(store.dump())
    assert plain(copy.dump()) == plain(store.dump())
    assert copy.coverage() == store.coverage()
    assert same(*(one.read(PVPC, at(0), at(9), as_of=FAR) for one in (copy, store)))
    for hour in (0, 1, 3, 25):
        assert copy.plan(as_of=at(hour)) == store.plan(as_of=at(hour))
        newest = [one.forecast(PVPC, as_of=at(hour)) for one in (copy, store)]
        assert len({None if made is None else made.mean[0] for made in newest}) == 1
    assert copy.events(as_of=FAR) == store.events(as_of=FAR)
    assert copy.runs() == store.runs()


def test_what_was_loaded_is_there_after_opening_again_and_goes_on(
    store: Store, another: Callable[[], Opened]
) -> None:
    filled(store)
    opened = another()
    copy = opened()
    copy.load(store.dump())
    copy.close()
    copy = opened()
    told = [batch([0.1, 0.25, 0.7, 0.8], available_at=at(9), source="ree")]
    assert copy.append(told, now=at(9)) == store.append(told, now=at(9)) == Appended(4, 1, 1, 2)
    assert copy.coverage() == store.coverage()


@pytest.mark.parametrize("held", ["observations", "forecast", "plan", "event", "score", "run"])
def test_nothing_is_loaded_into_a_store_that_holds_something(store: Store, held: str) -> None:
    match held:
        case "observations":
            store.append([batch([0.1])], now=T0)
        case "forecast":
            store.save_forecast(outlook(), made_at=T0)
        case "plan":
            store.save_plan(PlanRecord("week-43", T0, T0, "{}"))
        case "event":
            store.save_event(an_event("1"))
        case "score":
            store.save_scores([a_score()])
        case _:
            store.save_run(a_run("1"))
    before = plain(store.dump())
    with pytest.raises(StoreError, match="not empty"):
        store.load([PlanRecord("week-44", T0, T0, "{}")])
    assert plain(store.dump()) == before


def vintages(start: Sequence[int], known: Sequence[int], value: Sequence[float]) -> Vintages:
    """Hours after T0."""
    origin, n = int(T0.timestamp()), len(start)
    return Vintages(
        PVPC, "ree", Kind.PUBLISHED, origin + np.array(start) * 3600, np.full(n, 3600),
        np.array(value), origin + np.array(known) * 3600, np.zeros(n, bool), np.full(n, origin),
    )  # fmt: skip


GOOD = vintages([0, 0, 1], [1, 2, 1], [0.1, 0.2, 0.3])


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([GOOD, GOOD], id="the same vintages twice"),
        pytest.param([vintages([0, 0], [1, 1], [0.1, 0.2])], id="two values known at one instant"),
        pytest.param([vintages([1, 0], [1, 1], [0.1, 0.2])], id="out of order"),
        pytest.param([vintages([0], [1], [np.nan])], id="not a number"),
        pytest.param([replace(GOOD, value=np.array([0.1]))], id="arrays of different lengths"),
        pytest.param([PlanRecord("1", T0, T0, "{}")] * 2, id="the same plan twice"),
        pytest.param([an_event("1"), an_event("1", hour=3)], id="two events of one id"),
        pytest.param([a_score(), a_score(mae=0.5)], id="two scores of one second"),
        pytest.param([a_run("1"), a_run("1", hour=3)], id="two runs of one id"),
    ],
)
def test_pieces_that_contradict_themselves_are_refused_whole(
    store: Store, pieces: list[Piece]
) -> None:
    with pytest.raises(StoreError, match="nothing of it was taken"):
        store.load([batch_as_piece(), *pieces])
    assert list(store.dump()) == []
    assert store.coverage() == ()


def batch_as_piece() -> Piece:
    return replace(GOOD, key=SPOT)


def test_pieces_that_break_off_leave_nothing(store: Store) -> None:
    def breaking() -> Iterator[Piece]:
        yield GOOD
        yield PlanRecord("week-43", T0, T0, "{}")
        raise RuntimeError("file ends")

    with pytest.raises(RuntimeError, match="file ends"):
        store.load(breaking())
    assert list(store.dump()) == []


# ---- sites

POWER = SeriesKey("site_power", "site")
AT_JAEN = SeriesKey("temperature", "site:jaen")


def metered(kw: float) -> Observations:
    return batch(
        [kw], key=POWER, source="meter-file", kind=Kind.MEASURED, resolution=timedelta(minutes=15)
    )


def test_weather_and_meter_of_a_site_are_its_own_and_prices_are_shared(store: Store) -> None:
    jaen, lugo = store.of_site("jaen"), store.of_site("lugo")
    for seen, celsius, kw in ((store, 20.0, 50.0), (jaen, 30.0, 60.0)):
        told = [batch([celsius], key=TEMPERATURE, source="aemet"), metered(kw)]
        assert seen.append(told, now=T0).new == 2
    jaen.append([batch([0.1])], now=T0)
    assert [values(one, TEMPERATURE) for one in (store, jaen, lugo)] == [[20.0], [30.0], []]
    assert [values(one, POWER) for one in (store, jaen, lugo)] == [[50.0], [60.0], []]
    assert [values(one) for one in (store, jaen, lugo)] == [[0.1]] * 3
    assert jaen.read(TEMPERATURE, at(0), at(9), as_of=FAR).key == AT_JAEN
    assert values(lugo, AT_JAEN) == [30.0]


def test_a_site_covers_what_is_its_own_and_what_is_shared(store: Store) -> None:
    jaen, lugo = store.of_site("jaen"), store.of_site("lugo")
    store.append([batch([0.1]), batch([20.0], key=TEMPERATURE, source="aemet")], now=T0)
    jaen.append([batch([30.0, 31.0], key=TEMPERATURE, source="aemet"), metered(60.0)], now=T0)

    def covered(seen: Store) -> list[tuple[str, int]]:
        return [(str(one.key), one.count) for one in seen.coverage()]

    unnamed = [("pvpc@peninsula", 1), ("temperature@linares", 1)]
    own = [("site_power@site:jaen", 1), ("temperature@site:jaen", 2)]
    assert covered(store) == covered(lugo) == unnamed
    assert covered(jaen) == [unnamed[0], own[0], unnamed[1], own[1]]
    assert (jaen.site, lugo.site, store.site) == ("jaen", "lugo", "")


def test_plans_events_and_runs_of_sites_are_apart_even_under_one_id(store: Store) -> None:
    jaen, lugo = store.of_site("jaen"), store.of_site("lugo")
    for seen, document in ((store, "{}"), (jaen, '{"of": "jaen"}')):
        seen.save_plan(PlanRecord("week-43", T0, at(1), document))
        seen.save_event(replace(an_event("day-closed-1"), document=document))
    jaen.save_event(an_event("2", hour=1))
    store.save_run(a_run("plan-1"))
    jaen.save_run(a_run("plan@jaen-1"))
    assert [seen.plan(as_of=FAR) for seen in (store, jaen, lugo)] == [
        PlanRecord("week-43", T0, at(1), "{}"),
        PlanRecord("week-43", T0, at(1), '{"of": "jaen"}', site="jaen"),
        None,
    ]
    assert [seen.plan_of("week-43") is None for seen in (store, jaen, lugo)] == [False, False, True]
    assert [noted(seen) for seen in (store, jaen, lugo)] == [
        ["day-closed-1"], ["day-closed-1", "2"], [],
    ]  # fmt: skip
    assert {event.site for event in jaen.events(as_of=FAR)} == {"jaen"}
    assert [[run.run_id for run in seen.runs()] for seen in (store, jaen, lugo)] == [
        ["plan-1"], ["plan@jaen-1"], [],
    ]  # fmt: skip
    assert [len(seen.runs(job="ingest-prices")) for seen in (store, jaen, lugo)] == [1, 1, 0]
    assert lugo.run("plan@jaen-1") == replace(a_run("plan@jaen-1"), site="jaen")


def test_whose_it_is_says_the_view_it_was_saved_through(store: Store) -> None:
    moved = PlanRecord("week-43", T0, at(1), "{}", site="lugo")
    store.of_site("jaen").save_plan(moved)
    assert store.of_site("lugo").plan(as_of=FAR) is None
    assert store.of_site("jaen").plan(as_of=FAR) == replace(moved, site="jaen")
    assert store.of_site("jaen").of_site("").plan(as_of=FAR) is None


def test_the_revision_of_a_site_tells_what_it_sees_changed_and_nothing_else(store: Store) -> None:
    jaen, lugo = store.of_site("jaen"), store.of_site("lugo")
    steps = (
        ("observations", lambda: jaen.append([batch([3.0], key=TEMPERATURE)], now=T0), False),
        ("plans", lambda: jaen.save_plan(PlanRecord("week-43", T0, at(1), "{}")), False),
        ("events", lambda: jaen.save_event(an_event("1")), False),
        ("observations", lambda: lugo.append([batch([0.1])], now=T0), True),
        ("forecasts", lambda: store.save_forecast(outlook(), made_at=at(1)), True),
        ("scores", lambda: lugo.save_scores([a_score()]), True),
    )
    for sort, step, shared in steps:
        before = [seen.revision() for seen in (jaen, lugo, store)]
        step()
        after = [seen.revision() for seen in (jaen, lugo, store)]
        told = [new.changed_from(old) for new, old in zip(after, before, strict=True)]
        assert told == [(sort,), *[(sort,) if shared else ()] * 2]


def test_runs_of_every_site_are_dropped_with_age(store: Store) -> None:
    for seen, name in ((store, "1"), (store.of_site("jaen"), "2")):
        seen.save_run(a_run(name))
    assert store.of_site("lugo").drop_runs(before=at(9)) == 2
    assert store.of_site("jaen").runs() == ()


def test_a_dump_through_any_view_holds_every_site_and_loads_as_it_was(
    store: Store, another: Callable[[], Opened]
) -> None:
    filled(store)
    filled(store.of_site("jaen"))
    store.of_site("lugo").save_event(an_event("1"))
    store.of_site("lugo").save_run(a_run("3"))
    held = plain(store.dump())
    assert plain(store.of_site("lugo").dump()) == held
    copy = another()()
    copy.of_site("jaen").load(store.dump())
    assert plain(copy.dump()) == held
    for name in ("", "jaen", "lugo"):
        mine, theirs = store.of_site(name), copy.of_site(name)
        assert theirs.coverage() == mine.coverage()
        assert theirs.plan(as_of=FAR) == mine.plan(as_of=FAR)
        assert theirs.events(as_of=FAR) == mine.events(as_of=FAR)
        assert theirs.runs() == mine.runs()


@pytest.mark.parametrize("held", ["plan", "event", "run"])
def test_nothing_is_loaded_where_any_site_holds_something(store: Store, held: str) -> None:
    jaen = store.of_site("jaen")
    match held:
        case "plan":
            jaen.save_plan(PlanRecord("week-43", T0, T0, "{}"))
        case "event":
            jaen.save_event(an_event("1"))
        case _:
            jaen.save_run(a_run("1"))
    with pytest.raises(StoreError, match="not empty"):
        store.load([PlanRecord("week-44", T0, T0, "{}")])


# ---- against a naive model


@dataclass(frozen=True)
class Told:
    """One append of a random story; hours count from T0, instants are hours too."""

    source: str
    kind: Kind
    hours: tuple[int, ...]
    values: tuple[float, ...]
    available_at: int
    inferred: bool
    now: int

    def batch(self, key: SeriesKey) -> Observations:
        one = batch(self.values, key=key, source=self.source, kind=self.kind,
                    available_at=at(self.available_at), inferred=self.inferred)  # fmt: skip
        hours = np.array(self.hours) * np.timedelta64(1, "h")
        return replace(one, start=np.datetime64(T0.replace(tzinfo=None), "s") + hours)


HEAT = (-0.1, 0.0, 0.1, 0.1 + 1e-13, 20.0)


@st.composite
def told(draw: st.DrawFn, available_from: int = 0) -> Told:
    hours = tuple(sorted(draw(st.sets(st.integers(0, 12), min_size=1, max_size=5))))
    return Told(
        draw(st.sampled_from(["aemet", "openweathermap", "zeta", "simulation:open-meteo"])),
        draw(st.sampled_from([Kind.ANALYSED, Kind.FORECAST, Kind.MEASURED, Kind.IMPUTED])),
        hours,
        tuple(draw(st.sampled_from(HEAT)) for _ in hours),
        draw(st.integers(available_from, 20)),
        draw(st.booleans()),
        draw(st.integers(0, 24)),
    )


Row = tuple[int, str, Kind, int, float]


class NaiveStore:
    """The rules of Store.append and Store.read, one row at a time. Instants in seconds after T0."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def append(self, told: Told) -> Appended:
        new = revised = 0
        for hour, value in zip(told.hours, told.values, strict=True):
            owner = (hour, told.source, told.kind)
            known, available_at = told.now * 3600, told.available_at * 3600
            before = max((row[3:] for row in self.rows if row[:3] == owner), default=None)
            if before is None:
                new += 1
            elif abs(value - before[1]) <= 1e-9 * max(abs(value), abs(before[1])):
                continue
            else:
                revised += 1
                if told.inferred or available_at <= before[0]:
                    available_at = max(known, before[0] + 1)
            self.rows.append((*owner, available_at, value))
        received = len(told.hours)
        return Appended(received, new, revised, received - new - revised)

    def read(
        self, as_of: int, kinds: tuple[Kind, ...], only: str | None
    ) -> dict[int, tuple[str, Kind, int, float]]:
        best: dict[int, Row] = {}
        for row in self.rows:
            if row[3] <= as_of * 3600 and row[2] in kinds and only in (None, row[1]):
                held = best.setdefault(row[0], row)
                best[row[0]] = min(held, row, key=self._belief)
        return {hour: best[hour][1:] for hour in sorted(best)}

    @staticmethod
    def _belief(row: Row) -> tuple[int, int, int, int]:
        hour, source, kind, available_at, _ = row
        tier = {Kind.FORECAST: 1, Kind.IMPUTED: 2}.get(kind, 0)
        of_source = [Kind.MEASURED, Kind.PUBLISHED, Kind.ANALYSED, Kind.FORECAST, Kind.IMPUTED]
        services = ["aemet", "openweathermap"]
        if 8 <= (22 + hour) % 24 < 24:  # T0 is at 22:00 UTC
            services.reverse()
        trust = [*services, "simulation:open-meteo", "zeta"]
        return tier, trust.index(source), of_source.index(kind), -available_at


def test_any_story_reads_as_in_the_naive_model(store: Store, max_examples: int) -> None:
    @settings(max_examples=max_examples)
    @given(
        story=st.lists(told(), max_size=8),
        as_of=st.integers(-1, 30),
        kinds=st.sampled_from([None, (Kind.PUBLISHED,), (Kind.FORECAST, Kind.MEASURED)]),
        only=st.sampled_from([None, None, "ree", "nobody"]),
    )
    def reads_as_in_the_naive_model(
        story: list[Told], as_of: int, kinds: tuple[Kind, ...] | None, only: str | None
    ) -> None:
        key, naive = SeriesKey("temperature", next(places)), NaiveStore()
        for one in story:
            assert store.append([one.batch(key)], now=at(one.now)) == naive.append(one)
        read = store.read(key, at(0), at(24), as_of=at(as_of), kinds=kinds, source=only)
        origin = np.datetime64(T0.replace(tzinfo=None), "s")
        seen = {
            int((start - origin).astype(int)) // 3600: (
                str(source), Kind(str(kind)), int((known - origin).astype(int)), float(value),
            )
            for start, source, kind, known, value in zip(
                read.start, read.source, read.kind, read.available_at, read.value, strict=True
            )
        }  # fmt: skip
        assert seen == naive.read(as_of, kinds or tuple(Kind), only)
        covered = {held.key: held for held in store.coverage()}
        if story:
            starts = {row[0] for row in naive.rows}
            newest = T0 + timedelta(seconds=max(row[3] for row in naive.rows))
            assert covered[key] == Coverage(
                key, len(starts), at(min(starts)), at(max(starts)), newest,
                tuple(sorted({row[1] for row in naive.rows})),
            )  # fmt: skip

    reads_as_in_the_naive_model()


def test_anything_appended_twice_changes_nothing(store: Store, max_examples: int) -> None:
    @settings(max_examples=max_examples)
    @given(one=told(), as_of=st.integers(0, 30))
    def changes_nothing(one: Told, as_of: int) -> None:
        key = SeriesKey("temperature", next(places))
        store.append([one.batch(key)], now=at(one.now))
        before = store.read(key, at(0), at(24), as_of=at(as_of))
        n = len(one.hours)
        assert store.append([one.batch(key)], now=at(one.now + 1)) == Appended(n, 0, 0, n)
        assert same(store.read(key, at(0), at(24), as_of=at(as_of)), before)

    changes_nothing()


def test_nothing_that_became_known_later_changes_what_was_known(
    store: Store, max_examples: int
) -> None:
    @settings(max_examples=max_examples)
    @given(
        past=st.lists(told(), max_size=5),
        as_of=st.integers(0, 10),
        future=st.lists(told(available_from=11), min_size=1, max_size=5),
    )
    def changes_nothing(past: list[Told], as_of: int, future: list[Told]) -> None:
        key = SeriesKey("temperature", next(places))
        store.append([one.batch(key) for one in past], now=at(0))
        before = store.read(key, at(0), at(24), as_of=at(as_of))
        for one in future:
            store.append([one.batch(key)], now=at(one.now))
        assert same(store.read(key, at(0), at(24), as_of=at(as_of)), before)

    changes_nothing()


def test_other_values_after_the_instant_leave_what_was_known_bit_identical(
    store: Store, max_examples: int
) -> None:
    @settings(max_examples=max_examples)
    @given(
        story=st.lists(told(), min_size=1, max_size=6),
        as_of=st.integers(0, 20),
        shift=st.sampled_from([0.5, -0.3]),
    )
    def leaves_it_identical(story: list[Told], as_of: int, shift: float) -> None:
        told_live = [
            replace(one, available_at=hour * 3, now=hour * 3, inferred=False)
            for hour, one in enumerate(story)
        ]
        changed = [
            replace(one, values=tuple(value + shift for value in one.values))
            if one.available_at > as_of
            else one
            for one in told_live
        ]
        reads = []
        for version in (told_live, changed):
            key = SeriesKey("temperature", next(places))
            for one in version:
                store.append([one.batch(key)], now=at(one.now))
            reads.append(store.read(key, at(0), at(24), as_of=at(as_of)))
        assert same(*reads)

    leaves_it_identical()


def test_any_story_is_moved_to_another_store_without_loss(
    store: Store, another: Callable[[], Opened], max_examples: int
) -> None:
    @settings(max_examples=max_examples // 3)  # each makes a store
    @given(story=st.lists(told(), min_size=1, max_size=8))
    def keep(story: list[Told]) -> None:
        key = SeriesKey("temperature", next(places))
        for one in story:
            store.append([one.batch(key)], now=at(one.now))

    keep()
    other = another()()
    other.load(store.dump())
    assert plain(other.dump()) == plain(store.dump())
    assert other.coverage() == store.coverage()
