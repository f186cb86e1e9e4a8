"""The first start of the installed program on an empty store, as a user sees it."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from chocolate_factory.cli.root import now
from chocolate_factory.simulation.faults import Asked, Fault, FaultKind, Service
from chocolate_factory.simulation.server import SimulatedUpstreams

ROOT = Path(__file__).resolve().parents[1]


def slow_prices(asked: Asked) -> Fault | None:
    """Prices of REE take their time, so that the progress of their history can be seen."""
    if asked.service is Service.REE and "precios" in asked.path:
        return Fault(FaultKind.SLOW_BODY, seconds=6.0)
    return None


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What was seen of a first start without any key, REE being slow to tell prices."""
    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(str(ROOT))
        first_start = importlib.import_module("benchmarks.first_start")
    with SimulatedUpstreams(seed=1, clock=now, faults=slow_prices) as upstreams:
        settings = first_start.environment(upstreams, 60, keys=False)
        return first_start.measured(tmp_path_factory.mktemp("first"), settings)


def test_prices_forecast_and_plan_come_by_themselves(told: Any) -> None:
    assert told.prices >= 59 * 24, told.console
    assert None not in (told.prices_s, told.forecast_s, told.plan_s, told.history_s)


def test_the_page_shows_the_progress_of_the_history(told: Any) -> None:
    assert told.progress_on_page
    assert any(detail.startswith("ree-prices") for detail in told.details)


def test_the_console_tells_what_each_job_came_to_and_how_far_the_history_is(told: Any) -> None:
    assert any("at work" in line and "job=history" in line for line in told.console), told.console
    assert any("done" in line and "job=history" in line for line in told.console)
    assert any("done" in line and "job=plan" in line for line in told.console)
