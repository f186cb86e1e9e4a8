"""The simulated upstreams without sockets: a request is a function call.

For runs of simulated months, where a socket per request would be most of the work. The function is
what ``sources.transport.LocalNetwork`` takes; time-outs and resets are raised, and take no time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from email.utils import format_datetime
from urllib.parse import parse_qsl, urlsplit

from chocolate_factory.simulation.faults import FaultKind, Service
from chocolate_factory.simulation.upstreams import Upstreams

PATIENCE_S = 120.0
"""A body that trickles for longer is one that does not come."""

_ENDS = (FaultKind.RESET, FaultKind.CUT_OFF)


class SimulatedNetwork(Upstreams):
    """The upstreams of one seed as a function of method, URL and headers."""

    def root(self, service: Service) -> str:
        """``http://<service>.invalid``, a host that exists nowhere (RFC 2606)."""
        return f"http://{service}.invalid"

    def __call__(
        self, method: str, url: str, headers: Mapping[str, str]
    ) -> tuple[int, Sequence[tuple[str, str]], bytes]:
        """Status, headers and body of the answer.

        Raises ``TimeoutError`` if none comes, ``ConnectionResetError`` if the connection breaks.
        """
        if method != "GET":
            return 405, (), b""
        where = urlsplit(url)
        query = dict(parse_qsl(where.query, keep_blank_values=True))
        told = self.exchange(where.path, query, headers)
        if told.fault is not None:
            kind, slow = told.fault.kind, told.fault.seconds > PATIENCE_S
            if kind is FaultKind.TIME_OUT or (kind is FaultKind.SLOW_BODY and slow):
                raise TimeoutError
            if kind in _ENDS:
                raise ConnectionResetError
        answer = told.answer
        date = format_datetime(told.at.astimezone(UTC), usegmt=True)
        said = (("Date", date), ("Content-Type", answer.content_type), *answer.headers)
        return answer.status, said, answer.body
