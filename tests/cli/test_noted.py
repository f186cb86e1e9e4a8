"""Whatever a command changes is noted in the audit log before it is begun, and how it ended."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fleet.small_sites import write_small_sites

from chocolate_factory.cli.noted import who
from chocolate_factory.cli.root import loaded, now
from chocolate_factory.market.calendar import utc_iso

WEEK = ("--from", "2025-10-20", "--to", "2025-10-26")

CHANGING: dict[str, tuple[tuple[str, ...], str]] = {
    "alerts acknowledge": (("nothing",), "failed"),
    "backfill": (("--series", "nothing"), "failed"),
    "contract advise": (("--year", "2024"), "failed"),
    "fleet backtest": ((*WEEK, "--models", "naive"), "failed"),
    "fleet plan": (("--origin", "NOW", "--workers", "1"), "done"),
    "fleet replay": ((*WEEK, "--models", "naive", "--workers", "1"), "done"),
    "forecast": ((), "done"),
    "import": (("prices.csv",), "done"),
    "ingest": (("--source", "nothing"), "failed"),
    "meter": (("meter.csv",), "done"),
    "models train": ((), "done"),
    "plan": (("--accept",), "failed"),
    "reparse": ((), "done"),
    "restore": (("backup.zip", "--dir", "elsewhere"), "done"),
    "token create": (("tablet",), "done"),
    "token revoke": (("tablet",), "failed"),
}
"""Every command that changes what is stored or who may change it: words that have it begin on a
store of sixty days of prices, and how it ends then."""

OTHERS = {
    "alerts list", "backtest", "backup", "bill", "contract show", "demo", "doctor", "explain",
    "fleet status", "gaps", "models status", "plant check", "plant init", "plant schema", "replay",
    "report month", "report plan", "serve", "site check", "site init", "site list", "site schema",
    "token list", "version", "what-if",
}  # fmt: skip
"""Those that read, write files for whoever calls them, or run jobs by the schedule's record."""


def every_command() -> set[str]:
    found: set[str] = set()
    waiting: list[tuple[str, Any]] = [("", loaded())]
    while waiting:
        name, one = waiting.pop()
        if inside := getattr(one, "commands", None):
            waiting += [(f"{name} {word}".strip(), part) for word, part in inside.items()]
        else:
            found.add(name)
    return found


def at_once(words: tuple[str, ...]) -> list[str]:
    """The words with the present instant where it is asked for."""
    return [utc_iso(now()) if word == "NOW" else word for word in words]


def audited(folder: Path) -> list[dict[str, str]]:
    path = folder / "logs/audit.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def contents(folder: Path) -> list[str]:
    """What the store holds, and which files lie beside it."""
    with closing(sqlite3.connect(folder / "chocolate-factory.db")) as held:
        rows = list(held.iterdump())
    return [*rows, *sorted(path.name for path in folder.iterdir() if "-" not in path.name)]


@pytest.fixture
def folder(cf: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where commands run: a store of the last sixty days' prices, and nothing noted yet."""
    monkeypatch.chdir(tmp_path)
    for name in ("CHOCOLATE_FACTORY_DATA_DIR", "CHOCOLATE_FACTORY_LOG_DIR"):
        monkeypatch.delenv(name, raising=False)
    begin = now().replace(minute=0, second=0, microsecond=0) - timedelta(days=60)
    hours = [utc_iso(begin + timedelta(hours=hour)) for hour in range(60 * 24)]
    rows = "\n".join(f"{hour},0.1" for hour in hours)
    Path("prices.csv").write_text(f"time_utc,price_eur_kwh\n{rows}\n")
    Path("meter.csv").write_text("\n".join(["time_utc,kwh", *(f"{hour},40" for hour in hours)]))
    assert cf("import", "prices.csv").status == 0
    assert cf("backup", "backup.zip").status == 0
    data = tmp_path / "data"
    for path in (data / "logs").iterdir():
        path.unlink()
    return data


def test_every_command_is_said_to_change_something_or_not() -> None:
    assert set(CHANGING) | OTHERS == every_command()
    assert not set(CHANGING) & OTHERS


@pytest.fixture(params=CHANGING)
def command(request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each that changes something; where it is about a fleet there is one."""
    if request.param.startswith("fleet"):
        write_small_sites(folder / "sites-config", 1)
        monkeypatch.setenv("CHOCOLATE_FACTORY_SITES_DIR", str(folder / "sites-config"))
    return str(request.param)


def test_what_changes_something_is_noted_before_and_after(
    cf: Any, folder: Path, command: str
) -> None:
    words, outcome = CHANGING[command]
    ended = cf(*command.split(), *at_once(words))
    noted = audited(folder.parent / "elsewhere" if "elsewhere" in words else folder)
    assert [line["outcome"] for line in noted] == ["begun", outcome], ended
    assert all(line["what"].startswith(command) for line in noted)
    assert {line["who"] for line in noted} == {who()}


def test_nothing_is_changed_that_cannot_be_noted(
    cf: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("CHOCOLATE_FACTORY_LOG_DIR", str(folder.parent / "prices.csv"))
    before = contents(folder)
    ended = cf(*command.split(), *at_once(CHANGING[command][0]))
    assert ended.status == 1
    assert "audit log" in ended.err
    assert contents(folder) == before


def test_what_keeps_nothing_is_not_noted(cf: Any, folder: Path) -> None:
    cf("forecast", "--as-of", "2025-10-25T12:00Z")
    cf("forecast", "--model", "naive")
    cf("plan", "--as-of", "2025-10-25T12:00Z")
    cf("alerts", "list")
    assert audited(folder) == []


def test_somebody_without_a_name_on_the_machine_is_noted_by_number(
    cf: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.getuid", lambda: 987_654)
    assert cf("import", "prices.csv").status == 0
    assert {line["who"] for line in audited(folder)} == {"command line:987654"}
