"""Slow readers are counted by what they got; the whole service is tried by ``make chaos``."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI, Response

from benchmarks.dashboard_load import PATH
from chaos.crowd import HEALTH_WITHIN_S, Met, crowd

BODY = b"x" * 400_000


def served(body_promised: int) -> tuple[uvicorn.Server, int]:
    app = FastAPI()

    @app.get(PATH)
    async def all_of_it() -> Response:
        return Response(BODY, headers={"content-length": str(body_promised)})

    @app.get("/health")
    async def health() -> str:
        return "ok"

    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
    threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True).start()
    return server, listener.getsockname()[1]


@pytest.mark.parametrize(("promised", "whole"), [(len(BODY), 12), (len(BODY) + 1, 0)])
def test_a_reader_who_got_less_than_was_promised_is_counted(promised: int, whole: int) -> None:
    server, port = served(promised)
    try:
        met = asyncio.run(crowd(port, readers=12, slow_s=1.0))
    finally:
        server.should_exit = True
    assert (met.readers, met.whole) == (12, whole)
    assert met.health_ms


def test_a_health_check_that_would_have_failed_is_a_failure() -> None:
    assert Met(2, 2, (20.0, 5_100.0), 30.0).well
    assert not Met(2, 2, (20.0, 1000.0 * HEALTH_WITHIN_S), 30.0).well
    assert not Met(2, 1, (20.0,), 30.0).well


def test_the_health_check_of_the_containers_waits_as_long_and_ends_by_itself() -> None:
    deploy = Path(__file__).parents[2] / "deploy"
    assert f"WITHIN_S = {HEALTH_WITHIN_S}\n" in (deploy / "health.py").read_text()
    (given,) = re.findall(r"HEALTHCHECK .*--timeout=(\d+)s", (deploy / "Dockerfile").read_text())
    assert int(given) > HEALTH_WITHIN_S + 1
