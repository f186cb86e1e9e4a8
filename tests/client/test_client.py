"""The client against a running factory, its examples as they are printed, and how it fails."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from web.conftest import app_over, snapshot_at

from benchmarks.dashboard_load import filled, moving
from benchmarks.predict_latency import listening
from chocolate_factory.app.factory import open_factory
from chocolate_factory.app.serving import build_web
from chocolate_factory.client import Client, Connection
from chocolate_factory.errors import JobFailed, ServerRefused, ServerUnreachable, TimedOut
from chocolate_factory.jobs import alone
from chocolate_factory.settings import load_settings
from chocolate_factory.web.asked_site import SiteName, asked_site
from chocolate_factory.web.schemas import Version
from chocolate_factory.web.upkeep_schemas import JobRun

TOKEN = "-".join(("of", "nobody"))
PAGE = Path(__file__).parents[2] / "docs" / "client.md"
EXAMPLES = [
    code
    for code in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    if "import" in code
]
SAID = (r"(?m)^00:00 P6 \d\.\d{4} €/kWh published: \w+$", r"\d+ batches, \d+", r"informe\.pdf")
RUN = {
    "id": "plan-now-1", "job": "plan-now", "state": "running", "detail": "planning", "done": 0,
    "total": 1, "counts": {}, "asked": {}, "started": "2026-11-25T15:40:00+01:00", "finished": None,
}  # fmt: skip


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("factory")
    filled(folder)
    with open_factory(load_settings(data_dir=folder)) as factory:
        web = build_web(alone(factory), moving(), catch_up=False)
        with listening(web) as port:
            yield f"http://127.0.0.1:{port}"


def over(answer: Callable[[httpx2.Request], httpx2.Response]) -> Client:
    transport = httpx2.MockTransport(answer)
    return Client(connection=Connection("http://127.0.0.1:8000", transport=transport))


def test_there_are_three_examples() -> None:
    assert len(EXAMPLES) == 3


@pytest.mark.parametrize(
    ("example", "says"),
    [*zip(EXAMPLES, SAID, strict=True)],
)
def test_an_example_does_what_it_says(
    example: str, says: str, address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with chdir(tmp_path):
        exec(compile(example.replace("http://127.0.0.1:8000", address), PAGE.name, "exec"), {})  # noqa: S102

    assert re.search(says, capsys.readouterr().out)
    if "informe" in example:
        assert (tmp_path / "informe.pdf").read_bytes().startswith(b"%PDF")
        assert (tmp_path / "informe.csv").stat().st_size > 500


def test_it_needs_no_library_of_the_server() -> None:
    asked = "import sys, chocolate_factory.client; print({'numpy', 'fastapi'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "set()"


def test_what_has_not_changed_crosses_the_wire_once(address: str) -> None:
    sent: list[int] = []

    class Counting(httpx2.HTTPTransport):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            answer = super().handle_request(request)
            sent.append(answer.status_code)
            return answer

    with Client(connection=Connection(address, transport=Counting())) as factory:
        first, again = factory.dashboard(), factory.dashboard()

    assert first == again
    assert sent == [200, 304]


def test_a_refusal_has_the_words_of_the_server(address: str) -> None:
    with Client(address) as factory, pytest.raises(ServerRefused) as told:
        factory.accept("of-no-plan")
    refused = told.value

    assert (refused.status, refused.kind) == (409, "not-now")
    assert "plan" in refused.detail
    assert refused.request_id


def test_a_token_that_is_not_in_force_is_refused_by_name(address: str) -> None:
    with Client(address, token=TOKEN) as factory, pytest.raises(ServerRefused) as told:
        factory.plan_now()
    assert (told.value.status, told.value.kind) == (401, "unknown-token")


def test_nobody_there_is_said_with_the_address() -> None:
    with Client("http://127.0.0.1:9") as factory, pytest.raises(ServerUnreachable) as told:
        factory.summary()
    assert "http://127.0.0.1:9" in str(told.value)
    assert "chocolate-factory serve" in str(told.value)


def test_another_server_is_not_taken_for_a_factory() -> None:
    page, gateway = httpx2.Response(200, text="<html>"), httpx2.Response(502, text="bad gateway")
    with over(lambda _: page) as other, pytest.raises(ServerUnreachable, match="PlanSummary"):
        other.summary()
    with over(lambda _: gateway) as other, pytest.raises(ServerRefused) as told:
        other.summary()
    assert (told.value.status, told.value.kind) == (502, "")


def test_keys_of_a_newer_server_are_left_out() -> None:
    told = {"name": "chocolate-factory", "version": "9.9.9", "built": "tomorrow"}
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, json=told))
    newer = Connection("http://127.0.0.1:8000", transport=transport)

    assert newer.read("/version", Version).version == "9.9.9"


def test_what_is_asked_goes_out_as_the_interface_wants_it() -> None:
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(409, text="no")

    transport = httpx2.MockTransport(answer)
    asks = Connection("http://10.0.0.5:8000", token=TOKEN, language="es", transport=transport)
    with Client(connection=asks) as factory, pytest.raises(ServerRefused):
        factory.pin("standard-03", datetime.fromisoformat("2026-11-25T14:00:00+01:00"))

    (request,) = seen
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["accept-language"] == "es"
    assert request.headers["content-type"] == "application/json"
    assert request.read() == b'{"batch":"standard-03","begin":"2026-11-25T14:00:00+01:00"}'


def test_of_several_sites_everything_asked_is_about_the_one_named() -> None:
    snapshot = snapshot_at()
    web = app_over(
        lambda: replace(snapshot, plant=f"press of {asked_site()}"),
        sites=(SiteName("jaen", "Jaén"), SiteName("lugo", "Lugo")),
    )
    with listening(web) as port:

        def plant(site: str | None) -> str:
            with Client(f"http://127.0.0.1:{port}", site=site) as factory:
                return factory.dashboard().plant

        assert [plant(site) for site in (None, "jaen", "lugo")] == [
            "press of jaen", "press of jaen", "press of lugo",
        ]  # fmt: skip
        with pytest.raises(ServerRefused) as told:
            plant("madrid")
    assert (told.value.status, told.value.kind) == (404, "unknown-site")


@pytest.mark.parametrize("site", [None, "lugo"])
def test_a_site_goes_out_with_what_is_asked_and_told(site: str | None, tmp_path: Path) -> None:
    seen: list[httpx2.QueryParams] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.url.params)
        return httpx2.Response(200, json=RUN)

    transport = httpx2.MockTransport(answer)
    asks = Connection("http://127.0.0.1:8000", site=site, transport=transport)
    with Client(connection=asks) as factory:
        factory.backfill(days_back=7)
        factory.plan_now()
        factory.month_report(tmp_path / "month.pdf")

    assert [params.get("site") for params in seen] == [site] * 3
    assert seen[0]["days_back"] == "7"


def test_a_run_that_fails_or_does_not_end_is_an_error() -> None:
    run = JobRun.model_validate(RUN)
    failed = RUN | {"state": "failed", "detail": "no price", "finished": RUN["started"]}
    ended, going_on = (httpx2.Response(200, json=told) for told in (failed, RUN))
    with over(lambda _: ended) as factory, pytest.raises(JobFailed, match="failed: no price"):
        factory.follow(run)
    idle = httpx2.Response(200, json=failed | {"state": "nothing-due"})
    with over(lambda _: idle) as factory:
        assert factory.follow(run).state == "nothing-due"
    seen: list[JobRun] = []
    with over(lambda _: going_on) as factory, pytest.raises(TimedOut, match="still runs"):
        factory.follow(run, every=timedelta(0), within=timedelta(0), tell=seen.append)
    assert seen


def test_a_month_that_is_not_there_leaves_no_file(address: str, tmp_path: Path) -> None:
    with Client(address) as factory, pytest.raises(ServerRefused) as told:
        factory.month_report(tmp_path / "month.pdf", date(2099, 1, 1))
    assert told.value.status == 404
    assert not list(tmp_path.iterdir())
