"""The audit log: only added to, put aside when it has grown, without secrets."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context

import pytest

from chocolate_factory.errors import StoreError
from chocolate_factory.store.audit import AuditLog, Entry

NOW = datetime(2026, 11, 25, 13, 20, tzinfo=UTC)
ENTRY = Entry(NOW, "local", "admin", "127.0.0.1", "POST /ingest-now", "begun", "r-1")


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_an_entry_says_who_what_when_and_how_it_ended(tmp_path):
    AuditLog(tmp_path).done(replace(ENTRY, outcome="202", led_to="/jobs/7"))
    assert lines(tmp_path / "audit.jsonl") == [
        {"at": "2026-11-25T13:20:00Z", "who": "local", "role": "admin", "address": "127.0.0.1",
         "what": "POST /ingest-now", "outcome": "202", "request_id": "r-1", "led_to": "/jobs/7"}
    ]  # fmt: skip


def test_what_is_there_is_never_touched(tmp_path):
    path = tmp_path / "audit.jsonl"
    AuditLog(tmp_path).done(ENTRY)
    before = path.read_bytes()
    AuditLog(tmp_path).done(replace(ENTRY, outcome="202"))
    assert path.read_bytes().startswith(before)
    assert [line["outcome"] for line in lines(path)] == ["begun", "202"]


def test_a_grown_file_is_put_aside_and_only_so_many_are_kept(tmp_path):
    log = AuditLog(tmp_path, largest_bytes=300, kept=3)
    for n in range(40):
        log.done(replace(ENTRY, at=NOW + timedelta(seconds=n), request_id=f"r-{n}"))
    aside = sorted(tmp_path.glob("audit-*.jsonl"))
    assert len(aside) == 3
    told = [
        line["request_id"] for path in (*aside, tmp_path / "audit.jsonl") for line in lines(path)
    ]
    assert told == [f"r-{n}" for n in range(40 - len(told), 40)]
    assert len(told) > 6


def add_many(folder, name):
    log = AuditLog(folder, largest_bytes=300, kept=1000)
    for n in range(300):
        log.refused(replace(ENTRY, at=NOW + timedelta(seconds=n), request_id=f"{name}-{n}"))


def test_two_processes_put_files_aside_and_lose_no_line(tmp_path):
    """The service and a command; each file is put aside once, and only when it has grown."""
    adding = [get_context("fork").Process(target=add_many, args=(tmp_path, name)) for name in "abc"]
    for process in adding:
        process.start()
    for process in adding:
        process.join()
    assert [process.exitcode for process in adding] == [0, 0, 0]
    told = [line["request_id"] for path in tmp_path.iterdir() for line in lines(path)]
    assert sorted(told) == sorted(f"{name}-{n}" for name in "abc" for n in range(300))
    assert all(path.stat().st_size >= 300 for path in tmp_path.glob("refused-*.jsonl"))


def test_what_a_clock_ahead_of_time_put_aside_pushes_out_nothing(tmp_path):
    log = AuditLog(tmp_path, largest_bytes=300, kept=2)
    for day in range(1, 4):
        (tmp_path / f"audit-2031010{day}T000000000000Z-1.jsonl").write_text("{}\n")
    for n in range(4):
        log.done(replace(ENTRY, at=NOW + timedelta(seconds=n), request_id=f"r-{n}"))
    told = [
        line.get("request_id")
        for path in (*sorted(tmp_path.glob(f"audit-{NOW:%Y}*.jsonl")), tmp_path / "audit.jsonl")
        for line in lines(path)
    ]
    assert told[-3:] == ["r-1", "r-2", "r-3"]


def test_no_number_of_refusals_pushes_out_what_was_done(tmp_path):
    log = AuditLog(tmp_path, largest_bytes=300, kept=1)
    log.done(ENTRY)
    for n in range(40):
        log.refused(replace(ENTRY, at=NOW + timedelta(seconds=n), outcome="403"))
    assert [line["outcome"] for line in lines(tmp_path / "audit.jsonl")] == ["begun"]
    assert len(list(tmp_path.glob("refused*.jsonl"))) == 2


def test_a_token_is_not_written_wherever_it_stands(tmp_path):
    secret = "cf_" + "aB3-_" * 8
    told = replace(ENTRY, what=f"POST /x/{secret}", request_id=secret, led_to=f"/a?{secret}#")
    AuditLog(tmp_path).done(told)
    AuditLog(tmp_path).refused(told)
    for path in tmp_path.iterdir():
        assert "aB3" not in path.read_text()
        assert "POST /x/cf_…" in lines(path)[0]["what"]


def test_what_a_caller_chose_stays_one_short_line(tmp_path):
    AuditLog(tmp_path).refused(replace(ENTRY, what='POST /\n{"who": "local"}\r' + "x" * 9999))
    (line,) = lines(tmp_path / "refused.jsonl")
    assert len(line["what"]) == 200
    assert (tmp_path / "refused.jsonl").read_bytes().count(b"\n") == 1


def test_half_a_line_that_a_loss_of_power_left_spoils_no_other(tmp_path):
    path = tmp_path / "audit.jsonl"
    AuditLog(tmp_path).done(ENTRY)
    with path.open("ab") as file:
        file.write(b'{"at": "2026-11')
    AuditLog(tmp_path).done(replace(ENTRY, outcome="202"))
    first, half, last = path.read_text().splitlines()
    assert half == '{"at": "2026-11'
    assert (json.loads(first)["outcome"], json.loads(last)["outcome"]) == ("begun", "202")


def test_a_folder_that_cannot_be_written_is_an_error_that_says_what_to_do(tmp_path):
    (tmp_path / "logs").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="Nothing is changed until it can"):
        AuditLog(tmp_path / "logs").done(ENTRY)


def test_only_the_owner_may_read_it(tmp_path):
    AuditLog(tmp_path).done(ENTRY)
    assert (tmp_path / "audit.jsonl").stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files for others")
def test_what_root_begins_the_service_can_go_on_with(tmp_path):
    os.chown(tmp_path, 12_345, 23_456)
    AuditLog(tmp_path / "logs").done(ENTRY)
    for made in (tmp_path / "logs", tmp_path / "logs" / "audit.jsonl"):
        assert (made.stat().st_uid, made.stat().st_gid) == (12_345, 23_456)
