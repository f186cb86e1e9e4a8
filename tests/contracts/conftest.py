"""The stores that the contract suite runs on. Another one joins by a line in STORES."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from contracts.influx_site import influx
from contracts.postgresql_site import postgresql

from chocolate_factory.store.base import Store
from chocolate_factory.store.sql import open_store

Opened = Callable[[], Store]


def sqlite(request: pytest.FixtureRequest, name: str) -> Opened:
    """A file of the test's own."""
    folder: Path = request.getfixturevalue("tmp_path")
    return lambda: open_store(f"sqlite:///{folder}/{name}.db")


STORES: dict[str, Callable[[pytest.FixtureRequest, str], Opened]] = {
    "sqlite": sqlite,
    "postgresql": postgresql,
    "influx": influx,
}
"""By name: gives a test the empty store of a name, and opens the same one again at every call."""

EXAMPLES = {"sqlite": 60, "influx": 24}
"""How many examples a property test tries; ``FEW_EXAMPLES`` where a store is not named."""
FEW_EXAMPLES = 16


@pytest.fixture(params=list(STORES))
def backend(request: pytest.FixtureRequest) -> str:
    """Which store the test runs on."""
    return str(request.param)


@pytest.fixture
def another(request: pytest.FixtureRequest, backend: str) -> Iterator[Callable[[], Opened]]:
    """Makes an empty store at every call, and gives what opens it."""
    stores: list[Store] = []
    names = (f"store{number}" for number in itertools.count())

    def another() -> Opened:
        opening = STORES[backend](request, next(names))

        def opened() -> Store:
            stores.append(opening())
            return stores[-1]

        return opened

    yield another
    for store in stores:
        store.close()


@pytest.fixture
def opened(another: Callable[[], Opened]) -> Opened:
    """Opens the same store again at every call."""
    return another()


@pytest.fixture
def store(opened: Opened) -> Store:
    """An empty store."""
    return opened()


@pytest.fixture
def max_examples(backend: str) -> int:
    """How many examples a property test tries on this store."""
    return EXAMPLES.get(backend, FEW_EXAMPLES)
