"""News as it comes, and answers kept until there is some."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from chaos.crowd import crowd
from chocolate_factory.errors import Busy, StoreError
from chocolate_factory.pipeline import Snapshot
from chocolate_factory.store.revision import Revision
from chocolate_factory.web.kept import (
    IN_USE_S,
    LATE_S,
    LOOKED_AT_S,
    OLD_NOTE,
    OLD_S,
    PASSED_ON_S,
    Answered,
    Keeper,
    Kept,
    Shelf,
    reply,
)
from chocolate_factory.web.live import Live, Server

QUIET = Revision("0", "0", "0", "0", "0")
PRICES = Revision("1", "0", "0", "0", "0")
PLANNED = Revision("1", "1", "1", "1", "0")
MakeApp = Callable[..., FastAPI]


class Told:
    """A store that a test moves."""

    def __init__(self) -> None:
        self.revision = QUIET
        self.looks = 0

    def __call__(self) -> Revision:
        self.looks += 1
        if isinstance(self.revision, Exception):
            raise self.revision
        return self.revision


def live(told: Told, **more: Any) -> Live:
    return Live(told, look_s=0.01, beat_s=0.15, **more)


async def next_event(stream: Any) -> Any:
    """The next one that says something, as its data; None for the end."""
    async for text in stream:
        if b"data:" in text:
            return json.loads(text.decode().partition("data: ")[2])["changed"]
    return None


def test_each_listener_hears_what_there_is_more_of():
    async def play() -> list[Any]:
        told = Told()
        source = live(told)
        one, two = source.stream(), source.stream()
        heard = [await next_event(one), await next_event(two)]
        await asyncio.sleep(0.05)
        told.revision = PRICES
        heard += [await next_event(one), await next_event(two)]
        told.revision = PLANNED
        heard += [await next_event(two)]
        await one.aclose()
        await two.aclose()
        return heard

    assert asyncio.run(play()) == [[], [], ["data"], ["data"], ["forecast", "plan", "notes"]]


def test_without_news_there_is_a_beat_and_without_listeners_nobody_looks():
    async def play() -> tuple[bytes, int, int]:
        told = Told()
        source = live(told)
        stream = source.stream()
        await anext(stream)
        beat = await anext(stream)
        while not beat.startswith(b":"):
            beat = await anext(stream)
        await stream.aclose()
        await asyncio.sleep(0.03)
        before = told.looks
        await asyncio.sleep(0.1)
        return beat, told.looks - before, source.listeners

    assert asyncio.run(play()) == (b": no news\n\n", 0, 0)


def test_a_store_that_cannot_be_read_for_a_while_ends_no_stream():
    async def play() -> Any:
        told = Told()
        stream = live(told).stream()
        await next_event(stream)
        await asyncio.sleep(0.05)
        told.revision = StoreError("locked")  # type: ignore[assignment]
        await asyncio.sleep(0.05)
        told.revision = PRICES
        return await next_event(stream)

    assert asyncio.run(play()) == ["data"]


def test_listeners_are_few_and_the_end_of_the_server_ends_them():
    async def play() -> Any:
        source = live(Told(), most=1)
        stream = source.stream()
        await anext(stream)
        with pytest.raises(Busy, match="1 programs listen already"):
            source.admit()
        source.close()
        last = await next_event(stream)
        with pytest.raises(Busy, match="stopping"):
            source.admit()
        return last

    assert asyncio.run(play()) is None


def test_a_stopping_server_does_not_wait_for_those_who_listen(
    make_app: MakeApp, snapshot: Snapshot
):
    told = Told()
    app = make_app(lambda: snapshot, revision=told)
    server = Server(uvicorn.Config(app, port=0, log_level="error"), app.state.streams)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(b"GET /dashboard/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        text = b""
        while b"stored" not in text:
            text += connection.recv(4096)
        assert b"text/event-stream" in text
        began_s = time.monotonic()
        server.should_exit = True
        thread.join(timeout=20)
        assert not thread.is_alive()
        assert time.monotonic() - began_s < 10


def test_slow_readers_get_the_whole_answer_while_others_are_answered(
    make_app: MakeApp, snapshot: Snapshot
):
    app = make_app(lambda: snapshot)
    server = Server(uvicorn.Config(app, port=0, log_level="error"), app.state.streams)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        met = asyncio.run(crowd(port, readers=30, slow_s=1.0))
    finally:
        server.should_exit = True
        thread.join(timeout=20)
    assert (met.readers, met.whole) == (30, 30)
    assert met.health_ms


def test_head_does_not_listen(make_app: MakeApp, snapshot: Snapshot):
    answer = TestClient(make_app(lambda: snapshot)).head("/dashboard/events")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")


class Counting:
    """Makes answers and counts how often; what they rest on is ``state``. ``attended``: whether
    somebody looks after them, which here is the test."""

    def __init__(self, *, attended: bool = False) -> None:
        self.state: object = 1
        self.made = 0
        self.at_s = 0.0
        self.broken: Exception | None = None
        self.shelf = Shelf()
        self.kept = Kept(self.look, self.shelf, lambda: self.at_s, attending=lambda: attended)

    def look(self) -> object:
        return self.state

    def make(self) -> bytes:
        if self.broken:
            raise self.broken
        self.made += 1
        return f"{self.made}<p{OLD_NOTE.decode()}>".encode()

    def asked(self, name: str = "page") -> Answered:
        return asyncio.run(self.kept.get(name, self.make))

    def get(self, name: str = "page") -> bytes:
        return self.asked(name).body.partition(b"<")[0]


def test_an_answer_is_made_once_until_what_it_rests_on_is_another():
    one = Counting()

    assert [one.get(), one.get(), one.get("other"), one.get()] == [b"1", b"1", b"2", b"1"]
    one.state = 2
    assert one.get() == b"1"  # not looked at yet
    one.at_s += LOOKED_AT_S
    assert one.get() == b"3"
    one.state = 3
    one.kept.look_again()
    assert one.get() == b"4"


def test_what_rests_on_nothing_known_is_made_each_time():
    one = Counting()
    one.state = None

    assert [one.get(), one.get()] == [b"1", b"2"]


def test_no_reader_waits_while_it_is_made_anew():
    entered, go_on = threading.Event(), threading.Event()
    one = Counting(attended=True)

    def slowly() -> bytes:
        if one.state == 2:
            entered.set()
            assert go_on.wait(20)
            return b"new"
        return b"first"

    asyncio.run(one.kept.get("page", slowly))
    one.state, one.at_s = 2, 1.5
    keeper = threading.Thread(target=one.kept.renew)
    keeper.start()
    assert entered.wait(20)
    meanwhile = asyncio.run(one.kept.get("page", slowly))  # it is held up until the next line
    go_on.set()
    keeper.join()
    after = asyncio.run(one.kept.get("page", slowly))

    assert (meanwhile.body, meanwhile.age_s) == (b"first", 1.5)
    assert (after.body, after.age_s) == (b"new", 0)


def test_what_nobody_reads_is_not_made_anew_and_its_next_reader_gets_it_fresh():
    one = Counting(attended=True)
    one.get()
    one.get("other")
    one.at_s = IN_USE_S
    one.get("other")
    one.at_s, one.state = IN_USE_S + 1, 2
    one.kept.renew()

    assert one.made == 3
    assert [one.get(), one.get("other")] == [b"4", b"3"]


def test_what_made_room_is_not_made_anew():
    one = Counting(attended=True)
    one.get()
    for number in range(100):
        one.shelf.put(number, Answered(b"x" * 2**20, b"", "", 1))
    one.state = 2
    one.kept.renew()

    assert one.made == 1


def test_what_is_made_ahead_is_there_for_the_first_who_asks():
    one = Counting(attended=True)
    one.kept.ahead("page", one.make)
    one.kept.renew()

    assert (one.made, one.get(), one.made) == (1, b"1", 1)


def test_who_asks_for_what_the_keeper_does_not_get_round_to_makes_it():
    one = Counting(attended=True)
    one.get()
    one.state, one.at_s = 2, LATE_S - 1
    assert one.get() == b"1"
    one.at_s = LATE_S
    assert one.get() == b"2"


def test_what_cannot_be_made_anew_stays_with_its_age_said_and_not_for_ever():
    one = Counting(attended=True)
    one.get()
    one.broken, one.state, one.at_s = StoreError("the disk is full"), 2, 1.0
    one.kept.renew()
    assert (one.asked().age_s, OLD_NOTE in one.asked().body) == (1.0, True)
    one.at_s = LATE_S
    one.kept.renew()
    assert (one.asked().body, one.asked().age_s) == (b"1<p>", LATE_S)
    one.at_s = OLD_S
    with pytest.raises(StoreError):
        one.get()
    one.broken, one.state = None, 1
    one.kept.renew()
    assert (one.asked().body, one.asked().age_s) == (b"2<p hidden data-old>", 0)


def test_news_are_told_once_the_answer_shows_them():
    one, told = Counting(attended=True), Told()
    one.look = lambda: told.revision  # type: ignore[method-assign]
    one.kept = Kept(lambda: told.revision, Shelf(), lambda: one.at_s, attending=lambda: True)

    async def play() -> tuple[bytes, int]:
        await one.kept.get("page", one.make)
        stream = live(told, ready=one.kept.renew).stream()
        await next_event(stream)
        one.at_s, told.revision = 1.0, PRICES
        assert await next_event(stream) == ["data"]
        made = one.made
        answer = await one.kept.get("page", one.make)
        await stream.aclose()
        return answer.body[:1], one.made - made

    assert asyncio.run(play()) == (b"2", 0)


def test_the_keeper_makes_it_anew_by_itself_and_passes_the_interpreter_on():
    before_s = sys.getswitchinterval()
    keeper, state, made = Keeper(), [1], threading.Event()
    kept = keeper.keeping(lambda: state[0])

    def make() -> bytes:
        if state[0] == 2:
            made.set()
        return b"page"

    keeper.start()
    try:
        asyncio.run(kept.get("page", make))
        assert sys.getswitchinterval() == pytest.approx(PASSED_ON_S)
        state[0] = 2
        assert made.wait(20)
    finally:
        keeper.stop()
    assert sys.getswitchinterval() == before_s
    assert not keeper.attends


def test_an_old_answer_tells_its_age():
    answered = Answered(b"x", b"", "t", 1, age_s=75.4)
    request = Request({"type": "http", "method": "GET", "headers": []})

    assert reply(answered, request, "text/html").headers["age"] == "75"
    assert "age" not in reply(replace(answered, age_s=0.9), request, "text/html").headers


@pytest.mark.parametrize(("language", "says"), [("en", "made anew"), ("es", "podido renovar")])
def test_a_page_has_a_note_for_when_it_is_old(
    make_app: MakeApp, snapshot: Snapshot, language: str, says: str
):
    page = TestClient(make_app(lambda: snapshot)).get(f"/dashboard?lang={language}").content

    note = page.partition(OLD_NOTE)[2].partition(b"</p>")[0].decode()
    assert says in note
    assert "25" in note  # the day it is of


def test_answers_of_all_sites_take_no_more_than_they_may_together():
    shelf = Shelf(most_bytes=250)
    made: list[str] = []
    sites = {name: Kept(lambda: 1, shelf) for name in ("jaen", "lugo", "vigo")}

    def get(site: str) -> bytes:
        def make() -> bytes:
            made.append(site)
            return site.encode() * 20  # 80 bytes, and what they take compressed

        return asyncio.run(sites[site].get("page", make)).body

    assert [get(site)[:4] for site in ("jaen", "lugo", "jaen", "vigo", "jaen", "lugo")] == [
        b"jaen", b"lugo", b"jaen", b"vigo", b"jaen", b"lugo",
    ]  # fmt: skip
    assert made == ["jaen", "lugo", "vigo", "lugo"]  # who was not asked for longest made room


def test_an_error_is_told_and_not_kept():
    one = Counting()

    def broken() -> bytes:
        raise StoreError("the disk is full")

    for _ in range(2):
        with pytest.raises(StoreError):
            asyncio.run(one.kept.get("page", broken))
    assert one.get() == b"1"


@pytest.mark.parametrize("path", ["/dashboard", "/dashboard/complete"])
def test_what_the_caller_has_is_not_sent_again(make_app: MakeApp, snapshot: Snapshot, path: str):
    state: list[object] = [1]
    client = TestClient(make_app(lambda: snapshot, state=lambda: state[0]))
    first = client.get(path, headers={"accept-encoding": "gzip"})
    plain = client.get(path, headers={"accept-encoding": "identity"})

    assert first.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert first.content == plain.content
    assert first.headers["etag"] != plain.headers["etag"]
    for tag in (
        first.headers["etag"],
        f"W/{first.headers['etag']}",
        '"x", ' + first.headers["etag"],
    ):
        again = client.get(path, headers={"if-none-match": tag, "accept-encoding": "gzip"})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
    assert "Accept-Language" in first.headers["vary"]


def test_the_page_is_one_for_all_roles_and_offers_nothing_before_rights_are_known(
    make_app: MakeApp, snapshot: Snapshot
):
    made: list[int] = []

    def counted() -> Snapshot:
        made.append(1)
        return snapshot

    app = make_app(counted, state=lambda: 1)
    here = TestClient(app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50_000))
    afar = TestClient(app, base_url="http://127.0.0.1:8000", client=("192.0.2.7", 50_000))
    for client in (here, afar, here, afar):
        page = client.get("/dashboard").text
        needing = re.findall(r"<[^>]+data-needs=[^>]*>", page)
        assert needing
        assert [part for part in needing if " hidden" not in part] == []

    assert len(made) == 1
    spanish = here.get(
        "/dashboard?lang=es", headers={"if-none-match": here.get("/dashboard").headers["etag"]}
    )
    assert spanish.headers["content-language"] == "es"


def test_compression_is_that_of_the_answer():
    answered = asyncio.run(Kept(lambda: 1, Shelf()).get("x", lambda: b"a" * 5000))

    assert gzip.decompress(answered.packed) == answered.body


def test_an_unknown_language_is_refused_as_everywhere(make_app: MakeApp, snapshot: Snapshot):
    client = TestClient(make_app(lambda: snapshot))
    answer = client.get("/dashboard/complete?lang=fr")

    assert answer.status_code == 422
    assert answer.json()["type"] == "/docs#invalid-request"
    assert client.get("/dashboard/complete?lang=es").status_code == 200


def test_the_page_that_is_made_ahead_is_the_one_that_is_asked_for(
    make_app: MakeApp, snapshot: Snapshot
):
    made = threading.Semaphore(0)

    def counted() -> Snapshot:
        made.release()
        return snapshot

    app = make_app(counted, state=lambda: 1, ahead=True)
    with TestClient(app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50_000)) as client:
        for _ in range(2):
            assert made.acquire(timeout=60)  # by the keeper, nobody having asked
        for language in ("en", "es"):
            assert client.get(f"/dashboard?lang={language}").status_code == 200
        assert not made.acquire(blocking=False)
