"""What is read carries a tag of its content, and whoever has it already is told no more than that.

Answers that were kept bring their own tag, and so do files; those that come piece by piece have
none.
"""

from __future__ import annotations

import hashlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REVALIDATED = "private, no-cache"


class Tagged:
    """ASGI middleware, inside that which compresses: a tag is weak, as it is of the plain bytes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        has = [
            one.strip() for one in Headers(scope=scope).get("if-none-match", "").split(",") if one
        ]
        start: Message | None = None

        async def send_tagged(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _to_be_tagged(message):
                start = message
                return
            if start is None or message["type"] != "http.response.body":
                await send(message)
                return
            begun, start = start, None
            if message.get("more_body", False):
                await send(begun)
                await send(message)
                return
            tag = f'W/"{hashlib.blake2b(message["body"], digest_size=12).hexdigest()}"'
            headers = MutableHeaders(raw=begun["headers"])
            headers["ETag"] = tag
            headers.setdefault("Cache-Control", REVALIDATED)
            if tag in has or "*" in has:
                begun["status"] = 304
                del headers["content-length"]
                message = {**message, "body": b""}
            await send(begun)
            await send(message)

        await self.app(scope, receive, send_tagged)


def _to_be_tagged(message: Message) -> bool:
    headers = Headers(raw=message["headers"])
    return message["status"] == 200 and "etag" not in headers and "cache-control" not in headers
