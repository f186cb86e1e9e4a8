"""The soak, bounded: days of simulated time with faults, outages and SIGKILL, and a true store."""

from __future__ import annotations

import importlib
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
START, DAYS, SEED = datetime(2025, 9, 24, 5, 0, tzinfo=UTC), 9, 4

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="needs a system with fork and SIGKILL"
)


@pytest.fixture(scope="module")
def soaked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], str]:
    """The folder, the figures and the complaints of one soak over the first quarter-hour day."""
    folder = tmp_path_factory.mktemp("soak")
    command = [
        *(sys.executable, "-m", "benchmarks.soak", "--json", "--days", str(DAYS)),
        *("--seed", str(SEED), "--from", START.isoformat(), "--life-days", "0.7"),
        *("--dir", str(folder)),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return folder, json.loads(done.stdout or "{}"), done.stderr


def test_after_faults_outages_and_kills_the_store_holds_all_that_was_published_and_nothing_else(
    soaked: tuple[Path, dict[str, Any], str],
) -> None:
    _, told, complaints = soaked
    assert told, complaints
    assert told["kill_9"] >= 3
    assert told["outage_h"] > 0
    assert told["requests_with_fault"] > 0.05 * told["requests"]
    assert told["corrected_values"] > 0
    assert told["unexpected_errors"] == []
    assert told["published_periods"] > 20_000
    assert told["coverage"] == 1.0
    wrong = ("missing", "differing_from_truth", "invented", "duplicates", "not_simulated")
    assert {name: told[name] for name in wrong} == dict.fromkeys(wrong, 0), told["examples"]


ONE = "series_id = (SELECT id FROM series WHERE name = '{name}') AND delivery_start = {at}"
TAMPERING = {
    "missing": "DELETE FROM observation WHERE {one}",
    "differing": "UPDATE observation SET value = value + 0.0001 WHERE {one}",
    "duplicates": "INSERT INTO observation (series_id, delivery_start, available_at, resolution_s, "
    "value, source_id, kind, inferred, ingested_at) SELECT series_id, delivery_start, "
    "max(available_at) + 9, resolution_s, value, source_id, kind, inferred, ingested_at "
    "FROM observation WHERE {one} GROUP BY source_id",
    "not_simulated": "UPDATE source SET name = 'siar' WHERE name = 'simulation:siar'",
}
SERIES = {"missing": "humidity", "differing": "pvpc", "duplicates": "spot"}


@pytest.fixture(scope="module")
def found_after_tampering(
    soaked: tuple[Path, dict[str, Any], str], tmp_path_factory: pytest.TempPathFactory
) -> Any:
    """What the audit says of a copy of the store in which something was changed by hand."""
    folder, name = tmp_path_factory.mktemp("tampered"), "chocolate-factory.db"
    at = int((START + timedelta(days=2, hours=7)).timestamp())
    with (
        closing(sqlite3.connect(soaked[0] / name)) as whole,
        closing(sqlite3.connect(folder / name)) as copy,
    ):
        whole.backup(copy)
        for what, statement in TAMPERING.items():
            copy.execute(statement.format(one=ONE.format(name=SERIES.get(what), at=at)))
        copy.commit()
    sys.path.insert(0, str(ROOT))
    try:
        audit = importlib.import_module("benchmarks.soak_audit").audit
        course = importlib.import_module("benchmarks.soak_worker").Course
    finally:
        sys.path.remove(str(ROOT))
    return audit(course(folder, START, START + timedelta(days=DAYS), SEED, 0.05))


@pytest.mark.parametrize("what", [*TAMPERING, "invented"])
def test_the_look_at_the_store_sees_what_is_wrong(found_after_tampering: Any, what: str) -> None:
    assert getattr(found_after_tampering, what) > 0
