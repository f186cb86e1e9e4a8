"""A backup carries scores and events, and one from before there were scores still reads."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

from chocolate_factory.market.catalog import PVPC
from chocolate_factory.market.scores import DayScore
from chocolate_factory.store.backup import restore, write_backup
from chocolate_factory.store.backup.manifest import Counts
from chocolate_factory.store.base import Event
from chocolate_factory.store.sql import open_store

NOW = datetime(2025, 10, 27, 1, 30, tzinfo=UTC)
SCORES = [
    DayScore(PVPC, NOW, NOW, "ridge", date(2025, 10, day), NOW, 25, 0.1 / 3, -0.01, naive, 0.8, 1.0)
    for day, naive in ((26, 0.05), (27, None))
]


def test_scores_are_restored_to_the_last_bit(tmp_path: Path) -> None:
    with closing(open_store(f"sqlite:///{tmp_path}/one.db")) as store:
        store.save_scores(SCORES)
        report = write_backup(store, tmp_path / "backup.zip", now=NOW)
    with closing(open_store(f"sqlite:///{tmp_path}/other.db")) as copy:
        restore(tmp_path / "backup.zip", copy)
        kept = copy.scores(PVPC, first=SCORES[0].day, last=SCORES[1].day, as_of=NOW)
    assert report.scores == len(SCORES)
    assert list(kept) == SCORES


def test_a_count_from_before_there_were_scores_means_none() -> None:
    assert Counts(rows=1, forecasts=0, plans=0, runs=0).scores == 0


def test_events_survive_backup_and_restore(tmp_path: Path) -> None:
    told = tuple(Event(name, "plan-accepted", NOW, '{"plan": "1"}') for name in ("b", "a"))
    with closing(open_store(f"sqlite:///{tmp_path}/one.db")) as store:
        for event in told:
            store.save_event(event)
        report = write_backup(store, tmp_path / "backup.zip", now=NOW)
    with closing(open_store(f"sqlite:///{tmp_path}/other.db")) as copy:
        restore(tmp_path / "backup.zip", copy)
        assert copy.events(as_of=NOW) == told
    assert report.events == len(told)
