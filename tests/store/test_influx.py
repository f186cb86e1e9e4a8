"""The InfluxDB store: opening, faults in words a user can act on, and writes that are cut off."""

from __future__ import annotations

import builtins
import importlib
import json
import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from contracts.influx_engine import Bucket
from contracts.influx_query import answer, results
from contracts.influx_server import ORGANIZATION, TOKEN, InfluxServer, Reply
from contracts.influx_site import InfluxSite

from chocolate_factory.errors import SeriesInvalid, StoreError
from chocolate_factory.market.catalog import PVPC, SPOT
from chocolate_factory.market.series import QUANTILES, Forecast, Kind, Observations
from chocolate_factory.store.base import Appended, Outcome, PlanRecord, Run, Vintages
from chocolate_factory.store.influx import flux
from chocolate_factory.store.influx.address import Address, address_of
from chocolate_factory.store.influx.store import InfluxStore, open_influx
from chocolate_factory.store.opening import standing

NOW = datetime(2025, 11, 1, tzinfo=UTC)
BEGIN, END = datetime(2000, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
QUERY, WRITE, DELETE = "/api/v2/query", "/api/v2/write", "/api/v2/delete"
FAR = 10**9


def prices(value: float, *, rows: int = 20, known: str = "2025-02-01") -> Observations:
    start = np.datetime64("2024-01-01", "s") + np.arange(rows) * np.timedelta64(1, "h")
    return Observations(
        PVPC, "ree", Kind.PUBLISHED, start, np.full(rows, 3600), np.full(rows, value),
        np.full(rows, np.datetime64(known, "s")), np.ones(rows, dtype=bool),
    )  # fmt: skip


def outlook(rows: int = 30) -> Forecast:
    mean = np.random.default_rng(1).normal(size=rows)
    return Forecast(
        PVPC, "EUR/kWh", NOW, "ridge",
        np.datetime64("2025-11-01", "s") + np.arange(rows) * np.timedelta64(900, "s"),
        np.full(rows, 900), np.zeros(rows, dtype=bool), mean,
        np.repeat(mean[:, None], len(QUANTILES), axis=1),
    )  # fmt: skip


def site_of(server: InfluxServer) -> InfluxSite:
    return InfluxSite(server.url, ORGANIZATION, TOKEN)


def opened(server: InfluxServer, *, timeout_s: float = 5.0) -> InfluxStore:
    return open_influx(site_of(server).url("factory"), token=TOKEN, timeout_s=timeout_s)


@pytest.fixture
def store(influx_server: InfluxServer) -> Iterator[InfluxStore]:
    with closing(opened(influx_server)) as store:
        yield store


# ---- the URL


@pytest.mark.parametrize(
    ("url", "server", "organization", "prefix"),
    [
        ("influxdb://localhost:8086/my-org/factory", "http://localhost:8086", "my-org", "factory"),
        ("influxdb://10.0.0.7/o/f", "http://10.0.0.7:8086", "o", "f"),
        ("influxdbs://db.example.org:443/o/f", "https://db.example.org:443", "o", "f"),
        ("influxdb://[::1]:9999/my%20org%2Fx/a.b-c_d?tls=true", "https://[::1]:9999",
         "my org/x", "a.b-c_d"),
    ],
)  # fmt: skip
def test_a_url_names_server_organization_and_buckets(
    url: str, server: str, organization: str, prefix: str
) -> None:
    assert address_of(url) == Address(server, organization, prefix)
    assert address_of(url).buckets == (
        f"{prefix}-observations", f"{prefix}-versions", f"{prefix}-runs",
    )  # fmt: skip


@pytest.mark.parametrize(
    "url",
    [
        "influxdb://localhost:8086",
        "influxdb://localhost:8086/my-org",
        "influxdb://localhost:8086/my-org/",
        "influxdb:///my-org/factory",
        "influxdb://localhost:8086//factory",
        "influxdb://localhost:8086/my-org/factory/more",
        "influxdb://localhost:8086/my-org/_system",
        'influxdb://localhost:8086/my-org/a"b',
        "influxdb://localhost:port/my-org/factory",
        "influxdb://localhost:99999/my-org/factory",
        "influxdb://[::1/my-org/factory",
        f"influxdb://{TOKEN}@localhost:8086/my-org/factory",
        f"influxdb://user:{TOKEN}@localhost:8086/my-org/factory",
        f"influxdb://localhost:8086/my-org/factory?token={TOKEN}",
        f"influxdb://localhost:8086/my-org/factory#{TOKEN}",
        "influxdb://localhost:8086/my-org/factory?tls=maybe",
        "http://localhost:8086/my-org/factory",
    ],
)
def test_a_url_that_is_none_is_refused_with_an_example_and_without_repeating_it(url: str) -> None:
    with pytest.raises(StoreError, match="influxdb://localhost:8086/my-org/factory") as refused:
        open_influx(url, token=TOKEN)
    assert TOKEN not in str(refused.value)


# ---- opening


def test_opening_creates_buckets_that_never_forget_in_groups_of_a_year(
    influx_server: InfluxServer,
) -> None:
    opened(influx_server).close()
    made = influx_server.buckets
    assert sorted(made) == ["factory-observations", "factory-runs", "factory-versions"]
    assert {bucket.every_s for bucket in made.values()} == {0}
    assert made["factory-observations"].shard_group_s == 364 * 86_400


@pytest.mark.parametrize("missing_bucket", ["not found", "none", "others"])
def test_missing_buckets_are_created_however_the_server_says_so(
    influx_server: InfluxServer, missing_bucket: str
) -> None:
    influx_server.missing_bucket = missing_bucket
    url = site_of(influx_server).url("factory")
    assert standing(url, token=TOKEN) == "none"
    assert influx_server.buckets == {}
    with closing(opened(influx_server)) as store:
        assert store.append([prices(0.1)], now=NOW).new == 20
    before = dict(influx_server.buckets)
    opened(influx_server).close()
    assert influx_server.buckets == before
    assert standing(url, token=TOKEN) == "ready"


def test_a_bucket_that_another_process_creates_at_that_moment_is_used(
    influx_server: InfluxServer,
) -> None:
    influx_server.replies["/api/v2/buckets"] = [
        None,  # it is not there
        Reply(422, b'{"code":"conflict","message":"bucket already exists"}', late=True),
    ]
    opened(influx_server).close()
    assert len(influx_server.buckets) == 3


def test_a_bucket_that_forgets_is_refused(influx_server: InfluxServer) -> None:
    influx_server.buckets["factory-versions"] = Bucket("factory-versions", "b1", 30 * 86_400)
    with pytest.raises(StoreError, match=r"factory-versions forgets .* 30 days.*never"):
        opened(influx_server)


@pytest.mark.parametrize("version", ["1.8.10", "v1.11.8", "v3.0.1", "unknown"])
def test_a_server_of_another_version_is_refused(influx_server: InfluxServer, version: str) -> None:
    influx_server.version = version
    with pytest.raises(StoreError, match=f"not a server of version 2 .*{version}"):
        opened(influx_server)


def test_an_organization_that_does_not_exist_is_named(influx_server: InfluxServer) -> None:
    site = replace(site_of(influx_server), organization="nobody")
    with pytest.raises(StoreError, match=r"organization nobody.*no such organization"):
        open_influx(site.url("factory"), token=TOKEN)


def test_without_the_client_package_the_user_is_told_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [name for name in sys.modules if name.startswith("influxdb_client")]:
        monkeypatch.delitem(sys.modules, name)
    real = builtins.__import__

    def absent(name: str, *rest: object, **more: object) -> object:
        if name.startswith("influxdb_client"):
            raise ImportError(name)
        return real(name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", absent)
    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(StoreError, match=r"install chocolate-factory\[influx\]"):
        open_influx("influxdb://localhost:8086/my-org/factory", token=TOKEN)


@pytest.mark.parametrize("token", ["", "abc\n", "clé"])
def test_a_token_that_is_none_is_asked_for(token: str) -> None:
    with pytest.raises(StoreError, match="CHOCOLATE_FACTORY_STORE_TOKEN") as refused:
        open_influx("influxdb://127.0.0.1:9/my-org/factory", token=token)
    assert not token or token not in str(refused.value)


def test_nobody_listening_is_said_with_the_address() -> None:
    with pytest.raises(StoreError, match=r"http://127.0.0.1:9.*cannot be reached"):
        open_influx("influxdb://127.0.0.1:9/my-org/factory", token=TOKEN, timeout_s=2)


# ---- faults


def told(message: str, code: str = "error") -> bytes:
    return f'{{"code":"{code}","message":"{message}"}}'.encode()


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(401, told("unauthorized access")), "refuses the token.*factory-observations"),
        (Reply(403, told("forbidden")), "refuses the token"),
        (Reply(404, told("bucket not found")), "does not know .*bucket not found"),
        (Reply(413, told("too large")), "no request of this size"),
        (Reply(429, told("slow"), (("Retry-After", "17"),)), "try again in 17 s.*does no harm"),
        (Reply(503, b"", (("Retry-After", "3"),)), "overloaded.*try again in 3 s"),
        (Reply(503, told("starting")), "try again in a minute"),
        (Reply(500, told("write wal: no space left on device")), "disk is full"),
        (Reply(500, told("engine: cache-max-memory-size exceeded")), "cache is full"),
        (Reply(422, told("partial write: points beyond retention policy dropped=2")), "never"),
        (Reply(400, told("partial write: field type conflict: x")), "another bucket prefix"),
        (Reply(500, told("panic: boom")), "error 500: panic: boom"),
        (Reply(502, b"<html><h1>Bad\n gateway</h1></html>"), "error 502: <html><h1>Bad gateway"),
    ],
)
def test_a_refused_write_says_what_to_do(
    influx_server: InfluxServer, store: InfluxStore, reply: Reply, said: str
) -> None:
    influx_server.replies[WRITE] = [reply]
    with pytest.raises(StoreError, match=said) as refused:
        store.append([prices(0.1)], now=NOW)
    assert str(refused.value).startswith(f"InfluxDB at {influx_server.url}, organization my org")


CSV_ERROR = b"#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n,error,reference\r\n"


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(401, told("unauthorized access")), "refuses the token"),
        (Reply(404, told('could not find bucket \\"factory-observations\\"')), "could not find"),
        (Reply(400, told("compilation failed")), "error 400: compilation failed"),
        (Reply(200, CSV_ERROR + b",memory limit reached,\r\n"), "could not answer: memory limit"),
        (Reply(200, b"<html>login</html>"), "broke off"),
        (Reply(200, b"\xff\xfe\r\n\r\n"), "something else than expected"),
        (Reply(200, CSV_ERROR, cut=True), "broke off"),
        (Reply(200, b"\r\n", delay_s=4.0), "did not answer within 2"),
    ],
)
def test_a_read_without_a_good_answer_says_what_to_do(
    influx_server: InfluxServer, reply: Reply, said: str
) -> None:
    with closing(opened(influx_server, timeout_s=2.0)) as store:
        influx_server.replies[QUERY] = [reply]
        with pytest.raises(StoreError, match=said):
            store.read(PVPC, BEGIN, END, as_of=END)


def test_the_server_coming_back_is_all_it_takes(
    influx_server: InfluxServer, store: InfluxStore
) -> None:
    influx_server.replies[QUERY] = [Reply(200, CSV_ERROR, cut=True), Reply(503)]
    for _ in range(2):
        with pytest.raises(StoreError):
            store.coverage()
    assert store.coverage() == ()


def test_the_token_is_in_no_text(
    influx_server: InfluxServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    texts = []
    with closing(opened(influx_server, timeout_s=1.0)) as store:
        texts += [repr(store), repr(vars(store)), str(vars(store)["_connection"])]
        for reply in (Reply(401, told("no")), Reply(200, b"x", delay_s=2.0), Reply(500, b"x")):
            influx_server.replies[QUERY] = [reply]
            with pytest.raises(StoreError) as refused:
                store.coverage()
            texts += traceback.format_exception(refused.value)
    with pytest.raises(StoreError, match="refuses the token") as refused:
        open_influx(site_of(influx_server).url("factory"), token=f"not-{TOKEN}")
    texts += [*traceback.format_exception(refused.value), caplog.text]
    assert not [text for text in texts if TOKEN in text]


# ---- all or nothing, as far as a server without transactions goes


def test_what_fits_one_request_is_stored_by_one(
    influx_server: InfluxServer, store: InfluxStore
) -> None:
    later = replace(prices(80.0, rows=24), key=SPOT, source="omie")
    store.append([prices(0.1, rows=400), later, prices(0.2, known="2025-03-01")], now=NOW)
    assert [path for _, path, _ in influx_server.requests].count(WRITE) == 1


def test_nothing_is_written_before_every_batch_was_compared(
    influx_server: InfluxServer, store: InfluxStore
) -> None:
    influx_server.replies[QUERY] = [None, Reply(503)]
    with pytest.raises(StoreError):
        store.append([prices(0.1), replace(prices(80.0, rows=1), key=SPOT)], now=NOW)
    absurd = prices(99.0)
    with pytest.raises(SeriesInvalid):
        store.append([prices(0.1), absurd], now=NOW)
    assert store.coverage() == ()


def test_an_append_that_was_cut_off_is_completed_by_the_same_append(
    influx_server: InfluxServer, store: InfluxStore
) -> None:
    given = prices(0.1, rows=6000)
    influx_server.replies[WRITE] = [None, Reply(503), None]
    with pytest.raises(StoreError, match="may be there in part"):
        store.append([given], now=NOW)
    (held,) = store.coverage()
    assert held.count == 2500
    assert store.append([given], now=NOW) == Appended(6000, 3500, 0, 2500)
    assert store.append([given], now=NOW) == Appended(6000, 0, 0, 6000)
    read = store.read(PVPC, BEGIN, END, as_of=END)
    assert read.start.tolist() == given.start.tolist()
    assert [held.count for held in store.coverage()] == [6000]


def test_a_write_whose_answer_was_lost_is_no_second_one(
    influx_server: InfluxServer, store: InfluxStore
) -> None:
    influx_server.replies[WRITE] = [Reply(504, told("gateway"), late=True)]
    with pytest.raises(StoreError):
        store.append([prices(0.1)], now=NOW)
    assert store.append([prices(0.1)], now=NOW) == Appended(20, 0, 0, 20)
    assert len(list(store.dump())) == 1


def test_the_same_rows_from_two_processes_are_the_same_points(
    influx_server: InfluxServer, store: InfluxStore
) -> None:
    store.append([prices(0.1)], now=NOW)
    (written,) = [body for _, path, body in influx_server.requests if path == WRITE]
    influx_server.buckets["factory-observations"].write(written)  # the other one was as quick
    (held,) = store.dump()
    assert isinstance(held, Vintages)
    assert held.start_s.size == 20


def test_a_point_that_is_half_written_is_not_there_yet(
    influx_server: InfluxServer, store: InfluxStore
) -> None:
    store.append([prices(0.1, rows=2)], now=NOW)
    points = influx_server.buckets["factory-observations"].series
    (key,) = [key for key in points if key[0] == "observation"]
    first, second = sorted(points[key])
    del points[key][first]["value"]
    del points[key][second]["available_at"]
    assert len(store.read(PVPC, BEGIN, END, as_of=END)) == 0
    assert store.append([prices(0.1, rows=2)], now=NOW).new == 2
    assert store.read(PVPC, BEGIN, END, as_of=END).value.tolist() == [0.1, 0.1]


def test_a_value_that_would_take_the_place_of_another_is_refused(store: InfluxStore) -> None:
    known = np.datetime64("1994-01-01", "s")
    store.append([prices(0.1, rows=1, known="1994-01-01")], now=NOW)
    clash = str(known + np.timedelta64(FAR, "s"))
    other = replace(prices(0.2, rows=1, known=clash), inferred=np.zeros(1, dtype=bool))
    with pytest.raises(StoreError, match="a second later"):
        store.append([other], now=NOW)
    assert store.append([prices(0.2, rows=1, known="2026-01-01")], now=NOW).revised == 1


def test_threads_that_append_the_same_at_once_keep_it_once(influx_server: InfluxServer) -> None:
    stores = [opened(influx_server) for _ in range(4)]
    gate = threading.Barrier(len(stores))

    def appended(place: int) -> Appended:
        gate.wait()
        known = f"2025-02-0{place + 1}"
        return stores[place].append([prices(0.1, known=known)], now=NOW)

    with ThreadPoolExecutor(len(stores)) as pool:
        told = list(pool.map(appended, range(len(stores))))
    assert sum(one.new for one in told) == 20
    assert sum(one.unchanged for one in told) == 60
    for store in stores:
        store.close()


# ---- documents


def test_a_forecast_longer_than_a_field_may_be_comes_back(store: InfluxStore) -> None:
    made = outlook(rows=14 * 96)
    store.save_forecast(outlook(rows=3), made_at=NOW - timedelta(days=1))
    store.save_forecast(made, made_at=NOW)
    store.save_forecast(outlook(rows=5), made_at=NOW + timedelta(days=1))
    kept = store.forecast(PVPC, as_of=NOW)
    assert kept is not None
    assert kept.mean.tobytes() == made.mean.tobytes()
    lengths = [len(one.forecast) for one in store.forecasts(PVPC, made_from=BEGIN, made_to=END)]
    assert lengths == [3, 14 * 96, 5]


def test_many_forecasts_are_listed_whole(store: InfluxStore) -> None:
    made = [NOW + timedelta(hours=hour) for hour in range(120)]
    for instant in made:
        store.save_forecast(outlook(rows=1), made_at=instant)
    assert [one.made_at for one in store.forecasts(PVPC, made_from=BEGIN, made_to=END)] == made


def test_of_several_plans_of_one_second_the_one_stored_last_is_in_force(
    store: InfluxStore,
) -> None:
    for name in ("b", "a", "c"):
        store.save_plan(PlanRecord(name, NOW, NOW, "{}"))
    store.save_plan(PlanRecord("b", NOW, NOW, "{}"))
    kept = store.plan(as_of=NOW)
    assert kept is not None
    assert kept.plan_id == "c"


def test_a_forecast_that_is_half_written_gives_way_to_the_one_before(
    influx_server: InfluxServer, store: InfluxStore
) -> None:
    store.save_forecast(outlook(rows=1), made_at=NOW)
    store.save_forecast(outlook(rows=2), made_at=NOW + timedelta(hours=1))
    ((_, points),) = influx_server.buckets["factory-versions"].series.items()
    del points[max(points)]["part_0"]
    kept = store.forecast(PVPC, as_of=END)
    assert kept is not None
    assert len(kept) == 1


@pytest.mark.parametrize("part", ["not base64!", "AAAA", "eJwDAAAA"])
def test_a_damaged_document_is_said_to_be_one(
    influx_server: InfluxServer, store: InfluxStore, part: str
) -> None:
    store.save_forecast(outlook(), made_at=NOW)
    store.save_plan(PlanRecord("week", NOW, NOW, "{}"))
    store.save_run(Run("1", "plan", NOW, NOW, Outcome.DONE))
    for bucket in ("factory-versions", "factory-runs"):
        for points in influx_server.buckets[bucket].series.values():
            for point in points.values():
                point["part_0"] = part
    with pytest.raises(StoreError, match="damaged"):
        store.forecast(PVPC, as_of=END)
    with pytest.raises(StoreError, match="damaged"):
        store.plan(as_of=END)
    with pytest.raises(StoreError, match="damaged"):
        store.run("1")


# ---- runs


def test_a_run_whose_start_is_corrected_is_still_one(store: InfluxStore) -> None:
    first = Run("1", "plan", NOW, None, Outcome.RUNNING)
    store.save_run(first)
    store.save_run(replace(first, run_id="2"))
    moved = replace(first, started_at=NOW + timedelta(seconds=1), outcome=Outcome.DONE)
    store.save_run(moved)
    assert store.runs() == (moved, replace(first, run_id="2"))


def test_dropping_runs_keeps_those_between_that_are_not_finished(store: InfluxStore) -> None:
    for hour in range(10):
        ended = None if hour in (3, 7) else NOW
        store.save_run(Run(f"{hour}", "plan", NOW + timedelta(hours=hour), ended, Outcome.DONE))
    assert store.drop_runs(before=NOW + timedelta(hours=9)) == 7
    assert [run.run_id for run in store.runs()] == ["9", "7", "3"]


def test_dropping_runs_deletes_in_no_other_bucket(
    influx_server: InfluxServer, store: InfluxStore
) -> None:
    store.save_run(Run("1", "plan", NOW, NOW, Outcome.DONE))
    store.append([prices(0.1)], now=NOW)
    store.drop_runs(before=END)
    assert [path for _, path, _ in influx_server.requests].count(DELETE) == 1
    assert not influx_server.buckets["factory-runs"].series
    assert influx_server.buckets["factory-observations"].series


def test_the_newest_runs_of_a_job_are_found_without_reading_what_others_told(
    influx_server: InfluxServer, store: InfluxStore
) -> None:
    for hour in range(30):
        for job in ("plan", "spot", "pvpc"):
            started = NOW + timedelta(hours=hour)
            store.save_run(Run(f"{job}-{hour}", job, started, started, Outcome.DONE))
    influx_server.requests.clear()
    assert [run.run_id for run in store.runs(job="plan", limit=2)] == ["plan-29", "plan-28"]
    which, documents = (body for _, path, body in influx_server.requests if path == QUERY)
    assert "pivot" not in which
    answered = [
        len(table.rows)
        for body in (which, documents)
        for _, tables in results(json.loads(body)["query"], influx_server.buckets)
        for table in tables
    ]
    assert answered == [4, 2]


def test_a_run_that_moves_on_costs_one_look_at_its_own_millisecond(
    influx_server: InfluxServer, store: InfluxStore
) -> None:
    store.save_run(Run("1", "plan", NOW, None, Outcome.RUNNING))
    influx_server.requests.clear()
    store.save_run(Run("1", "plan", NOW, NOW, Outcome.DONE))
    (asked,) = [body for _, path, body in influx_server.requests if path == QUERY]
    assert "2025-11-01T00:00:00.001000000Z" in asked


def test_who_said_anything_is_asked_without_counting(
    influx_server: InfluxServer, store: InfluxStore
) -> None:
    store.append([prices(0.1)], now=NOW)
    influx_server.requests.clear()
    assert store.sources() == {"ree"}
    (asked,) = [body for _, path, body in influx_server.requests if path == QUERY]
    assert "last()" in asked
    assert "count()" not in asked


# ---- loading


def pieces() -> list[Vintages]:
    hours = np.arange(3) * 3600
    return [
        Vintages(
            key, "ree", Kind.PUBLISHED, 1_761_429_600 + hours, np.full(3, 3600), np.full(3, 0.1),
            1_761_429_600 + hours, np.zeros(3, bool), np.full(3, 1_761_429_600),
        )
        for key in (PVPC, SPOT)
    ]  # fmt: skip


def test_a_load_the_server_breaks_off_leaves_nothing(
    influx_server: InfluxServer, store: InfluxStore
) -> None:
    influx_server.replies[WRITE] = [None, None, Reply(503)]
    with pytest.raises(StoreError, match="overloaded"):
        store.load(pieces())
    assert list(store.dump()) == []
    assert store.coverage() == ()
    opened(influx_server).close()
    store.load(pieces())
    assert [held.count for held in store.coverage()] == [3, 3]


def test_a_store_with_half_a_load_that_could_not_be_undone_is_refused_at_the_next_start(
    influx_server: InfluxServer, store: InfluxStore
) -> None:
    influx_server.replies[WRITE] = [None, None, Reply(503)]
    influx_server.replies[DELETE] = [Reply(503)]
    with pytest.raises(StoreError):
        store.load(pieces())
    assert len(store.coverage()) == 1
    with pytest.raises(StoreError, match=r"cut off.*delete the buckets factory-observations"):
        opened(influx_server)


# ---- the stand-in answers as the documentation says a server does


def test_reading_nothing_asks_for_no_empty_range(
    influx_server: InfluxServer, store: InfluxStore
) -> None:
    for start, end in ((END, BEGIN), (BEGIN, BEGIN)):
        assert len(store.read(PVPC, start, end, as_of=END)) == 0
    year_one = datetime(1, 1, 1, tzinfo=UTC)
    assert len(store.read(PVPC, year_one, year_one + timedelta(days=1), as_of=END)) == 0
    assert store.forecasts(PVPC, made_from=NOW, made_to=NOW) == ()
    assert store.plan(as_of=year_one) is None
    assert len(store.read(PVPC, year_one, datetime(9999, 1, 1, tzinfo=UTC), as_of=END)) == 0


POINTS = Bucket("b", "b1")
POINTS.write(
    "m,t=x v=1,w=2i 1000000000\nm,t=x v=3 2000000000\nm,t=y v=5 1000000000\nm,t=y w=7i 3000000000"
)
ALL = 'from(bucket: "b") |> range(start: 1970-01-01T00:00:00Z, stop: 1970-01-01T00:00:03Z)'
CSV = ["datatype", "group", "default"]


def test_the_stand_in_gives_a_table_per_series_and_field_and_leaves_out_the_stop() -> None:
    ((name, tables),) = results(ALL, {"b": POINTS})
    assert name == "_result"
    seen = [(one.key["t"], one.key["_field"], [r["_value"] for r in one.rows]) for one in tables]
    assert seen == [("x", "v", [1.0, 3.0]), ("x", "w", [2]), ("y", "v", [5.0])]


def test_the_stand_in_pivots_fields_into_columns_with_nulls() -> None:
    script = f'{ALL} |> filter(fn: (r) => r.t == "x") |> {flux.PIVOT} |> keep(columns: ["v", "w"])'
    assert answer(script, {"b": POINTS}, CSV) == (
        "#datatype,string,long,double,long\r\n#group,false,false,false,false\r\n"
        "#default,_result,,,\r\n,result,table,v,w\r\n,,0,1,2\r\n,,0,3,\r\n\r\n"
    )


def test_the_stand_in_leaves_out_rows_whose_condition_is_null() -> None:
    script = f"{ALL} |> {flux.PIVOT} |> filter(fn: (r) => r.w <= 5)"
    ((_, (table,)),) = results(script, {"b": POINTS})
    assert [row["w"] for row in table.rows] == [2]


def test_the_stand_in_refuses_what_a_server_refuses() -> None:
    for script in (
        ALL.replace("00:00:03Z", "00:00:00Z"),
        ALL.replace('"b"', '"c"'),
        f"{ALL} |> mean()",
        f"{ALL}\n{ALL}",
        f'{ALL} |> filter(fn: (r) => r._value == "x")',
        ALL[:-1],
    ):
        with pytest.raises(
            Exception, match=r"empty range|bucket|undefined|two results|compare|ends"
        ):
            results(script, {"b": POINTS})


def test_the_stand_in_drops_points_of_another_type_and_keeps_the_others() -> None:
    bucket = Bucket("b", "b1")
    bucket.write("m v=1 1")
    with pytest.raises(Exception, match=r"already exists as type float dropped=1"):
        bucket.write("m v=1i 2\nm v=2 3")
    assert [sorted(points) for points in bucket.series.values()] == [[1, 3]]
