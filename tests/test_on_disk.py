"""What is kept survives a loss of power: its bytes are synced before they get their name, and the
name after that. No test turns the power off: what is asked of the system is noted, in its order.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from chocolate_factory import advising
from chocolate_factory.advising import shelf
from chocolate_factory.app.files import load_contract, load_orders, load_plant
from chocolate_factory.app.setup_files import SetupFiles
from chocolate_factory.conduct.replay import ReplayedWeek, ReplayRules
from chocolate_factory.fleet import ReplayJob, checkpoint, replay_job, replaying, resumable
from chocolate_factory.forecasting.rolling import forecast_run
from chocolate_factory.insights.advice.saved import AdviceModel, Origin
from chocolate_factory.market.catalog import PVPC
from chocolate_factory.oversight.folder import ModelFolder
from chocolate_factory.pipeline import PlanTask
from chocolate_factory.settings import Settings
from chocolate_factory.store.audit import AuditLog, Entry
from chocolate_factory.store.backup import put_back, read_backup, write_backup
from chocolate_factory.store.sql import open_store

NOW = datetime(2026, 11, 25, 13, 20, tzinfo=UTC)
ENTRY = Entry(NOW, "local", "admin", "127.0.0.1", "POST /ingest-now", "begun", "r-1")


class Disk:
    """What was asked of the system below a folder, in its order."""

    def __init__(self, root: Path, patch: pytest.MonkeyPatch) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.synced: dict[str, bytes] = {}
        """What of a file had been given to the system when it was last synced."""
        self._root = root
        self._sync = os.fsync
        patch.setattr(os, "fsync", self._synced)
        for name in ("replace", "rename"):
            patch.setattr(os, name, self._named(getattr(os, name)))

    def _synced(self, handle: int) -> None:
        self._sync(handle)
        meant = os.fstat(handle)
        within = (self._root, *self._root.rglob("*"))
        path = next(one for one in within if os.path.samestat(one.stat(), meant))
        self.asked.append(("sync", path.name))
        if path.is_file():
            self.synced[path.name] = path.read_bytes()

    def _named(self, real: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
        def name(before: Any, after: Any) -> None:
            real(before, after)
            self.asked.append(("name", Path(before).name, Path(after).name))

        return name


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(tmp_path, monkeypatch)


def model(folder: Path) -> Path:
    return ModelFolder(folder).keep(PVPC, b"of prices" * 9000, trained_at=NOW).path


def advice(folder: Path) -> Path:
    origin = Origin(NOW, "plant", "contract", "task", 8, 0, simulated=True, libraries={})
    return shelf.Shelf(folder).keep(AdviceModel(origin, cast("Any", None)))


def backup(folder: Path) -> Path:
    plant = folder.parent / "plant.yaml"
    plant.write_text("name: mine\n")
    store = open_store(f"sqlite:///{folder.parent}/store.db")
    path = folder / "backup.zip"
    try:
        write_backup(store, path, now=NOW, extra_files={plant.name: plant})
    finally:
        store.close()
    return path


def placed(folder: Path) -> Path:
    (done,) = put_back(read_backup(backup(folder.parent / "backups")), folder)
    return done.path


def current(folder: Path) -> Path:
    folder.mkdir()
    advising.write_current(folder, cast("Any", None))
    return folder / "advice-now.json"


def fit(folder: Path) -> Path:
    run = SimpleNamespace(rows=(1,), leads=1)
    spread = cast("Any", lambda _work, runs: [np.zeros((1, 1, 25)) for _ in runs])
    list(resumable(folder, spread)(forecast_run, [cast("Any", run)]))
    return folder / "fit.npy"


def week(folder: Path) -> Path:
    plant = load_plant(None)
    task = PlanTask(plant, load_contract("pvpc"), load_orders(None, plant))
    url = f"sqlite:///{folder.parent}/store.db"
    replay_job(ReplayJob(url, "", task, date(2025, 11, 10), ("naive",), ReplayRules(), NOW, folder))
    (path,) = folder.glob("week-*.json")
    return path


def setting(folder: Path) -> Path:
    path, _ = SetupFiles(Settings(data_dir=folder)).power((100.0,) * 6)
    return path


@pytest.mark.parametrize("keep", [model, advice, current, fit, week, backup, placed, setting])
def test_bytes_are_on_disk_before_they_are_named_and_the_name_before_it_is_said(
    tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch, keep: Callable[[Path], Path]
) -> None:
    monkeypatch.setattr(shelf, "to_bytes", lambda _: b"of advice" * 9000)
    as_json = SimpleNamespace(dump_json=lambda _: b"of now" * 9000)
    monkeypatch.setattr("chocolate_factory.advising.current._AS_JSON", as_json)
    monkeypatch.setattr(checkpoint, "name_of", lambda _: "fit")
    monkeypatch.setattr(
        replaying, "replay_week", lambda _store, _task, monday, **_: ReplayedWeek(monday)
    )
    path = keep(tmp_path / "kept")
    (_, partial), named, folder = disk.asked[-3:]
    assert named == ("name", partial, path.name)
    assert folder == ("sync", path.parent.name)
    assert partial != path.name
    assert disk.synced[partial] == path.read_bytes()
    assert path.stat().st_size > 10


def test_a_setting_written_again_is_at_no_instant_gone(tmp_path: Path, disk: Disk) -> None:
    path = setting(tmp_path)
    before = path.read_bytes()
    SetupFiles(Settings(data_dir=tmp_path)).power((110.0,) * 6)
    kept = path.with_name(f"{path.name}.before")
    assert kept.read_bytes() == before != path.read_bytes()
    named = [asked[1:] for asked in disk.asked if asked[0] == "name"]
    assert [after for _, after in named] == [path.name, kept.name, path.name]
    assert path.name not in [gone for gone, _ in named]


def test_a_line_of_the_audit_log_is_on_disk_and_a_new_files_name_too(
    tmp_path: Path, disk: Disk
) -> None:
    log, path = AuditLog(tmp_path / "audit", largest_bytes=300), tmp_path / "audit" / "audit.jsonl"
    log.done(ENTRY)
    assert disk.asked == [("sync", "audit.jsonl"), ("sync", "audit")]
    assert disk.synced["audit.jsonl"] == path.read_bytes()
    log.done(ENTRY)
    assert disk.asked[2:] == [("sync", "audit.jsonl")]
    assert disk.synced["audit.jsonl"] == path.read_bytes()
    assert path.stat().st_size > 300
    log.done(replace(ENTRY, at=NOW + timedelta(seconds=1)))
    (_, before, aside), line, folder = disk.asked[3:]
    assert before == path.name
    assert (path.parent / aside).stat().st_size > 300
    assert (line, folder) == (("sync", "audit.jsonl"), ("sync", "audit"))
    assert disk.synced["audit.jsonl"] == path.read_bytes()
