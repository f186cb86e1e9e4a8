"""The end of a demo deletes what the demo made, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from chocolate_factory.cli.demo import MARK, Removal
from chocolate_factory.errors import RequestInvalid
from chocolate_factory.settings import load_settings
from chocolate_factory.web.setup_routes import DemoEnds


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
    removal = Removal(folder, folder / "config", home=tmp_path / "config")

    assert removal.asked() == DemoEnds(folder, None)
    assert removal.wanted.wait(10)
    assert removal.carry_out() is None
    assert not folder.exists()


def written(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    return folder


def test_what_was_set_up_in_the_demo_is_there_for_the_next_start(tmp_path: Path):
    folder = filled(tmp_path / "data" / "demo-1")
    removal = Removal(
        folder, written(folder / "config", "kind: pvpc\n"), home=tmp_path / "data" / "config"
    )

    assert removal.asked() == DemoEnds(folder, tmp_path / "data" / "config")
    assert removal.carry_out() == tmp_path / "data" / "config"
    assert load_settings(data_dir=tmp_path / "data").contract == str(
        tmp_path / "data" / "config" / "contract.yaml"
    )
    assert not folder.exists()


def test_what_was_set_up_stays_where_it_is_if_there_is_another(tmp_path: Path):
    folder = filled(tmp_path / "demo-1")
    own = written(folder / "config", "kind: pvpc\n")
    home = written(tmp_path / "config", "kind: indexed\ntariff: 3.0TD\n")
    removal = Removal(folder, own, home=home)

    assert removal.asked().configuration == own
    assert removal.carry_out() == own
    assert [path for path in folder.rglob("*") if path.is_file()] == [own / "contract.yaml"]
    assert "indexed" in (home / "contract.yaml").read_text("utf-8")


@pytest.mark.parametrize("name", ["tokens.db", "models/champion.model", "raw.db"])
def test_a_folder_with_what_no_demo_made_becomes_none(cf, tmp_path: Path, name: str):
    real = tmp_path / name
    real.parent.mkdir(exist_ok=True)
    real.write_text("real\n", encoding="utf-8")
    ended = cf("demo", "--once", "--dir", tmp_path)

    assert ended.status == 1
    assert "never mixed" in ended.err
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [real]


def test_a_folder_that_is_no_demo_s_is_left_alone(tmp_path: Path):
    removal = Removal(tmp_path, tmp_path / "config", home=tmp_path / "home")
    with pytest.raises(RequestInvalid, match="not marked"):
        removal.asked()
    assert not removal.wanted.is_set()
