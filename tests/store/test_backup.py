"""A backup holds everything, is whole while others write, and a damaged one is refused whole."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from contracts.influx_site import InfluxSite

from chocolate_factory.errors import FileRefused, StoreError
from chocolate_factory.market.catalog import PVPC
from chocolate_factory.market.scores import DayScore
from chocolate_factory.market.series import Kind, Observations
from chocolate_factory.store.backup import (
    Placed,
    prune_backups,
    put_back,
    read_backup,
    restore,
    write_backup,
)
from chocolate_factory.store.backup.lines import KINDS, read_line, write_line
from chocolate_factory.store.backup.manifest import MANIFEST, NO_SEAL, SEAL_LENGTH, Counts, seal
from chocolate_factory.store.base import Event, Outcome, PlanRecord, Run, Store
from chocolate_factory.store.opening import open_store

WRITER = Path(__file__).with_name("writer.py")
ROWS = 2000
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


def told(start: datetime, values: list[float]) -> Observations:
    """Hours of PVPC, known six hours before."""
    begin = np.datetime64(start.replace(tzinfo=None), "s")
    starts = begin + np.arange(len(values)) * np.timedelta64(3600, "s")
    return Observations(
        PVPC, "ree", Kind.PUBLISHED, starts, np.full(len(values), 3600), np.array(values),
        starts - np.timedelta64(21_600, "s"), np.zeros(len(values), dtype=bool),
    )  # fmt: skip


def filled(store: Store) -> Store:
    """A revision, a plan, an event, scores and a run."""
    begin = datetime(2025, 10, 26, tzinfo=UTC)
    store.append([told(begin, [0.1 / 3, -0.002, 0.0])], now=NOW)
    store.append([told(begin, [0.1 / 3, 0.2, 0.0])], now=NOW + timedelta(hours=1))
    store.save_plan(PlanRecord("week-43", NOW, NOW, '{"kg": 1}'))
    store.save_event(Event("a", "plan-accepted", NOW, '{"plan": "1"}'))
    store.save_scores(SCORES)
    store.save_run(Run("spot-1", "spot", NOW, NOW, Outcome.DONE, detail="2 new", counts={"new": 2}))
    return store


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A backup of a little of everything."""
    path = tmp_path / "little.zip"
    with closing(open_store(f"sqlite:///{tmp_path}/little.db")) as store:
        write_backup(filled(store), path, now=NOW)
    return path


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    with closing(open_store(f"sqlite:///{tmp_path}/empty.db")) as store:
        yield store


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_backup_while_others_write_holds_whole_batches_and_all_that_were_acknowledged(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, empty: Store
) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    if kind == "postgresql":
        url = request.getfixturevalue("postgresql_urls")()
    command = [sys.executable, str(WRITER), url, str(ROWS), "100000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        try:
            assert writer.stdout is not None
            acknowledged = [writer.stdout.readline() for _ in range(3)]
            with closing(open_store(url)) as store:
                report = write_backup(store, tmp_path / "backup.zip", now=NOW)
            still_writing = writer.stdout.readline()
        finally:
            writer.kill()
    assert acknowledged == ["stored 0\n", "stored 1\n", "stored 2\n"]
    assert still_writing.startswith("stored")
    restore(tmp_path / "backup.zip", empty)
    held = {coverage.key.place: coverage.count for coverage in empty.coverage()}
    assert set(held.values()) == {ROWS}
    assert held.keys() == {f"batch-{number}" for number in range(len(held))}
    assert len(held) >= 3
    assert report.rows == ROWS * len(held)


def test_what_went_through_every_kind_of_store_has_the_same_checksums_and_counts(
    backup: Path, tmp_path: Path, postgresql_urls: Callable[[], str], influx_site: InfluxSite
) -> None:
    urls = [postgresql_urls(), influx_site.fresh_url(), f"sqlite:///{tmp_path}/last.db"]
    was = backup
    for number, url in enumerate(urls):
        with closing(open_store(url, token=influx_site.token)) as store:
            restore(was, store)
            was = tmp_path / f"{number}.zip"
            write_backup(store, was, now=NOW)
    first, last = read_backup(backup).manifest, read_backup(was).manifest
    assert last.counts == first.counts == Counts(
        rows=4, forecasts=0, plans=1, events=1, scores=2, runs=1
    )  # fmt: skip
    assert last.pieces == first.pieces
    assert last.members == first.members


def test_a_backup_with_any_byte_changed_is_refused_and_nothing_of_it_is_taken(
    backup: Path, empty: Store
) -> None:
    whole = backup.read_bytes()
    damaged = backup.with_name("damaged.zip")
    for at in range(0, len(whole), max(1, len(whole) // 150)):
        damaged.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        with pytest.raises(FileRefused):
            restore(damaged, empty)
    assert list(empty.dump()) == []


def test_a_backup_cut_off_anywhere_is_refused(backup: Path, empty: Store) -> None:
    whole = backup.read_bytes()
    for end in range(0, len(whole), max(1, len(whole) // 50)):
        backup.with_name("short.zip").write_bytes(whole[:end])
        with pytest.raises(FileRefused):
            restore(backup.with_name("short.zip"), empty)
    assert list(empty.dump()) == []


def rewritten(backup: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The backup with other members, sealed as if it were right."""
    path = backup.with_name("rewritten.zip")
    with zipfile.ZipFile(backup) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with path.open("w+b") as file:
        with zipfile.ZipFile(file, "w") as archive:
            archive.comment = NO_SEAL
            for name, content in members.items():
                archive.writestr(name, content)
        sealed = seal(file)
        file.seek(-SEAL_LENGTH, 2)
        file.write(sealed)
    return path


def fewer_counted(members: dict[str, bytes]) -> None:
    manifest = json.loads(members[MANIFEST])
    manifest["counts"]["rows"] -= 1
    members[MANIFEST] = json.dumps(manifest).encode()


def another_line(members: dict[str, bytes]) -> None:
    (name,) = [name for name in members if name.startswith("plans/")]
    members[name] *= 2


def a_member_less(members: dict[str, bytes]) -> None:
    members.pop(next(name for name in members if name.startswith("runs/")))


def a_member_more(members: dict[str, bytes]) -> None:
    members["observations/00099/value.npy"] = b""


def an_array_of_nonsense(members: dict[str, bytes]) -> None:
    """Listed as it is, but no NumPy array can say that of itself."""
    manifest = json.loads(members[MANIFEST])
    name = next(name for name in members if name.endswith(".npy"))
    content = members[name] = b"\x93NUMPY\x01\x00\x02\x00{("
    told = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    manifest["members"][name] = told
    members[MANIFEST] = json.dumps(manifest).encode()


@pytest.mark.parametrize(
    "change",
    [fewer_counted, another_line, a_member_less, a_member_more, an_array_of_nonsense],
)
def test_a_backup_whose_content_is_not_what_it_lists_is_refused(
    backup: Path, empty: Store, change: Callable[[dict[str, bytes]], None]
) -> None:
    assert read_backup(rewritten(backup, lambda members: None)).report.rows == 4
    with pytest.raises(FileRefused):
        restore(rewritten(backup, change), empty)
    assert list(empty.dump()) == []


def named(name: str) -> Callable[[dict[str, bytes]], None]:
    """As if the backup held a file of the configuration of that name."""

    def change(members: dict[str, bytes]) -> None:
        manifest = json.loads(members[MANIFEST])
        content = members["files/00000"] = b"name: x"
        manifest["files"] = [{"member": "files/00000", "name": name}]
        told = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        manifest["members"]["files/00000"] = told
        members[MANIFEST] = json.dumps(manifest).encode()

    return change


@pytest.mark.parametrize(
    "name",
    ["../plant.yaml", "/plant.yaml", "config/../../plant.yaml", "config//plant.yaml",
     "./plant.yaml",
     "config\\..\\plant.yaml", "C:/plant.yaml", ".ssh/plant.yaml", "config/.yaml", "", "config/",
     "tokens.db", "config/plant.yaml\n", "config/plant.yaml\0", "a/" * 17 + "plant.yaml"],
)  # fmt: skip
def test_a_backup_that_names_what_is_no_file_of_the_configuration_is_refused(
    backup: Path, name: str
) -> None:
    with pytest.raises(FileRefused, match="files"):
        read_backup(rewritten(backup, named(name)))


def test_files_go_back_to_where_they_were_and_never_over_another(
    backup: Path, tmp_path: Path
) -> None:
    read = read_backup(rewritten(backup, named("config/plant.yaml")))
    folder = tmp_path / "data"
    place = folder / "config/plant.yaml"
    assert put_back(read, folder) == (Placed(place),)
    assert place.stat().st_mode & 0o777 == 0o600
    assert put_back(read, folder) == (Placed(place),)
    place.write_text("name: other")
    beside = place.with_name("plant.yaml.from-backup")
    assert put_back(read, folder) == put_back(read, folder) == (Placed(place, beside),)
    assert (place.read_text(), beside.read_text()) == ("name: other", "name: x")
    beside.write_text("name: third")
    assert put_back(read, folder) == (Placed(place, place.with_name("plant.yaml.from-backup2")),)
    assert len(list(folder.rglob("*.*"))) == 3


def test_files_do_not_leave_the_folder_by_a_link(backup: Path, tmp_path: Path) -> None:
    read = read_backup(rewritten(backup, named("config/plant.yaml")))
    for name in ("data", "elsewhere"):
        (tmp_path / name).mkdir()
    (tmp_path / "data/config").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileRefused, match="by a link"):
        put_back(read, tmp_path / "data")
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("written", [1, 2, 3])
def test_backups_of_older_formats_are_read(backup: Path, written: int) -> None:
    def older(members: dict[str, bytes]) -> None:
        manifest = json.loads(members[MANIFEST]) | {"format": written}
        members[MANIFEST] = json.dumps(manifest).encode()

    assert read_backup(rewritten(backup, older)).report.rows == 4


def test_only_its_owner_can_read_a_backup(backup: Path) -> None:
    assert backup.stat().st_mode & 0o777 == 0o600


def test_a_backup_is_only_restored_into_an_empty_store(backup: Path, empty: Store) -> None:
    restore(backup, empty)
    with pytest.raises(StoreError, match="not empty"):
        restore(backup, empty)


def test_a_backup_overwrites_nothing_and_one_that_fails_leaves_nothing(
    backup: Path, empty: Store
) -> None:
    with pytest.raises(StoreError, match="is there already"):
        write_backup(empty, backup, now=NOW)
    before = set(backup.parent.iterdir())
    with pytest.raises(StoreError):
        write_backup(empty, backup / "x.zip", now=NOW)
    assert set(backup.parent.iterdir()) == before


def test_a_file_that_cannot_be_in_it_keeps_no_backup_back(tmp_path: Path, empty: Store) -> None:
    odd = tmp_path / "orders: week 47.yaml"
    odd.write_text("weekly: {}\n", encoding="utf-8")
    plant = tmp_path / "plant.yaml"
    plant.write_text("name: mine\n", encoding="utf-8")
    files = {odd.name: odd, "gone.yaml": tmp_path / "gone.yaml", plant.name: plant}
    report = write_backup(empty, tmp_path / "b.zip", now=NOW, extra_files=files)

    assert report.files == 1
    assert [text.partition(": ")[0] for text in report.left_out] == [
        str(odd).partition(": ")[0], str(tmp_path / "gone.yaml"),
    ]  # fmt: skip
    assert [one.name for one in read_backup(tmp_path / "b.zip").manifest.files] == ["plant.yaml"]


def test_the_newest_backups_are_kept(backup: Path) -> None:
    names = [f"chocolate-factory-202510{day:02d}T030500Z.zip" for day in range(1, 6)]
    for name in names:
        (backup.parent / name).write_bytes(backup.read_bytes())
    prune_backups(backup.parent, newest=names[-1], keep=2)
    left = {path.name for path in backup.parent.glob("*.zip")}
    assert left == {*names[-2:], backup.name}


def test_backups_of_a_clock_that_was_ahead_push_none_out(backup: Path) -> None:
    names = [f"chocolate-factory-203101{day:02d}T030500Z.zip" for day in range(1, 6)]
    written = "chocolate-factory-20251028T030500Z.zip"
    for name in (*names, written):
        (backup.parent / name).write_bytes(backup.read_bytes())
    assert prune_backups(backup.parent, newest=written, keep=2) == ()
    assert (backup.parent / written).exists()


@pytest.mark.parametrize(
    "piece",
    [
        PlanRecord("week-43", NOW, NOW, "{}", site="jaen"),
        Event("1", "plan-accepted", NOW, "{}", site="jaen"),
        Run("plan@jaen-1", "plan", NOW, NOW, Outcome.DONE, site="jaen"),
    ],
    ids=lambda piece: type(piece).__name__,
)
def test_a_line_keeps_its_site_and_one_from_before_there_were_sites_is_the_unnamed_ones(
    piece: PlanRecord | Event | Run,
) -> None:
    line = write_line(piece)
    assert read_line(KINDS[type(piece)], line) == piece
    before = {name: value for name, value in json.loads(line).items() if name != "site"}
    assert read_line(KINDS[type(piece)], json.dumps(before).encode()) == replace(piece, site="")
