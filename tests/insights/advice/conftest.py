"""A market made by hand, and a model learned on it with few trees."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from chocolate_factory.insights.advice import forest
from chocolate_factory.insights.advice.moment import Moments, features
from chocolate_factory.insights.advice.saved import AdviceModel, Origin
from chocolate_factory.insights.advice.targets import classes_of, dearer_ahead
from chocolate_factory.insights.advice.trace import PriceTrace
from chocolate_factory.insights.advice.training import Examples, cuts_of, learn
from chocolate_factory.market.calendar import periods, to_datetime, to_datetime64
from chocolate_factory.market.tariff import Tariff

FIRST = datetime(2025, 1, 5, 23, tzinfo=UTC)


def trace_from(
    start: datetime, hours: int, *, seed: int = 0, step: timedelta = timedelta(hours=1)
) -> PriceTrace:
    """Prices with a daily and a weekly shape and noise, each day known since noon before."""
    at = periods(start, start + timedelta(hours=hours), step)
    turn = (at.astype(np.int64) / 3600) * 2 * np.pi
    noise = np.random.default_rng(seed).normal(0.0, 0.02, hours)
    each = int(timedelta(hours=1) / step)
    price = 0.1 + 0.04 * np.cos(turn / 24) + 0.01 * np.cos(turn / 168) + np.repeat(noise, each)
    known = at.astype("datetime64[D]").astype("datetime64[s]") - np.timedelta64(12, "h")
    length = np.full(at.size, int(step.total_seconds()), dtype=np.int64)
    return PriceTrace(at, length, price, known)


def moments_of(trace: PriceTrace, rows: np.ndarray) -> Moments:
    """The beginnings of some periods at their own prices; operators there from 6 to 22 UTC."""
    at = trace.start[rows]
    hour = at.astype(np.int64) // 3600 % 24
    return Moments(
        at, at + trace.resolution_s[rows].astype("timedelta64[s]"), trace.eur_kwh[rows],
        np.full(at.shape, 20.0), np.full(at.shape, 50.0), ((hour >= 6) & (hour < 22)) * 1.0,
    )  # fmt: skip


def row_at(trace: PriceTrace, row: int) -> np.ndarray:
    """The features of the beginning of one period."""
    return features(trace, moments_of(trace, np.array([row])), Tariff.TD30)[0]


@pytest.fixture(scope="session")
def make_trace() -> Callable[..., PriceTrace]:
    return trace_from


@pytest.fixture(scope="session")
def features_at() -> Callable[[PriceTrace, int], np.ndarray]:
    return row_at


@pytest.fixture(scope="session")
def moments_at() -> Callable[[PriceTrace, np.ndarray], Moments]:
    return moments_of


@pytest.fixture(scope="session")
def examples() -> Examples:
    """Forty weeks; the best plan runs the cheapest third of each shift hard, and the rest less."""
    trace = trace_from(FIRST, 40 * 168)
    asked = moments_of(trace, np.arange(len(trace)))
    table = features(trace, asked, Tariff.TD30)
    share = 1.0 - np.argsort(np.argsort(trace.eur_kwh.reshape(-1, 24), axis=1), axis=1) / 24
    kw = 100 * np.where(asked.staffed > 0, share.ravel(), 0.0)
    weeks = [(at, of) for at, of in zip(np.split(trace.start, 40), np.split(kw, 40), strict=True)]
    return Examples(
        asked.instants,
        table,
        dearer_ahead(trace, asked.instants, asked.period_end, asked.eur_kwh),
        classes_of(asked.instants, weeks),
    )


@pytest.fixture(scope="session")
def model(examples: Examples) -> AdviceModel:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forest, "TREES", 12)
        learned = learn(examples, cuts_of(examples), step=lambda _: None)
    origin = Origin(FIRST, "tiny", "pvpc", "print", 40, 0, True, {"numpy": "2"})
    return AdviceModel(origin, learned)


def at_hour(trace: PriceTrace, instant: datetime) -> int:
    """Which period begins at an instant."""
    row = int(np.searchsorted(trace.start, to_datetime64(instant)))
    assert to_datetime(trace.start[row]) == instant
    return row


@pytest.fixture(scope="session")
def row_of() -> Callable[[PriceTrace, datetime], int]:
    return at_hour
