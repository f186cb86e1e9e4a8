"""Many readers at once who read slowly, as phones at the edge of the plant's network do.

    python -m chaos.crowd --readers 200

Serves the whole application over a filled store in a process of its own. Every reader asks for the
dashboard's data and takes it in small sips for a while, then the rest. Meanwhile somebody asks for
``/health``. Ends with status 1 if a reader did not get the whole answer, or if ``/health`` failed
or took longer than the containers' check waits.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.dashboard_load import PATH, filled, own_process, serve_ours

SIP = 512
"""Bytes at a time."""
BUFFER = 4096
"""The reader's socket holds no more [bytes], so that the server has to wait for it."""
EVERY_S = 0.25
HEALTH_WITHIN_S = 10
"""So long ``deploy/health.py`` waits."""


@dataclass(frozen=True, slots=True)
class Met:
    """What came of it: readers who got the whole answer, and how long ``/health`` took [ms]."""

    readers: int
    whole: int
    health_ms: tuple[float, ...]
    seconds: float

    @property
    def well(self) -> bool:
        """Whether all readers got theirs, and no check of a container would have failed."""
        return self.whole == self.readers and max(self.health_ms) < 1000 * HEALTH_WITHIN_S


async def crowd(port: int, *, readers: int, slow_s: float) -> Met:
    """Let ``readers`` take the answer slowly for ``slow_s``; all of them begin together.

    Raises ``OSError`` or ``asyncio.TimeoutError`` if the server does not answer.
    """
    began = time.monotonic()
    over = asyncio.Event()
    health = asyncio.create_task(_asks_for_health(port, over))
    whole = await asyncio.gather(*(_reads(port, slow_s) for _ in range(readers)))
    over.set()
    return Met(readers, sum(whole), tuple(await health), time.monotonic() - began)


async def _reads(port: int, slow_s: float) -> bool:
    """Whether one slow reader got as many bytes as were promised."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=sock, limit=BUFFER)
    writer.write(_request(PATH))
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)).decode("latin-1").lower()
    promised = int(head.partition("content-length: ")[2].partition("\r\n")[0])
    got, end = 0, time.monotonic() + slow_s
    while time.monotonic() < end:
        got += len(await asyncio.wait_for(reader.read(SIP), 60))
        await asyncio.sleep(EVERY_S)
    got += len(await asyncio.wait_for(reader.read(-1), 60))
    writer.close()
    return head.startswith("http/1.1 200") and got == promised


async def _asks_for_health(port: int, over: asyncio.Event) -> list[float]:
    took_ms = []
    while not over.is_set():
        began = time.monotonic()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(_request("/health"))
        answer = await asyncio.wait_for(reader.read(-1), 60)
        if not answer.startswith(b"HTTP/1.1 200"):
            raise OSError(f"/health said {answer[:80]!r}")
        writer.close()
        took_ms.append(1000 * (time.monotonic() - began))
        await asyncio.sleep(EVERY_S)
    return took_ms


def _request(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()


def main() -> int:
    """Serve, let them read, print one row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=20.0, help="of slow reading")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        filled(Path(folder))
        with own_process(serve_ours, folder) as ours:
            met = asyncio.run(crowd(ours.port, readers=asked.readers, slow_s=asked.seconds))
    p50, most = np.percentile(met.health_ms, (50, 100))
    print(
        "| slow readers | whole answers | `/health` meanwhile | took |\n|---|---|---|---|\n"
        f"| {met.readers} | {met.whole} | {len(met.health_ms)} times, median {p50:.0f} ms, "
        f"longest {most:.0f} ms | {met.seconds:.0f} s |"
    )
    return 0 if met.well else 1


if __name__ == "__main__":
    sys.exit(main())
