"""Who may change something: a program on this machine that asks directly, and nobody else.

Every method but GET and HEAD is administrative, but for the paths of ``COMPUTING``. Such a request
is answered only if all of this holds:

- it comes from a loopback address;
- its ``Host`` is a loopback name: a foreign name that was made to lead here (DNS rebinding) has
  another one;
- no proxy passed it on, for then the loopback address is the proxy's;
- no page of another origin sent it, by what the browser says in ``Origin`` and ``Sec-Fetch-Site``.

What is only worked out is open to the local network as reading is, but not through a proxy, and
only with a small body whose length is said before.

A method named in a header or a parameter counts for nothing: routes go by the request line.
"""

from __future__ import annotations

from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from chocolate_factory.web.frame import PROBLEM_JSON
from chocolate_factory.web.problems import NOT_LOCAL, problem

READING = frozenset({"GET", "HEAD"})
"""Methods that change nothing and are open to everybody."""

COMPUTING = {
    "/predict/energy-optimization": 16_384,
    "/predict/production-recommendation": 16_384,
    "/optimize/production/what-if": 262_144,
}
"""Paths whose POST changes nothing, and how long a question to them may be [bytes]."""

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""Hosts by which this machine calls itself."""

PROXY_HEADERS = frozenset({"forwarded", "via", "x-real-ip"})
PROXY_PREFIXES = ("x-forwarded-", "tailscale-")
"""Headers that a proxy adds to what it passes on."""

_OWN_SITE = frozenset({"same-origin", "none"})
_DO = "Send it on the server itself, straight to http://127.0.0.1 or http://localhost and its port"


class Guard:
    """ASGI middleware that refuses administrative requests from elsewhere with a problem."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "http" and scope["method"] not in READING:
            asks = scope["method"] == "POST" and scope["path"] in COMPUTING
            why = question_refusal(scope) if asks else refusal(scope)
            if why is not None:
                await _refused(scope, why)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def question_refusal(scope: Scope) -> str | None:
    """Why a question that changes nothing is refused, and what to do; None if it may pass."""
    headers = Headers(scope=scope)
    passed_on = sorted({name for name in headers if _of_a_proxy(name)})
    if passed_on:
        return f"The request came through a proxy ({', '.join(passed_on)}): ask directly."
    length = headers.get("content-length", "")
    most = COMPUTING[scope["path"]]
    if not (length.isascii() and length.isdecimal() and int(length) <= most):
        return f"The body has to say its length (Content-Length), at most {most} bytes."
    return None


def refusal(scope: Scope) -> str | None:
    """Why an administrative request is refused, and what to do; None if it may pass."""
    headers = Headers(scope=scope)
    if not _from_loopback(scope):
        return f"This path answers only to programs on the machine it runs on. {_DO}."
    passed_on = sorted({name for name in headers if _of_a_proxy(name)})
    if passed_on:
        return f"The request came through a proxy ({', '.join(passed_on)}). {_DO}."
    hosts = headers.getlist("host")
    if len(hosts) != 1 or not _is_loopback_name(hosts[0]):
        return f"The request names another host than this machine. {_DO}."
    own = f"{scope['scheme']}://{hosts[0]}".lower()
    if any(origin.lower() != own for origin in headers.getlist("origin")) or any(
        site.lower() not in _OWN_SITE for site in headers.getlist("sec-fetch-site")
    ):
        return f"The request was sent by a page of another site. {_DO}, not from a page."
    return None


def _from_loopback(scope: Scope) -> bool:
    client = scope.get("client")
    if client is None:
        return False
    try:
        address = ip_address(client[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _is_loopback_name(host: str) -> bool:
    name, colon, port = host.lower().rpartition(":")
    if not colon or host.endswith("]"):
        return host.lower() in LOOPBACK_NAMES
    return name in LOOPBACK_NAMES and port.isascii() and port.isdecimal()


def _of_a_proxy(name: str) -> bool:
    return name in PROXY_HEADERS or name.startswith(PROXY_PREFIXES)


def _refused(scope: Scope, why: str) -> Response:
    told = problem(NOT_LOCAL, why, path=scope["path"], request_id=scope["state"]["request_id"])
    return Response(told.model_dump_json(), told.status, media_type=PROBLEM_JSON)
