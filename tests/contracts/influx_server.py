"""A stand-in for an InfluxDB 2.7 server, on loopback: the part of its API that the store uses.

Written from the documentation (https://docs.influxdata.com/influxdb/v2/api/), not from the store:
a script, a line or a request that is not among what is documented here is refused.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from contracts.influx_engine import Bucket, Refused
from contracts.influx_query import answer, time_of

ORGANIZATION, ORGANIZATION_ID = "my org", "0000000000000aaa"
TOKEN = "s3cr3t-token=="  # noqa: S105


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer: ``cut`` closes the connection in the middle of the body, ``late`` means that
    the request is carried out all the same.
    """

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    delay_s: float = 0.0
    cut: bool = False
    late: bool = False


@dataclass
class InfluxServer:
    """The state of a server.

    ``replies`` are given once each to requests of a path, in order; None lets one pass.
    """

    url: str = ""
    version: str = "v2.7.6"
    missing_bucket: str = "not found"
    buckets: dict[str, Bucket] = field(default_factory=dict)
    replies: dict[str, list[Reply | None]] = field(default_factory=dict)
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def respond(self, verb: str, path: str, asked: dict[str, str], body: str) -> Reply:
        """The answer to one request."""
        self.requests.append((verb, path, body))
        instead = self.replies[path].pop(0) if self.replies.get(path) else None
        if instead is not None and not instead.late:
            return instead
        try:
            reply = self._answer(f"{verb} {path}", asked, body)
        except Refused as fault:
            reply = _json(fault.status, {"code": fault.code, "message": fault.message})
        return instead or reply

    def _answer(self, what: str, asked: dict[str, str], body: str) -> Reply:
        if what.startswith("DELETE /api/v2/buckets/"):
            return self._remove(what.rpartition("/")[2])
        verbs: dict[str, Callable[[], Reply]] = {
            "GET /ping": lambda: Reply(204),
            "GET /api/v2/orgs": lambda: self._organizations(asked),
            "GET /api/v2/buckets": lambda: self._list(asked),
            "POST /api/v2/buckets": lambda: self._create(json.loads(body)),
            "POST /api/v2/query": lambda: self._query(asked, json.loads(body)),
            "POST /api/v2/write": lambda: self._write(asked, body),
            "POST /api/v2/delete": lambda: self._delete(asked, json.loads(body)),
        }
        if what not in verbs:
            raise Refused(404, "not found", "path not found")
        return verbs[what]()

    def _organizations(self, asked: dict[str, str]) -> Reply:
        self._of_organization({"org": ORGANIZATION, **asked})
        return _json(200, {"orgs": [{"id": ORGANIZATION_ID, "name": ORGANIZATION}]})

    def _write(self, asked: dict[str, str], body: str) -> Reply:
        self._of_organization(asked)
        if asked.get("precision", "ns") != "ns":
            raise Refused(400, "invalid", "only ns here")
        self._bucket(asked["bucket"]).write(body)
        return Reply(204)

    def _delete(self, asked: dict[str, str], told: dict[str, str]) -> Reply:
        self._of_organization(asked)
        if told["predicate"]:
            raise Refused(400, "invalid", "no predicates here")
        start, stop = time_of(told["start"]), time_of(told["stop"])
        self._bucket(asked["bucket"]).delete(start.ns, stop.ns)
        return Reply(204)

    def _query(self, asked: dict[str, str], told: dict[str, Any]) -> Reply:
        self._of_organization(asked)
        dialect = told.get("dialect", {})
        body = answer(told["query"], self.buckets, dialect.get("annotations", []))
        return Reply(200, body.encode(), (("Content-Type", "text/csv; charset=utf-8"),))

    def _list(self, asked: dict[str, str]) -> Reply:
        self._of_organization(asked)
        name = asked["name"]
        if name in self.buckets:
            return _json(200, {"buckets": [_bucket_json(self.buckets[name])]})
        if self.missing_bucket == "not found":
            raise Refused(404, "not found", f'bucket "{name}" not found')
        others = [Bucket("_tasks", "000000000000000a", 259_200)]
        listed = others if self.missing_bucket == "others" else []
        return _json(200, {"buckets": [_bucket_json(one) for one in listed]})

    def _create(self, told: dict[str, Any]) -> Reply:
        name, rules = told["name"], told["retentionRules"]
        if told["orgID"] != ORGANIZATION_ID:
            raise Refused(404, "not found", "organization not found")
        if name in self.buckets or name.startswith("_") or len(rules) > 1:
            raise Refused(422, "unprocessable entity", f"bucket with name {name} already exists")
        self.buckets[name] = made = Bucket(name, f"{len(self.buckets) + 0xB00:016x}")
        for rule in rules:
            made.every_s = rule["everySeconds"]
            made.shard_group_s = rule.get("shardGroupDurationSeconds") or made.shard_group_s
        return _json(201, _bucket_json(made))

    def _remove(self, number: str) -> Reply:
        names = [name for name, one in self.buckets.items() if one.number == number]
        for name in names:
            del self.buckets[name]
        return Reply(204 if names else 404)

    def _bucket(self, name: str) -> Bucket:
        if name not in self.buckets:
            raise Refused(404, "not found", f'bucket "{name}" not found')
        return self.buckets[name]

    def _of_organization(self, asked: dict[str, str]) -> None:
        if asked.get("org") not in (ORGANIZATION, ORGANIZATION_ID):
            raise Refused(404, "not found", f'organization name "{asked.get("org")}" not found')


def _json(status: int, told: object) -> Reply:
    return Reply(status, json.dumps(told).encode(), (("Content-Type", "application/json"),))


def _bucket_json(bucket: Bucket) -> dict[str, object]:
    rule = {
        "type": "expire",
        "everySeconds": bucket.every_s,
        "shardGroupDurationSeconds": bucket.shard_group_s,
    }
    return {
        "id": bucket.number,
        "orgID": ORGANIZATION_ID,
        "type": "user",
        "name": bucket.name,
        "retentionRules": [rule],
        "labels": [],
    }


@contextmanager
def serving(state: InfluxServer) -> Iterator[InfluxServer]:
    """Let ``state`` answer on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing on the screen."""

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length).decode()
            parts = urlsplit(self.path)
            asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            allowed = self.headers.get("Authorization") == f"Token {TOKEN}"
            with state.lock:
                if allowed or parts.path == "/ping":
                    reply = state.respond(self.command, parts.path, asked, body)
                else:
                    told = {"code": "unauthorized", "message": "unauthorized access"}
                    reply = _json(401, told)
            if reply.delay_s:
                gone.wait(reply.delay_s)
            self._send(reply)

        def _send(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            self.send_header("X-Influxdb-Build", "OSS")
            self.send_header("X-Influxdb-Version", state.version)
            if reply.status == 200 and not reply.cut:
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                self.wfile.write(b"".join(_chunks(reply.body)) + b"0\r\n\r\n")
            elif reply.status == 200:
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                half = reply.body[: len(reply.body) // 2]
                self.wfile.write(b"".join(_chunks(half)))
                self.close_connection = True
            else:
                if reply.status != 204:
                    self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)
            self.wfile.flush()

        do_GET = do_POST = do_DELETE = _serve  # noqa: N815

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that gave up is part of some tests."""

    gone = threading.Event()
    with Server(("127.0.0.1", 0), Handler) as server:
        server.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        state.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield state
        finally:
            gone.set()
            server.shutdown()
            thread.join()


def _chunks(body: bytes) -> Iterable[bytes]:
    for at in range(0, len(body), 16_000):
        part = body[at : at + 16_000]
        yield f"{len(part):x}\r\n".encode() + part + b"\r\n"
