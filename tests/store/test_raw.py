"""The archive of raw answers: damage costs answers of the past, never the collecting."""

from __future__ import annotations

import logging
import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chocolate_factory import jobs
from chocolate_factory.app.factory import open_factory
from chocolate_factory.errors import StoreError
from chocolate_factory.jobs import Factory
from chocolate_factory.market.catalog import PVPC
from chocolate_factory.settings import load_settings
from chocolate_factory.simulation.network import SimulatedNetwork
from chocolate_factory.sources.transport import DEFAULT_LIMITS, LocalNetwork, Transport
from chocolate_factory.store.raw import RawArchive, damaged_archives, is_damaged

NOW = datetime(2025, 11, 16, 10, tzinfo=UTC)
AT_ONCE = replace(DEFAULT_LIMITS, attempts=1, wait_first_s=0.0, jitter_s=0.0, spacing_s=0.0)


def archive(path: Path) -> RawArchive:
    """One that holds some answers."""
    raw = RawArchive(path)
    for number in range(40):
        raw.keep("ree-prices", f"day {number}", NOW, os.urandom(2_000))
    return raw


def spoil(path: Path, first: int) -> None:
    """Random bytes from ``first`` on."""
    content = path.read_bytes()
    assert len(content) > first
    path.write_bytes(content[:first] + os.urandom(len(content) - first))


@pytest.mark.parametrize("first", [0, 100, 4096], ids=["header", "schema", "pages"])
def test_a_damaged_archive_is_set_aside_whole_and_a_new_one_begun(
    tmp_path: Path, first: int
) -> None:
    path = tmp_path / "raw.db"
    archive(path).close()
    spoil(path, first)
    damaged = path.read_bytes()
    assert is_damaged(path)
    assert path.read_bytes() == damaged
    with closing(RawArchive(path)) as raw:
        assert list(raw.answers()) == []
        raw.keep("ree-prices", "today", NOW, b"prices")
        assert [answer.body for answer in raw.answers()] == [b"prices"]
        assert raw.begun_anew is not None
        assert raw.begun_anew.read_bytes()[100:] == damaged[100:]  # the header counts openings
        assert damaged_archives(path) == (raw.begun_anew,)
    with closing(RawArchive(path)) as raw:
        assert raw.begun_anew is None


def test_a_whole_archive_is_left_where_it_is(tmp_path: Path) -> None:
    archive(tmp_path / "raw.db").close()
    assert not is_damaged(tmp_path / "raw.db")
    with closing(RawArchive(tmp_path / "raw.db")) as raw:
        assert len(list(raw.answers())) == 40
    assert damaged_archives(tmp_path / "raw.db") == ()


def test_a_folder_in_its_place_is_not_taken_for_damage(tmp_path: Path) -> None:
    (tmp_path / "raw.db").mkdir()
    assert not is_damaged(tmp_path / "raw.db")
    with pytest.raises(StoreError, match="cannot be used"):
        RawArchive(tmp_path / "raw.db")
    assert (tmp_path / "raw.db").is_dir()


def prices_collected(factory: Factory) -> int:
    """How many prices a run of the job stores."""
    return jobs.jobs_of(factory)["pvpc"](NOW, lambda done, total, detail="": None).counts["new"]


def test_a_plant_with_a_damaged_archive_starts_collects_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    archive(tmp_path / "raw.db").close()
    spoil(tmp_path / "raw.db", 4096)
    services = SimulatedNetwork(1, lambda: NOW)
    with open_factory(
        load_settings(data_dir=tmp_path, history_days=60),
        simulated=services,
        transport=Transport(AT_ONCE, spacing_s={}, network=LocalNetwork(services)),
    ) as factory:
        assert "archive of answers was damaged" in caplog.messages[0]
        assert prices_collected(factory) > 24
        assert {answer.feed for answer in factory.raw.answers()} >= {"ree-prices"}
        told = jobs.jobs_of(factory)["alerts"](NOW, lambda done, total, detail="": None)
    assert "Archive damaged" in told.detail
    assert any(code.startswith("raw:raw.db.damaged-") for code in told.counts)


def test_collecting_goes_on_when_answers_can_no_longer_be_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    services = SimulatedNetwork(1, lambda: NOW)
    with (
        caplog.at_level(logging.WARNING),
        open_factory(
            load_settings(data_dir=tmp_path, history_days=60),
            simulated=services,
            transport=Transport(AT_ONCE, spacing_s={}, network=LocalNetwork(services)),
        ) as factory,
    ):
        with closing(sqlite3.connect(tmp_path / "raw.db")) as other:
            other.execute("DROP TABLE answer")
        assert prices_collected(factory) > 24
        assert factory.store.coverage()[0].key == PVPC
    assert any("is not kept as received" in message for message in caplog.messages)
