"""How much one address may ask, and how much a request may bring."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address, ip_network

from anyio import move_on_after
from starlette.types import Message, Receive

ADDRESSES_KEPT = 4096
"""How many addresses are remembered; those that asked longest ago are forgotten."""


@dataclass(slots=True)
class Budget:
    """So many requests at once for each address, then as many as come back per second.

    ``seconds`` is a clock that never goes back. For one thread.
    """

    burst: int
    per_s: float
    seconds: Callable[[], float]
    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def wait_s(self, address: str) -> float:
        """Take one request for ``address``: 0 if it may be served, else how long to wait [s]."""
        key, now = network_of(address), self.seconds()
        left, since = self._left.pop(key, (float(self.burst), now))
        left = min(self.burst, left + (now - since) * self.per_s)
        wait = 0.0 if left >= 1 else (1 - left) / self.per_s
        self._left[key] = (left if wait else left - 1, now)
        if len(self._left) > ADDRESSES_KEPT:
            self._left.popitem(last=False)
        return wait


class TooLarge(Exception):
    """More bytes than a request to this path may bring."""


class TooSlow(Exception):
    """The body was not there in time."""


async def whole_body(receive: Receive, *, most: int, within_s: float) -> bytes:
    """The body of a request, whether its length was said or it came in chunks.

    Raises ``TooLarge`` as soon as it is longer than ``most`` bytes, ``TooSlow`` if it is not whole
    ``within_s`` seconds from now or the client went away.
    """
    body = bytearray()
    with move_on_after(within_s):
        while True:
            message = await receive()
            if message["type"] != "http.request":
                break
            body += message.get("body", b"")
            if len(body) > most:
                raise TooLarge
            if not message.get("more_body", False):
                return bytes(body)
    raise TooSlow


def once_more(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that gives ``body`` first, and then what is still to come."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def network_of(address: str) -> str:
    """What counts as one address: an IPv6 network of 64 bits, as whoever has one has all of it."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return str(ip_network((parsed, 64), strict=False))
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)
