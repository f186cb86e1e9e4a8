"""After a death is found what is looked for: rows that are gone, plans not as they were."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from chaos.works import Content, Left, Work, store_in, works
from chocolate_factory.store.base import Event, Piece, PlanRecord, Vintages

WORKS = {work.name: work for work in works()}
NOTHING: Content = Counter()


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str], Content]:
    """A folder in which was planned, what was acknowledged, and all that it holds."""
    folder, told = tmp_path_factory.mktemp("planned"), []
    WORKS["planning"].prepare(folder)
    WORKS["planning"].do(folder, told.append)
    return folder, told, WORKS["planning"].content(folder)


def otherwise(folder: Path, other: Path, change: Callable[[Piece], Piece | None]) -> Path:
    """A store beside the one of ``folder`` that holds it all, changed; None leaves a piece out."""
    with store_in(folder) as store, store_in(other) as changed:
        changed.load(piece for piece in map(change, store.dump()) if piece is not None)
    return other


def looked(work: Work, folder: Path, told: list[str], whole: Content) -> Left:
    return work.look(folder, told, before=NOTHING, whole=whole)


def test_half_of_the_rows_gone_in_a_migration_is_lost(tmp_path: Path) -> None:
    work, told = WORKS["migration"], list[str]()
    work.prepare(tmp_path / "old")
    work.do(tmp_path / "old", told.append)
    whole = work.content(tmp_path / "old")

    def halved(piece: Piece) -> Piece:
        assert isinstance(piece, Vintages)
        arrays = {field.name: getattr(piece, field.name) for field in fields(piece)}
        return replace(
            piece,
            **{name: held[::2] for name, held in arrays.items() if isinstance(held, np.ndarray)},
        )

    half = otherwise(tmp_path / "old", tmp_path / "half", halved)
    gone = whole.total() // 2
    assert gone > 1000
    unannounced = work.look(half, [], before=whole, whole=whole)
    assert unannounced == Left(lost=gone, wrong=0)
    assert work.look(half, told, before=whole, whole=whole) == Left(lost=gone + 1, wrong=0)
    assert work.look(tmp_path / "old", told, before=whole, whole=whole) == Left()


def test_planning_undisturbed_is_not_harmed(planned: tuple[Path, list[str], Content]) -> None:
    folder, told, whole = planned
    assert len(told) == 2
    assert looked(WORKS["planning"], folder, told, whole) == Left()


def test_a_plan_gone_is_lost_and_an_event_that_names_none_is_wrong(
    tmp_path: Path, planned: tuple[Path, list[str], Content]
) -> None:
    folder, told, whole = planned
    with store_in(folder) as store:
        first = next(piece for piece in store.dump() if isinstance(piece, PlanRecord))
    rest = otherwise(folder, tmp_path, lambda piece: None if piece == first else piece)
    assert looked(WORKS["planning"], rest, told, whole) == Left(lost=1, wrong=1)


def test_a_plan_that_is_not_in_force_is_lost(
    tmp_path: Path, planned: tuple[Path, list[str], Content]
) -> None:
    folder, told, whole = planned
    rest = otherwise(folder, tmp_path, lambda one: None if isinstance(one, Event) else one)
    assert looked(WORKS["planning"], rest, told, whole).lost == 2


def test_a_plan_with_a_block_less_is_wrong(
    tmp_path: Path, planned: tuple[Path, list[str], Content]
) -> None:
    folder, told, whole = planned

    def shorter(piece: Piece) -> Piece:
        if not isinstance(piece, PlanRecord):
            return piece
        document = json.loads(piece.document)
        document["blocks"].pop()
        return replace(piece, document=json.dumps(document))

    left = looked(WORKS["planning"], otherwise(folder, tmp_path, shorter), told, whole)
    assert left == Left(lost=2, wrong=5)
