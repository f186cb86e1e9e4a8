"""What every test may ask for: the folder of real data, and quiet, repeatable property tests."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator
from pathlib import Path

import pytest
from contracts.influx_site import (  # noqa: F401
    influx_server,
    influx_site,
    influx_stand_in,
    pytest_addoption,
)
from contracts.postgresql_site import postgresql_server, postgresql_urls  # noqa: F401
from hypothesis import settings

settings.register_profile("project", deadline=None, database=None, derandomize=True)
settings.load_profile("project")

LONG_FILES = ("test_browser.py", "test_issue.py", "test_kills.py", "test_tutorial.py")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the repository, or the one CHOCOLATE_FACTORY_SHARED names."""
    beside = Path(__file__).resolve().parents[2] / "shared"
    folder = Path(os.environ.get("CHOCOLATE_FACTORY_SHARED", beside))
    if not folder.is_dir():
        pytest.skip("needs ../shared (real data), which is absent")
    return folder


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """The thousands of tests stay: what looks for garbage need not go through them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take minutes go first, so that no process is left alone with one at the end."""
    items.sort(key=lambda item: item.path.name not in LONG_FILES)
