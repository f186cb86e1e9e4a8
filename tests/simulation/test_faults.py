"""Faults on demand: every kind over real loopback HTTP, and nothing wrong that gets through."""

from __future__ import annotations

import json
import random
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from chocolate_factory.errors import SourceError, SourceUnavailable
from chocolate_factory.market.catalog import PVPC, SPOT
from chocolate_factory.market.series import Observations
from chocolate_factory.simulation.answer import Answer, as_json
from chocolate_factory.simulation.faults import (
    Asked,
    Fault,
    FaultKind,
    FaultPlan,
    Service,
    either,
    every,
    first,
    no_faults,
    outage,
    random_faults,
)
from chocolate_factory.simulation.server import SimulatedUpstreams
from chocolate_factory.simulation.spoiled import spoiled
from chocolate_factory.sources.base import Request, Source
from chocolate_factory.sources.ree import Ree
from chocolate_factory.sources.transport import DEFAULT_LIMITS, Transport

NOW = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
DAY = date(2025, 10, 26)  # 25 hours, 100 quarter-hours
QUICK = replace(
    DEFAULT_LIMITS,
    read_s=0.4,
    answer_s=0.6,
    attempts=2,
    wait_first_s=0.01,
    jitter_s=0.0,
    retry_after_most_s=2.0,
)


@pytest.fixture
def upstreams() -> Iterator[SimulatedUpstreams]:
    with SimulatedUpstreams(1, lambda: NOW) as running:
        yield running


def prices(upstreams: SimulatedUpstreams) -> tuple[Observations, ...]:
    """One day of prices as production fetches it."""
    with Transport(QUICK) as transport:
        return Source(Ree(base_url=upstreams.ree_url), transport).fetch(DAY, DAY, now=NOW)


def is_the_truth(batches: tuple[Observations, ...], upstreams: SimulatedUpstreams) -> bool:
    values = {batch.key: batch.value for batch in batches}
    truth = {PVPC: upstreams.market.pvpc, SPOT: upstreams.market.spot}
    return all(np.array_equal(values[key], told(DAY, DAY)[1]) for key, told in truth.items())


LASTING = [
    (Fault(FaultKind.TIME_OUT), "no answer in time"),
    (Fault(FaultKind.SLOW_BODY, seconds=4), "took too long"),
    (Fault(FaultKind.RESET), "check the network"),
    (Fault(FaultKind.CUT_OFF), "check the network"),
    (Fault(FaultKind.LIMITED), "HTTP 429"),
    (Fault(FaultKind.LIMITED_FOR, seconds=3600), "HTTP 429; it asks to wait 3600 s"),
    (Fault(FaultKind.ERROR), "HTTP 500"),
    (Fault(FaultKind.BAD_GATEWAY), "HTTP 502"),
    (Fault(FaultKind.UNAVAILABLE), "HTTP 503"),
    (Fault(FaultKind.HTML), "web page instead of data"),
    (Fault(FaultKind.TRUNCATED, seed=2), "not complete JSON"),
]


@pytest.mark.parametrize(("fault", "said"), LASTING, ids=[fault.kind for fault, _ in LASTING])
def test_a_lasting_fault_is_an_upstream_that_is_unavailable(
    upstreams: SimulatedUpstreams, fault: Fault, said: str
) -> None:
    upstreams.faults = every(fault)
    begun = time.monotonic()
    with pytest.raises(SourceUnavailable, match=said):
        prices(upstreams)
    assert time.monotonic() - begun < 5


PASSING = [
    Fault(FaultKind.TIME_OUT),
    Fault(FaultKind.SLOW_BODY, seconds=4),
    Fault(FaultKind.RESET),
    Fault(FaultKind.CUT_OFF),
    Fault(FaultKind.LIMITED),
    Fault(FaultKind.LIMITED_FOR, seconds=1),
    Fault(FaultKind.ERROR),
    Fault(FaultKind.BAD_GATEWAY),
    Fault(FaultKind.UNAVAILABLE),
]


@pytest.mark.parametrize("fault", PASSING, ids=[fault.kind for fault in PASSING])
def test_a_passing_fault_costs_one_more_request(
    upstreams: SimulatedUpstreams, fault: Fault
) -> None:
    upstreams.faults = first(1, fault)
    assert is_the_truth(prices(upstreams), upstreams)
    assert upstreams.asked == {Service.REE: 2}
    assert upstreams.met == {(Service.REE, fault.kind): 1}


HARMLESS = [
    Fault(FaultKind.RETITLED),
    Fault(FaultKind.DUPLICATED),
    Fault(FaultKind.CLOCK_SKEW, seconds=-600),
    Fault(FaultKind.CLOCK_SKEW, seconds=600),
    Fault(FaultKind.SLOW_BODY, seconds=0.1),
]


@pytest.mark.parametrize("fault", HARMLESS, ids=[f"{f.kind} {f.seconds:g}" for f in HARMLESS])
def test_what_a_careful_client_need_not_mind_does_not_matter(
    upstreams: SimulatedUpstreams, fault: Fault
) -> None:
    upstreams.faults = every(fault)
    assert is_the_truth(prices(upstreams), upstreams)


def test_an_upstream_that_never_answers_does_not_keep_the_simulation_from_ending() -> None:
    begun = time.monotonic()
    with (
        SimulatedUpstreams(1, lambda: NOW, faults=every(Fault(FaultKind.TIME_OUT))) as running,
        socket.create_connection(("127.0.0.1", int(running.ree_url.rsplit(":", 1)[1]))) as client,
    ):
        client.sendall(b"GET /es/datos/ HTTP/1.1\r\nHost: x\r\n\r\n")
        while not running.asked:
            time.sleep(0.01)
    assert time.monotonic() - begun < 5


def test_a_skewed_clock_shows_in_the_date_of_the_answer(upstreams: SimulatedUpstreams) -> None:
    upstreams.faults = every(Fault(FaultKind.CLOCK_SKEW, seconds=600))
    host, port = upstreams.ree_url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(b"GET /es/datos/x HTTP/1.1\r\nHost: x\r\n\r\n")
        head = client.makefile("rb").read().decode()
    assert "Date: Sun, 22 Nov 2026 23:10:00 GMT" in head


def test_a_clock_that_is_ahead_publishes_early(upstreams: SimulatedUpstreams) -> None:
    noon = datetime(2026, 11, 22, 11, 55, tzinfo=UTC)
    upstreams = SimulatedUpstreams(1, lambda: noon)
    query = {
        "start_date": "2026-11-23T00:00",
        "end_date": "2026-11-23T23:59",
        "time_trunc": "hour",
    }
    path = "/es/datos/mercados/precios-mercados-tiempo-real"
    assert upstreams.exchange(path, query).answer.status == 400
    upstreams.faults = every(Fault(FaultKind.CLOCK_SKEW, seconds=600))
    assert upstreams.exchange(path, query).answer.status == 200


def test_a_host_that_named_a_time_is_left_alone_and_its_neighbours_are_not(
    upstreams: SimulatedUpstreams,
) -> None:
    limited = every(Fault(FaultKind.LIMITED_FOR, seconds=900), services={Service.REE})
    upstreams.faults = limited
    with Transport(QUICK) as transport:
        for _ in range(3):
            with pytest.raises(SourceUnavailable):
                transport.get(Request(f"{upstreams.ree_url}/es/datos/x"), source="ree")
        with pytest.raises(SourceError):
            transport.get(Request(f"{upstreams.open_meteo_url}/v1/forecast"), source="open-meteo")
    assert upstreams.asked == {Service.REE: 1, Service.OPEN_METEO: 1}


# --- plans ---------------------------------------------------------------------------------------


def asked(
    count: int = 0, *, at: datetime = NOW, service: Service = Service.REE, path: str = "/es/datos/x"
) -> Asked:
    return Asked(service, path, {"day": "2026-11-22"}, at, count)


def kinds_of(plan: FaultPlan, requests: int) -> list[FaultKind | None]:
    faults = [plan(asked(count)) for count in range(requests)]
    return [None if fault is None else fault.kind for fault in faults]


def test_one_request_in_twenty_meets_a_random_fault_of_every_kind() -> None:
    kinds = kinds_of(random_faults(1, share=0.05), 10_000)
    met = [kind for kind in kinds if kind is not None]
    assert 400 < len(met) < 600
    assert set(met) == set(FaultKind)


def test_random_faults_are_the_same_in_every_run_and_others_with_another_seed() -> None:
    one, again, other = (kinds_of(random_faults(seed), 500) for seed in (1, 1, 2))
    assert one == again != other


def test_the_same_question_asked_again_meets_its_own_luck() -> None:
    plan = random_faults(1, share=0.5)
    assert len({plan(asked(count)) is None for count in range(20)}) == 2
    later = [plan(asked(at=NOW + timedelta(minutes=n))) is None for n in range(20)]
    assert len(set(later)) == 2


def test_random_faults_can_be_of_some_kinds_only() -> None:
    kinds = kinds_of(random_faults(1, share=1.0, kinds=(FaultKind.HTML, FaultKind.RESET)), 50)
    assert set(kinds) == {FaultKind.HTML, FaultKind.RESET}


def test_an_outage_begins_and_ends_and_is_of_the_services_named() -> None:
    plan = outage(NOW, NOW + timedelta(hours=1), services={Service.OMIE})
    minute = timedelta(minutes=1)

    def out(at: datetime, service: Service = Service.OMIE) -> bool:
        return plan(asked(at=at, service=service)) is not None

    assert [out(NOW - minute), out(NOW), out(NOW + 59 * minute), out(NOW + 60 * minute)] == [
        False, True, True, False,
    ]  # fmt: skip
    assert not out(NOW, Service.REE)


def test_of_several_plans_the_first_with_a_fault_counts() -> None:
    plan = either(
        no_faults,
        outage(NOW, NOW + timedelta(hours=1), kind=FaultKind.TIME_OUT),
        every(Fault(FaultKind.HTML)),
    )
    assert plan(asked()) == Fault(FaultKind.TIME_OUT)
    assert plan(asked(at=NOW - timedelta(days=1))) == Fault(FaultKind.HTML)


# --- what faults do to bodies --------------------------------------------------------------------

ROWS = [{"value": number, "datetime": f"2026-01-01T{number:02d}:00"} for number in range(24)]
TABLE = as_json(200, {"title": "PVPC", "values": ROWS}, escape=True)
TEXT = Answer(200, b"HEAD;\r\n1;2;\r\n3;4;\r\n5;6;\r\n*\r\n", "text/plain")


def document(kind: FaultKind, answer: Answer = TABLE, seed: int = 7) -> Any:
    return json.loads(spoiled(answer, Fault(kind, seed=seed)).body)


def test_a_repeated_row_stands_twice_and_is_the_same() -> None:
    rows = document(FaultKind.DUPLICATED)["values"]
    assert len(rows) == 25
    assert [row for at, row in enumerate(rows) if row not in rows[:at]] == ROWS


def test_a_repeated_row_of_columns_stands_twice_in_each() -> None:
    answer = as_json(200, {"hourly": {"time": ["a", "b"], "t": [1, 2], "h": [3, 4]}}, escape=True)
    rows = document(FaultKind.DUPLICATED, answer)["hourly"]
    assert len(rows["time"]) == 3
    assert set(zip(*rows.values(), strict=True)) == {("a", 1, 3), ("b", 2, 4)}


def test_a_missing_key_is_one_key_less() -> None:
    def keys(of: Any) -> int:
        return sum(len(row) for row in of.get("values", ROWS)) + len(of)

    whole = keys(json.loads(TABLE.body))
    assert {whole - keys(document(FaultKind.MISSING_KEYS, seed=seed)) for seed in range(30)} == {1}


def test_a_key_whose_absence_means_zero_is_never_missing() -> None:
    answer = as_json(200, {"rain": {"1h": 0.4}}, escape=True)
    for seed in range(50):
        assert document(FaultKind.MISSING_KEYS, answer, seed) == {"rain": {"1h": 0.4}}


def test_changed_titles_change_nothing_else() -> None:
    changed = document(FaultKind.RETITLED)
    assert changed["title"] != "PVPC"
    assert changed["values"] == ROWS


def test_a_truncated_body_is_the_beginning_of_the_whole_one() -> None:
    for seed in range(50):
        body = spoiled(TABLE, Fault(FaultKind.TRUNCATED, seed=seed)).body
        assert TABLE.body.startswith(body)
        assert len(body) < len(TABLE.body) - 1


def test_a_text_loses_or_repeats_a_line() -> None:
    lines = TEXT.body.splitlines()
    fewer = spoiled(TEXT, Fault(FaultKind.MISSING_KEYS)).body.splitlines()
    more = spoiled(TEXT, Fault(FaultKind.DUPLICATED)).body.splitlines()
    assert (len(fewer), len(more)) == (len(lines) - 1, len(lines) + 1)
    assert set(fewer) < set(lines)
    assert set(more) == set(lines)


def test_bytes_that_are_not_utf_8_keep_their_encoding() -> None:
    answer = Answer(200, '[{"nombre":"x","ubi":"JAÉN","ta":1}]'.encode("latin-1"))
    for seed in range(20):
        spoiled(answer, Fault(FaultKind.MISSING_KEYS, seed=seed)).body.decode("latin-1")
    repeated = spoiled(answer, Fault(FaultKind.DUPLICATED)).body
    assert json.loads(repeated.decode("latin-1"))[0]["ubi"] == "JAÉN"


def test_a_refusal_keeps_its_body() -> None:
    refusal = as_json(400, {"errors": []}, escape=True)
    for kind in (FaultKind.TRUNCATED, FaultKind.MISSING_KEYS, FaultKind.DUPLICATED):
        assert spoiled(refusal, Fault(kind)) == refusal


def test_no_fault_of_the_body_changes_a_number() -> None:
    dice = random.Random(1)
    for kind in (FaultKind.MISSING_KEYS, FaultKind.DUPLICATED, FaultKind.RETITLED):
        for _ in range(100):
            rows = document(kind, seed=dice.getrandbits(32)).get("values", [])
            whole = [row for row in rows if len(row) == 2]
            assert all(row in ROWS for row in whole)
