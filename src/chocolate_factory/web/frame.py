"""Around every answer: request id, security headers, HEAD, and a problem for what nobody caught."""

from __future__ import annotations

import logging
import re
import uuid

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chocolate_factory.web.problems import UNEXPECTED, problem

log = logging.getLogger(__name__)

PROBLEM_JSON = "application/problem+json"

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

_Raw = list[tuple[bytes, bytes]]
_SECURITY: _Raw = [
    (name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()
]
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Frame:
    """ASGI middleware, the outermost one.

    A well-formed ``X-Request-ID`` of the caller is kept, else one is made. HEAD is answered as
    GET without its body; streams see by ``state.head`` that nobody listens. What says nothing of
    caches is not to be cached; static files are to be revalidated.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = Headers(scope=scope).get("x-request-id", "")
        request_id = asked if _REQUEST_ID.fullmatch(asked) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        head = scope["state"]["head"] = scope["method"] == "HEAD"
        inner = {**scope, "method": "GET"} if head else scope
        started = False

        async def send_framed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = _headers(message["headers"], scope["path"], request_id)
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        try:
            await self.app(inner, receive, send_framed)
        except Exception:
            log.exception("request %s: %s %s", request_id, scope["method"], scope["path"])
            if started:
                raise
            await _unexpected(scope["path"], request_id)(inner, receive, send_framed)


def _headers(given: _Raw, path: str, request_id: str) -> _Raw:
    """The headers of an answer with those that every answer has."""
    told = [*given, (b"x-request-id", request_id.encode()), *_SECURITY]
    if all(name.lower() != b"cache-control" for name, _ in given):
        told.append((b"cache-control", b"no-cache" if path.startswith("/static/") else b"no-store"))
    return told


def _unexpected(path: str, request_id: str) -> Response:
    told = problem(
        UNEXPECTED,
        f"The server made a mistake. Its log says more under request {request_id}.",
        path=path,
        request_id=request_id,
    )
    return Response(told.model_dump_json(), status_code=told.status, media_type=PROBLEM_JSON)
