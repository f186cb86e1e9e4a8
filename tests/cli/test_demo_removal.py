"""The end of a demo deletes what the demo made, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from chocolate_factory.cli.demo import MARK, Removal
from chocolate_factory.errors import RequestInvalid


def filled(folder: Path) -> Path:
    for name in (
        MARK,
        "chocolate-factory.db",
        "chocolate-factory.db-wal",
        "raw.db",
        "models/a.model",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("1\n", encoding="utf-8")
    return folder


def test_the_folder_goes_with_the_data_if_nothing_else_is_in_it(tmp_path: Path):
    folder = filled(tmp_path / "demo-1")
    removal = Removal(folder)

    assert removal.asked() == folder
    assert removal.wanted.wait(10)
    removal.carry_out()
    assert not folder.exists()


def test_what_the_user_wrote_stays(tmp_path: Path):
    folder = filled(tmp_path)
    own = folder / "config" / "contract.yaml"
    own.parent.mkdir()
    own.write_text("kind: pvpc\n", encoding="utf-8")
    Removal(folder).carry_out()

    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["contract.yaml"]


def test_a_folder_that_is_no_demo_s_is_left_alone(tmp_path: Path):
    removal = Removal(tmp_path)
    with pytest.raises(RequestInvalid, match="not marked"):
        removal.asked()
    assert not removal.wanted.is_set()
