"""The simulated upstreams as real HTTP servers on loopback, a port for each.

What travels is what production receives, over a socket, so a demo runs the code of production; and
a service that asks to be left alone is another host than the next one.
"""

from __future__ import annotations

import selectors
import socket
import struct
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import UTC
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from chocolate_factory.simulation.answer import Query
from chocolate_factory.simulation.faults import FaultKind, Service
from chocolate_factory.simulation.upstreams import Exchange, Headers, Upstreams

LOOPBACK = "127.0.0.1"
_PIECES = 20  # in which a slow body comes
_LONGEST_SILENCE_S = 600.0


class SimulatedUpstreams(Upstreams):
    """The upstreams of one seed, reachable on loopback while the context is open.

    ::

        with SimulatedUpstreams(seed=1, clock=lambda: now) as upstreams:
            prices = Ree(name="simulation:ree", base_url=upstreams.ree_url)
    """

    _running: _Running | None = None

    def root(self, service: Service) -> str:
        """``http://127.0.0.1:<port>``; ``RuntimeError`` outside the context."""
        if self._running is None:
            raise RuntimeError("the simulated upstreams are not running: enter the context first")
        return f"http://{LOOPBACK}:{self._running.ports[service]}"

    def __enter__(self) -> SimulatedUpstreams:
        self._running = _Running(self.exchange)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        running, self._running = self._running, None
        if running is not None:
            running.stop()


Answering = Callable[[str, Query, Headers], Exchange]


class _Running:
    """A listening socket for each service, and one thread that accepts on all of them."""

    def __init__(self, exchange: Answering) -> None:
        self._listeners = {service: _Listener(exchange) for service in Service}
        self.ports: Mapping[Service, int] = {
            service: listener.server_address[1] for service, listener in self._listeners.items()
        }
        self._bell, self._rope = socket.socketpair()
        self._thread = threading.Thread(
            target=self._accept, name="simulated-upstreams", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Close every socket and wait for every thread."""
        self._rope.close()
        self._thread.join()
        self._bell.close()
        for listener in self._listeners.values():
            listener.stopping.set()
            listener.server_close()

    def _accept(self) -> None:
        with selectors.DefaultSelector() as ready:
            ready.register(self._bell, selectors.EVENT_READ)
            for listener in self._listeners.values():
                ready.register(listener, selectors.EVENT_READ, listener)
            while True:
                for key, _ in ready.select():
                    if key.data is None:
                        return
                    key.data.handle_request()


class _Listener(ThreadingTCPServer):
    """A thread per request, all joined by ``server_close``."""

    daemon_threads = False
    timeout = 0.0

    def __init__(self, exchange: Answering) -> None:
        super().__init__((LOOPBACK, 0), _Handler)
        self.exchange = exchange
        self.stopping = threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no fault of ours; anything else is shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """One GET per connection, carried as its fault says; silent."""

    server: _Listener
    timeout = 5.0

    def do_GET(self) -> None:
        where = urlsplit(self.path)
        query = dict(parse_qsl(where.query, keep_blank_values=True))
        told = self.server.exchange(where.path, query, dict(self.headers.items()))
        kind = None if told.fault is None else told.fault.kind
        if kind is FaultKind.TIME_OUT:
            self._wait(_LONGEST_SILENCE_S)
        elif kind is FaultKind.RESET:
            self._reset()
        else:
            self._send_head(told)
            self._send_body(told, kind)

    def _send_head(self, told: Exchange) -> None:
        answer = told.answer
        self.send_response_only(answer.status)
        self.send_header("Date", format_datetime(told.at.astimezone(UTC), usegmt=True))
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()

    def _send_body(self, told: Exchange, kind: FaultKind | None) -> None:
        body = told.answer.body
        if kind is FaultKind.CUT_OFF:
            self.wfile.write(body[: len(body) // 2])
        elif kind is FaultKind.SLOW_BODY and told.fault is not None:
            size = -(-len(body) // _PIECES)
            for begin in range(0, len(body), max(1, size)):
                self.wfile.write(body[begin : begin + size])
                self._wait(told.fault.seconds / _PIECES)
        else:
            self.wfile.write(body)

    def _wait(self, seconds: float) -> None:
        """Be silent for that long, or until the client hangs up or the server stops."""
        step_s = min(0.05, seconds)
        self.connection.settimeout(step_s)
        for _ in range(round(seconds / step_s) if step_s else 0):
            if self.server.stopping.is_set():
                break
            try:
                self.connection.recv(1)
            except TimeoutError:
                continue
            break
        self.connection.settimeout(self.timeout)

    def _reset(self) -> None:
        """End the connection with a reset instead of a farewell."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        raise ConnectionAbortedError("the connection was reset on purpose")

    def log_message(self, *_: Any) -> None:
        """Nothing on standard error for each request."""
