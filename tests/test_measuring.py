"""Measuring takes no more memory than there is beside a training."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from chocolate_factory.errors import ModelNotFitted
from chocolate_factory.jobs import foretelling

NOW = datetime(2026, 11, 30, 4, 20, tzinfo=UTC)


class Stopped(Exception):
    """What a job that is told to stop raises as it tells how far it is."""


def told_to_stop(*_: object) -> None:
    raise Stopped


@contextmanager
def somebody_fits() -> Iterator[None]:
    with foretelling._FITTING:
        yield


@pytest.mark.parametrize(
    ("free_gb", "processes"), [(0.9, None), (1.4, None), (1.5, 2), (2.6, 4), (float("inf"), 7)]
)
def test_there_are_as_many_processes_as_there_is_memory_for(
    monkeypatch: pytest.MonkeyPatch, free_gb: float, processes: int | None
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(foretelling, "free_gb", lambda: free_gb)
    monkeypatch.setattr(foretelling, "MEASURING_PROCESSES", 7)
    monkeypatch.setattr(foretelling, "process_map", lambda count, **_: asked.append(count))
    foretelling._measuring(lambda: None)
    assert asked == ([] if processes is None else [processes])


def test_in_small_memory_each_fit_is_in_a_process_of_its_own_and_waits_for_a_training(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(foretelling, "free_gb", lambda: 0.9)
    monkeypatch.setattr(foretelling, "BEAT_S", 0.01)
    runs: Any = (0, 1)
    there: Any = os.getpgid
    assert list(foretelling._measuring(lambda: None)(there, runs[:1])) == [os.getpgid(0)]
    with somebody_fits(), pytest.raises(Stopped):
        list(foretelling._measuring(told_to_stop)(there, runs))


def test_a_training_waits_for_the_fit_that_is_measured_and_holds_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held: list[bool] = []

    def train(*_: object, **__: object) -> None:
        held.append(foretelling._FITTING.locked())
        raise ModelNotFitted("a week of prices")

    monkeypatch.setattr(foretelling.oversight, "train_series", train)
    monkeypatch.setattr(foretelling, "BEAT_S", 0.01)
    zone: Any = SimpleNamespace(store=None)
    with somebody_fits(), pytest.raises(Stopped):
        foretelling.train_prices(zone, NOW, told_to_stop)
    with pytest.raises(ModelNotFitted):
        foretelling.train_prices(zone, NOW, lambda *_: None)
    assert held == [True, True]
    assert not foretelling._FITTING.locked()
