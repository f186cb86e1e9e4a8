"""Who asks for something administrative, and whether they may.

- Nothing that a proxy passed on may, whatever it carries: the address would be the proxy's.
- No page of another origin may, by what the browser says in ``Origin`` and ``Sec-Fetch-Site``.
- With a bearer token its role decides, from wherever it comes.
- Without one it has to come from a loopback address to a ``Host`` that is a loopback name: a
  foreign name that was made to lead here (DNS rebinding) has another one.

A method named in a header or a parameter counts for nothing: routes go by the request line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.types import Scope

from chocolate_factory.errors import StoreError
from chocolate_factory.store.tokens import Role, Token
from chocolate_factory.web.problems import (
    NOT_JSON,
    NOT_LOCAL,
    OTHER_ROLE,
    UNKNOWN_TOKEN,
    Meaning,
)

PLANNING = frozenset(
    {
        *("/plan/accept", "/plan/started", "/plan/pin", "/plan/undo"),
        *("/optimize/production/daily", "/optimize/contract"),
    }
)
"""What a planner may do, beside ``_ACKNOWLEDGING``; whatever else changes something: an admin."""

_ACKNOWLEDGING = re.compile(r"/insights/alerts/[^/]+/acknowledge")
"""So is this, for any alert."""

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""Hosts by which this machine calls itself."""

PROXY_HEADERS = frozenset({"forwarded", "via", "x-real-ip"})
PROXY_PREFIXES = ("x-forwarded-", "tailscale-")
"""Headers that a proxy adds to what it passes on."""

_OWN_SITE = frozenset({"same-origin", "none"})
_DO = (
    "Send it on the server itself, straight to http://127.0.0.1 or http://localhost and its port, "
    "or straight to the server with a token"
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: ``local`` or ``token:<name>``, and what they may do."""

    who: str
    role: Role


class Refused(Exception):
    """A request that is not served: how that is told, why, and what to do."""

    def __init__(self, meaning: Meaning, why: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(why)
        self.meaning = meaning
        self.why = why
        self.headers = headers or {}


def caller(scope: Scope, holder: Callable[[str], Token | None]) -> Caller:
    """Who asks for something administrative; ``holder`` looks a token up.

    Raises ``Refused``, and whatever ``holder`` raises.
    """
    headers = Headers(scope=scope)
    not_passed_on(headers)
    not_from_elsewhere(scope, headers)
    said = headers.getlist("authorization")
    if said:
        return _with_token(said, holder)
    if not from_loopback(scope):
        raise Refused(NOT_LOCAL, f"This path answers only to programs on its own machine. {_DO}.")
    if not _is_loopback_name(headers["host"]):
        raise Refused(NOT_LOCAL, f"The request names another host than this machine. {_DO}.")
    return Caller("local", Role.ADMIN)


def rights(scope: Scope, holder: Callable[[str], Token | None]) -> tuple[bool, Role | None]:
    """Whether the caller may have things computed, and their role; None if they have none.

    As ``Guard`` would judge them. Raises what ``holder`` raises.
    """
    headers = Headers(scope=scope)
    try:
        not_passed_on(headers)
        not_from_elsewhere(scope, headers)
    except Refused:
        return False, None
    try:
        return True, caller(scope, holder).role
    except Refused:
        return True, None


def may(asks: Caller, path: str) -> None:
    """Raises ``Refused`` if the role of the caller does not cover ``path``."""
    needed = Role.PLANNER if for_planners(path) else Role.ADMIN
    if not asks.role.covers(needed):
        raise Refused(
            OTHER_ROLE,
            f"This takes the role {needed.value}; the token has the role {asks.role.value}.",
        )


def for_planners(path: str) -> bool:
    """Whether the role of a planner is enough to change something at ``path``."""
    return path in PLANNING or _ACKNOWLEDGING.fullmatch(path) is not None


def may_plan(scope: Scope, holder: Callable[[str], Token | None]) -> bool:
    """Whether who reads could also do what a planner may: a page shows the buttons for it then."""
    try:
        return caller(scope, holder).role.covers(Role.PLANNER)
    except (Refused, StoreError):
        return False


def not_passed_on(headers: Headers) -> None:
    """Raises ``Refused`` for what came through a proxy."""
    passed_on = sorted({name for name in headers if _of_a_proxy(name)})
    if passed_on:
        said = f"The request came through a proxy ({', '.join(passed_on)})"
        raise Refused(NOT_LOCAL, f"{said}. {_DO}.")


def not_from_elsewhere(scope: Scope, headers: Headers) -> None:
    """Raises ``Refused`` for what a page of another origin sent, or what names several hosts."""
    hosts = headers.getlist("host")
    if len(hosts) != 1:
        raise Refused(NOT_LOCAL, f"The request names no host, or several. {_DO}.")
    own = f"{scope['scheme']}://{hosts[0]}".lower()
    if any(origin.lower() != own for origin in headers.getlist("origin")) or any(
        site.lower() not in _OWN_SITE for site in headers.getlist("sec-fetch-site")
    ):
        said = "The request was sent by a page of another site"
        raise Refused(NOT_LOCAL, f"{said}. {_DO}, not from a page.")


def only_json(headers: Headers, body: bytes) -> None:
    """Raises ``Refused`` if a body, or what is said to be one, is anything but JSON."""
    kinds = headers.getlist("content-type")
    if (body or kinds) and [kind.partition(";")[0].strip().lower() for kind in kinds] != [
        "application/json"
    ]:
        raise Refused(NOT_JSON, "Send the body as JSON, with Content-Type: application/json.")


def from_loopback(scope: Scope) -> bool:
    """Whether the other end of the connection is on this machine."""
    try:
        address = ip_address(address_of(scope))
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def address_of(scope: Scope) -> str:
    """The address of the other end of the connection; empty if it has none."""
    client = scope.get("client")
    return "" if client is None else str(client[0])


def _with_token(said: list[str], holder: Callable[[str], Token | None]) -> Caller:
    scheme, _, text = said[0].partition(" ")
    token = holder(text.strip()) if len(said) == 1 and scheme.lower() == "bearer" else None
    if token is None:
        raise Refused(
            UNKNOWN_TOKEN,
            "The token is not one in force: `chocolate-factory token create` makes one. It is sent "
            "as Authorization: Bearer and the token.",
            {"WWW-Authenticate": "Bearer"},
        )
    return Caller(f"token:{token.name}", token.role)


def _is_loopback_name(host: str) -> bool:
    name, colon, port = host.lower().rpartition(":")
    if not colon or host.endswith("]"):
        return host.lower() in LOOPBACK_NAMES
    return name in LOOPBACK_NAMES and port.isascii() and port.isdecimal()


def _of_a_proxy(name: str) -> bool:
    return name in PROXY_HEADERS or name.startswith(PROXY_PREFIXES)
