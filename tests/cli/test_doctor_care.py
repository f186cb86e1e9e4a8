"""Each thing that ``doctor`` looks at is found amiss when it is, with what to do about it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import pytest

from chocolate_factory.app.factory import open_factory
from chocolate_factory.cli import access_findings, install_findings
from chocolate_factory.cli.care_findings import kept_findings, machine_findings
from chocolate_factory.cli.install_findings import container_findings
from chocolate_factory.fleet import free_memory
from chocolate_factory.jobs import Factory
from chocolate_factory.settings import Settings, load_settings
from chocolate_factory.store.backup import write_backup
from chocolate_factory.store.base import Outcome, Run
from chocolate_factory.store.tokens import Role, TokenBook

NOW = datetime(2025, 11, 3, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path)


@pytest.fixture
def factory(settings: Settings) -> Iterator[Factory]:
    with open_factory(settings) as opened:
        yield opened


def machine(settings: Settings, what: str) -> tuple[str, str]:
    """State and detail of one finding; both empty if it was not made."""
    told = [one for one in machine_findings(settings, NOW) if one.what == what]
    return (told[0].state, told[0].detail) if told else ("", "")


def kept(factory: Factory, what: str) -> tuple[str, str]:
    told = [one for one in kept_findings(factory, NOW) if one.what == what]
    return (told[0].state, told[0].detail) if told else ("", "")


@pytest.mark.parametrize(("free_kb", "state"), [(700_000, "warning"), (3_000_000, "ok")])
def test_little_memory_is_a_warning(settings, tmp_path, monkeypatch, free_kb, state) -> None:
    told = tmp_path / "meminfo"
    told.write_text(f"MemTotal: 4000000 kB\nMemAvailable: {free_kb} kB\n")
    monkeypatch.setattr(free_memory, "MEMORY", told)
    found, detail = machine(settings, "memory")
    assert found == state
    assert ("add memory" in detail) == (state == "warning")


def test_the_limit_of_a_container_is_the_memory_there_is(settings, tmp_path, monkeypatch) -> None:
    (tmp_path / "meminfo").write_text("MemTotal: 64000000 kB\nMemAvailable: 64000000 kB\n")
    monkeypatch.setattr(free_memory, "MEMORY", tmp_path / "meminfo")
    monkeypatch.setattr(free_memory, "CGROUP", tmp_path)
    (tmp_path / "memory.current").write_text("700000000\n")
    (tmp_path / "memory.max").write_text("1153433600\n")
    stat = tmp_path / "memory.stat"
    stat.write_text("anon 690000000\ninactive_file 10000000\nactive_file 0\n")
    assert machine(settings, "memory")[0] == "warning"
    stat.write_text("anon 290000000\ninactive_file 400000000\nactive_file 10000000\n")
    assert machine(settings, "memory") == ("ok", "0.9 GB can be had")  # most of it is cached files
    (tmp_path / "memory.max").write_text("max\n")
    assert machine(settings, "memory") == ("ok", "65.5 GB can be had")


def test_an_audit_log_that_cannot_be_written_is_a_fault(settings, tmp_path) -> None:
    assert machine(settings, "audit log")[0] == "ok"
    (tmp_path / "file").touch()
    settings = settings.model_copy(update={"log_dir": tmp_path / "file"})
    state, detail = machine(settings, "audit log")
    assert state == "fault"
    assert "CHOCOLATE_FACTORY_LOG_DIR" in detail


def test_secrets_that_others_may_read_are_a_warning_with_the_command(settings) -> None:
    book = TokenBook(settings.tokens_file)
    book.create("tablet", Role.PLANNER, now=NOW, valid=90 * DAY)
    assert machine(settings, "secrets") == ("", "")
    settings.tokens_file.chmod(0o644)
    state, detail = machine(settings, "secrets")
    assert state == "warning"
    assert f"chmod 600 {settings.tokens_file}" in detail


def test_a_folder_of_keys_that_others_may_look_into_is_a_warning_with_the_commands(
    settings, tmp_path
) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir(mode=0o755)
    settings = settings.model_copy(update={"secrets_dir": folder})
    key, closed = folder / "chocolate_factory_aemet_key", folder / "chocolate_factory_siar_key"
    key.touch(mode=0o644)
    closed.touch(mode=0o600)
    state, detail = machine(settings, "secrets folder")
    assert state == "warning"
    assert "and read 1 of 2 files" in detail
    subprocess.run(["sh", "-c", detail.split("`")[1]], check=True)
    assert machine(settings, "secrets folder") == ("ok", f"{folder}, 2 files, closed to others")
    assert key.stat().st_mode & 0o777 == 0o600
    key.chmod(0o644)  # as containers need it, in a folder that is closed
    assert machine(settings, "secrets folder")[0] == "ok"


@pytest.mark.parametrize(
    ("said", "state", "told"),
    [
        ({}, "ok", "only this machine reaches"),
        ({"host": "::1"}, "ok", "only this machine reaches"),
        ({"host": "0.0.0.0"}, "warning", "CHOCOLATE_FACTORY_HOST at 127.0.0.1"),  # noqa: S104
        ({"host": "plant-pc"}, "warning", "CHOCOLATE_FACTORY_TRUST_LOOPBACK=false"),
        ({"host": "::", "server_names": ("plant-pc",)}, "ok", "without login"),
        ({"host": "192.168.1.4", "trust_loopback": False}, "ok", "without login"),
    ],
)
def test_a_port_open_to_the_network_is_a_warning_until_it_is_meant(
    settings, monkeypatch, said, state, told
) -> None:
    monkeypatch.setattr(access_findings, "CONTAINER_MARKS", ())
    found, detail = machine(settings.model_copy(update=said), "listening")
    assert found == state
    assert told in detail


def test_in_a_container_the_published_port_counts_and_changes_take_a_token(
    settings, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(access_findings, "CONTAINER_MARKS", (tmp_path,))
    state, detail = machine(settings.model_copy(update={"host": "0.0.0.0"}), "listening")  # noqa: S104
    assert (state, "port that is published" in detail) == ("ok", True)
    assert machine(settings, "tokens")[0] == "warning"


def test_a_clock_that_nothing_sets_is_a_warning(settings, tmp_path, monkeypatch) -> None:
    program = tmp_path / "timedatectl"
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    for said, state in (("yes", ""), ("no", "warning")):
        program.write_text(f"#!/bin/sh\necho {said}\n")
        program.chmod(0o755)
        assert machine(settings, "time")[0] == state


def test_libraries_of_other_versions_than_the_lock_are_told_apart(tmp_path, monkeypatch) -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert install_findings.LOCK.read_text("utf-8") == lock
    other = tmp_path / "lock"
    monkeypatch.setattr(install_findings, "LOCK", other)
    other.write_text(f"numpy=={version('numpy')} \\\nnever-there==1 \\\n")
    assert install_findings.libraries().detail == "1, each in the version of the lock"
    other.write_text("numpy==0.1 ; python_version < '3' \\\nnumpy==0.2 \\\n")
    found = install_findings.libraries()
    assert found.state == "warning"
    assert f"numpy {version('numpy')} (0.1 or 0.2)" in found.detail


def containers(folder: Path) -> list[tuple[str, str]]:
    found = list(container_findings(folder))
    assert {one.what for one in found} <= {"containers", "containers' port"}
    return [(one.state, one.detail) for one in found if one.what == "containers"]


def test_what_the_containers_of_a_folder_lack_is_told_with_the_commands(
    tmp_path, monkeypatch
) -> None:
    deploy = tmp_path / "deploy"
    deploy.mkdir()
    shutil.copy(ROOT / "deploy/compose.yaml", deploy)
    docker = tmp_path / "bin/docker"
    docker.parent.mkdir()
    docker.write_text("#!/bin/sh\nexit 0\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", str(docker.parent), prepend=os.pathsep)
    assert containers(tmp_path) == []  # nobody has begun
    own = f"APP_UID={os.getuid()}\nPUBLISHED_PORT=0\n"
    (deploy / ".env").write_text(f"COMPOSE_PROFILES=lokal\n{own}")
    assert "choose of default, fleet, local, remote" in containers(tmp_path)[0][1]

    (deploy / ".env").write_text(f"COMPOSE_PROFILES=local\n{own}")
    told = containers(tmp_path)
    assert {state for state, _ in told} == {"warning"}
    for _, detail in told:
        subprocess.run(["sh", "-c", detail.split("`")[1]], check=True)
    assert containers(tmp_path) == [("ok", "app-local: files, rights and Docker")]
    assert containers(deploy) == containers(tmp_path)

    docker.write_text("#!/bin/sh\necho 'no such option' >&2\nexit 1\n")
    assert "says: no such option (Compose 2.24" in containers(tmp_path)[0][1]
    (deploy / "compose.yaml").write_text("name: chocolate-factory\nservices: {app: {image: x}}\n")
    assert "is not built as the one that ships" in containers(tmp_path)[0][1]
    for other in ("services: {web: {image: x}}\n", "name: shop\nservices: {}\n", "- shop\n", ""):
        (deploy / "compose.yaml").write_text(other)
        assert containers(tmp_path) == []


def test_keys_beside_the_composition_that_others_may_read_are_a_warning(tmp_path) -> None:
    shutil.copy(ROOT / "deploy/compose.yaml", tmp_path)
    chosen = tmp_path / ".env"

    def told() -> list[str]:
        return [one.detail for one in container_findings(tmp_path) if one.what == "secrets"]

    for line in ("CHOCOLATE_FACTORY_AEMET_KEY=x", "CHOCOLATE_FACTORY_NOTIFY_URLS=ntfys://a:b@c/d"):
        chosen.write_text(f"COMPOSE_PROFILES=local\n{line}\n")
        chosen.chmod(0o644)
        (detail,) = told()
        subprocess.run(["sh", "-c", detail.split("`")[1]], check=True)
        assert told() == []
        assert chosen.stat().st_mode & 0o777 == 0o600
    chosen.chmod(0o644)
    chosen.write_text(
        "COMPOSE_PROFILES=local\nCHOCOLATE_FACTORY_PORT=8000\n"
        "#CHOCOLATE_FACTORY_SIAR_KEY=x\nCHOCOLATE_FACTORY_AEMET_KEY= # none yet\n"
    )
    assert told() == []  # nothing in it is secret


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("X=local # alone", "local"),
        ("X=local\t# alone  ", "local"),
        ("X='local' # alone", "local"),
        ('X="a #b"', "a #b"),
        ("X=a#b", "a#b"),
        (" X = a", None),
        ("X= # nothing", ""),
        ("X=", ""),
        ("#X=a", None),
    ],
)
def test_a_line_of_variables_is_read_as_compose_reads_it(line: str, value: str | None) -> None:
    found = install_findings._variables(f"A=1\n{line}\nB='2'\n")
    assert found.pop("X", None) == value
    assert found == {"A": "1", "B": "2"}


def test_the_sidecar_wants_a_key_until_it_is_registered(tmp_path) -> None:
    shutil.copy(ROOT / "deploy/compose.yaml", tmp_path)
    (tmp_path / ".env").write_text(f"COMPOSE_PROFILES=remote\nAPP_UID={os.getuid()}\n")
    key = tmp_path / "secrets/tailscale_auth_key"
    assert any(f"{key} is missing" in detail for _, detail in containers(tmp_path))
    key.parent.mkdir(mode=0o755)
    key.touch(mode=0o600)
    told = " ".join(detail for _, detail in containers(tmp_path))
    assert f"{key} is empty" in told
    assert f"`chmod 644 {key}`" in told
    assert f"`chmod 700 {key.parent}`" in told
    (tmp_path / "tailscale").mkdir()
    (tmp_path / "tailscale/tailscaled.state").touch()
    told = " ".join(detail for _, detail in containers(tmp_path))
    assert "is empty" not in told
    assert f"chown 10002:10002 {tmp_path / 'tailscale'}" in told


def test_addresses_that_are_none_are_a_fault_and_are_not_said(settings) -> None:
    good = settings.model_copy(update={"notify_urls": ("json://127.0.0.1:9/x",)})
    assert machine(good, "messages") == ("ok", "1 addresses")
    bad = settings.model_copy(update={"notify_urls": ("json://127.0.0.1:9/x", "no://hunter2@x")})
    state, detail = machine(bad, "messages")
    assert state == "fault"
    assert "address 2 of the list" in detail
    assert "hunter2" not in detail


def test_a_token_that_ends_soon_is_a_warning_and_a_damaged_book_a_fault(
    settings, monkeypatch
) -> None:
    monkeypatch.setattr(access_findings, "CONTAINER_MARKS", ())
    assert machine(settings, "tokens")[0] == "ok"
    none = settings.model_copy(update={"trust_loopback": False})
    assert machine(none, "tokens")[0] == "warning"
    book = TokenBook(settings.tokens_file)
    book.create("tablet", Role.PLANNER, now=NOW, valid=90 * DAY)
    assert machine(settings, "tokens") == ("ok", "1 planner, kept as hashes")
    book.create("prometheus", Role.VIEWER, now=NOW, valid=3 * DAY)
    state, detail = machine(settings, "tokens")
    assert state == "warning"
    assert "prometheus ends 2025-11-06" in detail
    with closing(sqlite3.connect(settings.tokens_file)) as base, base:
        base.execute(
            "UPDATE token SET hash = CAST('cf_in-the-clear' AS BLOB) WHERE role = 'viewer'"
        )
    assert "something else than hashes" in machine(settings, "tokens")[1]
    settings.tokens_file.write_bytes(b"no database" * 100)
    assert machine(settings, "tokens")[0] == "fault"


def run(job: str, outcome: Outcome, at: datetime) -> Run:
    return Run(f"{job}-{at:%s}", job, at, at, outcome, detail="the source was down")


def test_a_clock_behind_the_last_job_is_a_warning(factory) -> None:
    factory.store.save_run(run("pvpc", Outcome.DONE, NOW - DAY))
    assert kept(factory, "clock")[0] == "ok"
    factory.store.save_run(run("pvpc", Outcome.DONE, NOW + DAY))
    state, detail = kept(factory, "clock")
    assert state == "warning"
    assert "a job began 2025-11-04T09:00:00Z: set the clock right" in detail


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.REJECTED, Outcome.TIMED_OUT])
def test_a_job_that_did_not_end_well_is_a_warning_until_it_does(factory, outcome) -> None:
    factory.store.save_run(run("spot", outcome, NOW - timedelta(hours=2)))
    state, detail = kept(factory, "job spot")
    assert state == "warning"
    assert "the source was down" in detail
    factory.store.save_run(run("spot", Outcome.DONE, NOW - timedelta(hours=1)))
    assert kept(factory, "job spot") == ("", "")


def test_a_trained_model_that_cannot_be_used_is_a_warning(factory) -> None:
    folder = factory.settings.models_folder
    folder.mkdir()
    (folder / f"pvpc@peninsula-20251103T042000Z-{'0' * 64}.model").write_bytes(b"no model")
    state, detail = kept(factory, "model pvpc")
    assert state == "warning"
    assert "`models train` makes a new one" in detail


def test_a_backup_that_is_missing_old_or_damaged_is_a_warning(factory) -> None:
    folder = factory.settings.backup_folder
    assert kept(factory, "backup") == ("warning", f"none in {folder} yet: `backup` writes one")
    write_backup(factory.store, folder / "old.zip", now=NOW - 5 * DAY)
    assert "the newest is of 2025-10-29" in kept(factory, "backup")[1]
    write_backup(factory.store, folder / "new.zip", now=NOW - timedelta(hours=6))
    assert kept(factory, "backup") == ("ok", "new.zip, of 2025-11-03T03:00:00Z, is whole")
    write_backup(factory.store, folder / "ahead.zip", now=NOW + 400 * DAY)
    assert "after now: a clock was ahead" in kept(factory, "backup")[1]
    (folder / "ahead.zip").unlink()
    data = bytearray((folder / "new.zip").read_bytes())
    data[len(data) // 2] ^= 1
    (folder / "new.zip").write_bytes(data)
    state, detail = kept(factory, "backup")
    assert state == "warning"
    assert "damaged" in detail
