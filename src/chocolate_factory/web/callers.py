"""Who asks for something, and whether they may.

Whoever asks, for whatever, calls the server by an address or by a name that it is known by: the
page of a foreign name that was made to lead here (DNS rebinding) may not even read. For something
administrative:

- Nothing that a proxy passed on may, whatever it carries: the address would be the proxy's.
- No page of another origin may, by what the browser says in ``Origin`` and ``Sec-Fetch-Site``.
- With a bearer token its role decides, from wherever it comes.
- Without one it has to come from a loopback address to a ``Host`` that is a loopback name, and not
  by HTTP/1.0, which proxies speak that say nothing of themselves. Where a proxy on the same machine
  says nothing and speaks HTTP/1.1, ``trust_loopback`` has to be off: then there is no way without.

A method named in a header or a parameter counts for nothing: routes go by the request line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.types import Scope

from chocolate_factory.store.audit import Entry
from chocolate_factory.store.tokens import Role, Token
from chocolate_factory.web.problems import (
    NOT_JSON,
    NOT_LOCAL,
    OTHER_NAME,
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

SIDECAR = "1.1 remote"
"""What the sidecar says of itself in ``Via``; see ``deploy/remote/nginx.conf.template``."""

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[0-9a-z._-]+)(?::[0-9]+)?")
"""A ``Host`` in small letters: name or address, and port."""

_OWN_SITE = frozenset({"same-origin", "none"})
_DO = (
    "Send it on the server itself, straight to http://127.0.0.1 or http://localhost and its port, "
    "or straight to the server with a token"
)


@dataclass(frozen=True, slots=True)
class Access:
    """What the guard asks and tells; filled in by the composition root.

    Parameters
    ----------
    now
        The present instant, UTC.
    holder
        The token in force that a text is the secret of; may raise ``StoreError``.
    done
        Notes what was let in: on disk when it returns, else ``StoreError``.
    refused
        Notes what was refused; may raise ``StoreError``.
    names
        Names by which the server is asked, in small letters, beside those of the machine itself.
    trust_loopback
        Whether programs on the machine itself may change something without a token.
    """

    now: Callable[[], datetime]
    holder: Callable[[str], Token | None]
    done: Callable[[Entry], None]
    refused: Callable[[Entry], None]
    names: frozenset[str] = frozenset()
    trust_loopback: bool = True


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


def caller(scope: Scope, access: Access) -> Caller:
    """Who asks for something administrative.

    Raises ``Refused``, and whatever ``access.holder`` raises.
    """
    headers = Headers(scope=scope)
    not_passed_on(headers)
    not_from_elsewhere(scope, headers)
    said = headers.getlist("authorization")
    if said:
        return _with_token(said, access.holder)
    if not access.trust_loopback:
        raise _unknown("Whatever changes something takes a token here")
    if not from_loopback(scope):
        raise Refused(NOT_LOCAL, f"This path answers only to programs on its own machine. {_DO}.")
    if _named(headers["host"]) not in LOOPBACK_NAMES:
        raise Refused(NOT_LOCAL, f"The request names another host than this machine. {_DO}.")
    if scope["http_version"] == "1.0":
        raise Refused(NOT_LOCAL, f"The request came by HTTP/1.0, as a proxy sends it. {_DO}.")
    return Caller("local", Role.ADMIN)


def rights(scope: Scope, access: Access) -> tuple[bool, Role | None]:
    """Whether the caller may have things computed, and their role; None if they have none.

    As ``Guard`` would judge them. Raises what ``access.holder`` raises.
    """
    headers = Headers(scope=scope)
    try:
        not_passed_on(headers)
        not_from_elsewhere(scope, headers)
    except Refused:
        return False, None
    try:
        return True, caller(scope, access).role
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


def not_another_name(scope: Scope, names: frozenset[str]) -> None:
    """Raises ``Refused`` for a ``Host`` that is neither an address nor one of ``names``.

    From loopback it has to be an address by which the machine calls itself.
    """
    hosts = Headers(scope=scope).getlist("host")
    asked = _named(hosts[0]) if len(hosts) == 1 else ""
    if asked in LOOPBACK_NAMES or (asked and asked in names):
        return
    if not from_loopback(scope) and _is_address(asked.strip("[]")):
        return
    said = f"{hosts[0][:60]!r}" if len(hosts) == 1 else "no host, or several"
    raise Refused(
        OTHER_NAME,
        f"The request is for {said}, and this server does not know that name as its own. Ask by an "
        "address, on the machine itself http://127.0.0.1 or http://localhost and the port; or add "
        "the name to CHOCOLATE_FACTORY_SERVER_NAMES and start the server anew.",
    )


def not_passed_on(headers: Headers) -> None:
    """Raises ``Refused`` for what came through a proxy."""
    passed_on = sorted({name for name in headers if _of_a_proxy(name)})
    if passed_on:
        said = f"The request came through a proxy ({', '.join(passed_on)})"
        raise Refused(NOT_LOCAL, f"{said}. {_DO}.")


def only_dashboards(headers: Headers) -> bool:
    """Whether it came through the sidecar, which lets nothing else be asked."""
    return headers.get("via") == SIDECAR


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
    if not _is_address(address_of(scope)):
        return False
    address = ip_address(address_of(scope))
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
        raise _unknown("The token is not one in force")
    return Caller(f"token:{token.name}", token.role)


def _unknown(why: str) -> Refused:
    return Refused(
        UNKNOWN_TOKEN,
        f"{why}: `chocolate-factory token create` makes one. It is sent as Authorization: Bearer "
        "and the token.",
        {"WWW-Authenticate": "Bearer"},
    )


def _named(host: str) -> str:
    """The name or address in a ``Host``, in small letters and without its port; empty if none."""
    found = _HOST.fullmatch(host.lower())
    return found[1] if found else ""


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _of_a_proxy(name: str) -> bool:
    return name in PROXY_HEADERS or name.startswith(PROXY_PREFIXES)
