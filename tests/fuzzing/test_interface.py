"""Every path of the interface answers as its document says; the long run is ``make fuzz``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chocolate_factory.store.tokens import Role
from fuzz.interface import HISTORY, LOCAL, ask, filled, served

Site = tuple[int, dict[str, str]]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("interface")
    tokens = filled(folder, back=HISTORY)
    with served(folder) as port:
        yield port, tokens


@pytest.mark.parametrize(
    ("caller", "phase", "more"),
    [
        (Role.VIEWER, "coverage", ()),
        (LOCAL, "coverage", ("--include-method", "GET")),
        (LOCAL, "stateful", ()),  # last: it begins work, which keeps the processors busy
    ],
)
def test_no_answer_is_an_accident_or_other_than_its_schema(
    site: Site, caller: str, phase: str, more: tuple[str, ...]
) -> None:
    port, tokens = site
    told = ask(port, caller, tokens, each=2, seconds=20, more=("--phases", phase, *more))
    assert not told.failures, told.said
    assert told.cases > 1, told.said
