"""Models on disk are whole or not there, and never taken for what they are not."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chocolate_factory.errors import ArtefactInvalid, StoreError
from chocolate_factory.market.catalog import PVPC, SPOT
from chocolate_factory.oversight import ModelFolder
from chocolate_factory.oversight.folder import KEPT

AT = datetime(2026, 11, 25, 4, 20, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> ModelFolder:
    return ModelFolder(tmp_path / "models")


def test_a_kept_model_comes_back_and_its_name_says_what_it_is(folder):
    kept = folder.keep(PVPC, b"weights", trained_at=AT)
    assert folder.kept(PVPC) == (kept,)
    assert folder.read(kept) == b"weights"
    sha = hashlib.sha256(b"weights").hexdigest()
    assert kept.path.name == f"pvpc@peninsula-20261125T042000Z-{sha}.model"


def test_series_are_apart_and_a_folder_that_is_not_there_holds_none(folder):
    assert folder.kept(PVPC) == ()
    folder.keep(PVPC, b"a", trained_at=AT)
    assert folder.kept(SPOT) == ()


def test_the_newest_few_are_kept_and_nothing_else_is_left(folder):
    for day in range(KEPT + 3):
        folder.keep(PVPC, bytes([day]), trained_at=AT + timedelta(days=day))
    kept = folder.kept(PVPC)
    assert [folder.read(one) for one in kept] == [bytes([day]) for day in range(7, 2, -1)]
    assert len(list(folder.folder.iterdir())) == KEPT


@pytest.mark.parametrize("content", [b"weightz", b"", b"weights and more"])
def test_bytes_that_are_not_those_of_the_name_are_refused(folder, content):
    kept = folder.keep(PVPC, b"weights", trained_at=AT)
    kept.path.write_bytes(content)
    with pytest.raises(ArtefactInvalid, match="damaged: its checksum"):
        folder.read(kept)


def test_a_model_that_vanished_is_refused_with_its_name(folder):
    kept = folder.keep(PVPC, b"weights", trained_at=AT)
    kept.path.unlink()
    with pytest.raises(ArtefactInvalid, match=r"pvpc@peninsula.*cannot be read"):
        folder.read(kept)


@pytest.mark.parametrize(
    "name", [".pvpc@peninsula.partial", "pvpc@peninsula-today-0f.model", "notes.txt"]
)
def test_files_of_other_names_are_no_models(folder, name):
    folder.keep(PVPC, b"weights", trained_at=AT)
    (folder.folder / name).write_bytes(b"x")
    assert len(folder.kept(PVPC)) == 1


def test_a_folder_that_cannot_be_written_says_which_setting_names_another(tmp_path):
    (tmp_path / "models").write_bytes(b"a file")
    with pytest.raises(StoreError, match="CHOCOLATE_FACTORY_MODELS_DIR"):
        ModelFolder(tmp_path / "models").keep(PVPC, b"weights", trained_at=AT)
