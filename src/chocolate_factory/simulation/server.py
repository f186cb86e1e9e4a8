"""The simulated upstreams as a real HTTP server on loopback.

What travels is what production receives, over a socket, so a demo runs the code of production.
Every answer is made in one place, ``SimulatedUpstreams.respond``.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from datetime import datetime
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from chocolate_factory.simulation import open_meteo, redata
from chocolate_factory.simulation.answer import Answer, Query, no_such_page
from chocolate_factory.simulation.market import SimulatedMarket
from chocolate_factory.simulation.weather import SimulatedWeather

LOOPBACK = "127.0.0.1"


class SimulatedUpstreams:
    """REData and Open-Meteo of one seed, reachable while the context is open.

    ::

        with SimulatedUpstreams(seed=1, clock=lambda: now) as upstreams:
            prices = Ree(name="simulation:ree", base_url=upstreams.ree_url)

    Parameters
    ----------
    seed
        Non-negative; another seed is another market and another weather.
    clock
        The instant the upstreams believe it is (aware); decides what is published.
    """

    def __init__(self, seed: int, clock: Callable[[], datetime]) -> None:
        self.market = SimulatedMarket(seed)
        self.weather = SimulatedWeather(seed)
        self._clock = clock
        self._server: _Server | None = None

    @property
    def ree_url(self) -> str:
        """Where REData is: ``http://127.0.0.1:<port>``. ``RuntimeError`` outside the context."""
        return self._root()

    @property
    def open_meteo_url(self) -> str:
        """Where Open-Meteo's forecast and archive are. ``RuntimeError`` outside the context."""
        return self._root()

    def respond(self, path: str, query: Query) -> Answer:
        """The answer to a GET of ``path`` with ``query`` at the clock's instant."""
        now = self._clock()
        if path in redata.PATHS:
            return redata.price_widget(query, self.market, now=now)
        if path == open_meteo.FORECAST_PATH:
            return open_meteo.forecast(query, self.weather, now=now)
        if path == open_meteo.ARCHIVE_PATH:
            return open_meteo.archive(query, self.weather, now=now)
        return no_such_page()

    def _root(self) -> str:
        if self._server is None:
            raise RuntimeError("the simulated upstreams are not running: enter the context first")
        return f"http://{LOOPBACK}:{self._server.server_address[1]}"

    def __enter__(self) -> SimulatedUpstreams:
        self._server = _Server(self.respond)
        self._server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.stop()


class _Server(ThreadingTCPServer):
    """A thread per request, all joined by ``stop``."""

    daemon_threads = False

    def __init__(self, respond: Callable[[str, Query], Answer]) -> None:
        super().__init__((LOOPBACK, 0), _Handler)
        self.respond = respond
        self._thread = threading.Thread(
            target=self.serve_forever, args=(0.05,), name="simulated-upstreams", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no fault of ours; anything else is shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """One GET per connection, answered by the server's ``respond``; silent."""

    server: _Server
    timeout = 5.0

    def do_GET(self) -> None:
        where = urlsplit(self.path)
        answer = self.server.respond(where.path, dict(parse_qsl(where.query)))
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: Any) -> None:
        """Nothing on standard error for each request."""
