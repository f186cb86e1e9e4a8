"""Connections of the server: how long one may ask nothing, and how many one address may hold.

uvicorn waits without end for the first request of a connection, and for the rest of a head once a
byte of it is there; whoever opened enough of them had all the files that the process may open.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

from chocolate_factory.web.limits import network_of

HEAD_WITHIN_S = 10.0
"""How long a connection may take to bring a whole head [s]."""

OF_ONE_ADDRESS = 400
"""How many connections an address may hold: a proxy's readers, who are one address, are fewer."""

_TOO_MANY = (
    b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n"
    b"Retry-After: 10\r\n\r\n"
)


class Connection(H11Protocol):
    """One connection of uvicorn's, closed where it only takes up room."""

    network = ""
    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Turn it away if its address holds as many as it may."""
        super().connection_made(transport)
        self.network = network_of(self.client[0] if self.client else "")
        held = sum(getattr(one, "network", "") == self.network for one in self.connections)
        if held > OF_ONE_ADDRESS:
            transport.write(_TOO_MANY)
            transport.close()
        else:
            self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        """Wait no more once a request is being answered, else for the rest of its head."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._wait_no_more()
        elif self._waiting is None:
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._wait_no_more()
        super().connection_lost(exc)

    def _wait_for_head(self) -> None:
        self._waiting = self.loop.call_later(HEAD_WITHIN_S, self.transport.close)

    def _wait_no_more(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
