"""What is fuzzed: every parser of upstreams' answers and of users' files, with seeds.

A target takes any bytes and may only raise errors of the tree, or return. Seeds are what the
simulation answers, what comes with the program, and small files written here; inputs that once
broke a parser stand in ``fuzz/seeds/<target>`` and are tried first ever after.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from openpyxl import Workbook

from chocolate_factory.app.feeds import feeds_at, simulated_addresses
from chocolate_factory.app.files import TEMPLATES, load_plant, template
from chocolate_factory.errors import FactoryError
from chocolate_factory.market.clock import Clock
from chocolate_factory.market.contract import parse_contract
from chocolate_factory.planning.orders import parse_orders, parse_orders_workbook
from chocolate_factory.planning.plant import parse_plant
from chocolate_factory.settings import Settings
from chocolate_factory.simulation.network import SimulatedNetwork
from chocolate_factory.sources.base import Request, Upstream
from chocolate_factory.sources.files import read_file
from chocolate_factory.sources.given_inputs import read_inputs
from chocolate_factory.sources.given_prices import read_given
from chocolate_factory.sources.meter_csv import read_meter
from chocolate_factory.sources.transport import Transport

NOW = datetime(2025, 11, 3, 9, 0, tzinfo=UTC)
LONG_DAY = date(2025, 10, 26)
"""Of 25 hours, in quarter-hours."""
KEPT = Path(__file__).parent / "seeds"

_FILE = Path("input")


@dataclass(frozen=True, slots=True)
class Target:
    """One parser: ``read`` is given bytes, ``seeds`` are inputs it understands."""

    read: Callable[[bytes], object]
    seeds: tuple[bytes, ...]

    def __call__(self, data: bytes) -> None:
        """Read ``data``; an error of the tree is an answer, any other goes through."""
        try:
            self.read(data)
        except FactoryError as told:
            if not str(told).strip():
                raise AssertionError("an error without a text") from told


@cache
def targets() -> Mapping[str, Target]:
    """Every target by its name."""
    return {**_answers(), **_files(), **_documents()}


def kept(name: str) -> tuple[bytes, ...]:
    """Inputs that once broke a target."""
    return tuple(path.read_bytes() for path in sorted((KEPT / name).glob("*")))


def _answers() -> dict[str, Target]:
    network = SimulatedNetwork(1, clock=lambda: NOW)
    addresses = simulated_addresses(Settings(), network)
    feeds = feeds_at(addresses, Transport(), None)
    return {
        f"answer-{feed.name}": Target(
            _parser(feed.source.upstream), tuple(_told(feed.source.upstream, network))
        )
        for feed in feeds.all
    }


def _parser(upstream: Upstream) -> Callable[[bytes], object]:
    def read(data: bytes) -> None:
        upstream.classify(400, data)
        upstream.parse(data, received_at=NOW)

    return read


def _told(upstream: Upstream, network: SimulatedNetwork) -> Iterable[bytes]:
    """The answers of the simulation, every step of them, for a day the service can answer for."""
    first, last = upstream.reach(NOW.date())
    day = max(first, min(last, LONG_DAY))
    asked: Request | None = upstream.request(day, day)
    while isinstance(asked, Request):
        url = asked.url + "?" + "&".join(f"{name}={value}" for name, value in asked.params)
        _, _, body = network("GET", url, dict(asked.headers))
        yield body
        try:
            told = upstream.parse(body, received_at=NOW)
        except FactoryError:
            return
        asked = told if isinstance(told, Request) else None


def _files() -> dict[str, Target]:
    prices = b"time_utc,price_eur_kwh\n2025-10-26T00:00:00Z,0.1\n2025-10-26T01:00:00Z,0.2\n"
    plain = b"time_local,load_mw,wind\n2016-01-04 00:00,1.5,2\n2016-01-04 01:00,1.6,-3\n"
    meter = (
        b"CUPS;Fecha;Hora;AE_kWh;Metodo\nES0031;26/10/2025;1;12,5;R\nES0031;26/10/2025;2;13,1;R\n"
    )
    imported = (
        prices,
        b"time_utc;resolution_min;spot_es_eur_mwh\n2025-10-26T00:00:00Z;15;61,5\n",
        *_answers()["answer-omie"].seeds,
        b"date,gas_eur_mwh,co2_eur_t\n2025-10-25,31.5,78\n",
        *_answers()["answer-esios-archive-70"].seeds,
        b'{"indicator":{"id":600,"values":[{"value":61.5,"datetime":"2025-10-26T00:00:00+02:00",'
        b'"geo_id":3,"geo_name":"x"}]}}',
    )
    return {
        "file-import": Target(lambda data: read_file(_FILE, data, received_at=NOW), imported),
        "file-prices": Target(
            lambda data: read_given(_FILE, data, received_at=NOW, plain=True), (prices,)
        ),
        "file-inputs": Target(
            lambda data: read_inputs(_FILE, data, clock=Clock("naive")), (plain,)
        ),
        "file-meter": Target(
            lambda data: read_meter(_FILE, data),
            (meter, b"time_utc,kwh\n2025-10-26T00:00:00Z,12.5\n2025-10-26T00:15:00Z,3\n"),
        ),
    }


def _documents() -> dict[str, Target]:
    plant = load_plant(None)
    templates = [template(kind) for kind in TEMPLATES]
    weekly = template("chocolate")["orders.yaml"].encode()
    table = (
        b"product,kg,due,priority\n"
        b"standard,200,2025-11-07 18:00+01:00,2\npremium,50,2025-11-08 09:00Z,1\n"
    )
    contract = (
        b"kind: indexed\ntariff: 3.0TD\nmargin_eur_mwh: 5\ncontracted_kw: {P1: 100, P2: 100, "
        b"P3: 100, P4: 100, P5: 100, P6: 150}\n"
    )
    return {
        "plant": Target(
            lambda data: parse_plant(_text(data), name="plant.yaml"),
            tuple(one["plant.yaml"].encode() for one in templates),
        ),
        "orders": Target(
            lambda data: parse_orders(_text(data), name="orders", plant=plant), (weekly, table)
        ),
        "orders-workbook": Target(
            lambda data: parse_orders_workbook(data, name="orders.xlsx", plant=plant),
            (_workbook(),),
        ),
        "contract": Target(
            lambda data: parse_contract(_text(data), name="contract.yaml"), (contract,)
        ),
    }


def _text(data: bytes) -> str:
    """Files are read as UTF-8 before they come here; what is not is refused there."""
    return data.decode("utf-8", "ignore")


def _workbook() -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["product", "kg", "due", "penalty_eur_h"])
    sheet.append(["standard", 200, datetime(2025, 11, 7, 18), 3.5])  # noqa: DTZ001
    sheet.append(["premium", 50, LONG_DAY + timedelta(days=20), None])
    told = io.BytesIO()
    book.save(told)
    return told.getvalue()
