"""What is fuzzed: every parser of upstreams' answers and of users' files, with seeds.

A target takes any bytes and may only raise errors of the tree, or return. Seeds are what the
simulation answers, what comes with the program, and small files written here; inputs that once
broke a parser stand in ``fuzz/seeds/<target>`` and are tried first ever after.
"""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
from openpyxl import Workbook

from chocolate_factory.app.feeds import feeds_at, simulated_addresses
from chocolate_factory.app.files import TEMPLATES, load_plant, template
from chocolate_factory.app.site_files import read_site
from chocolate_factory.errors import FactoryError
from chocolate_factory.forecasting import artefact
from chocolate_factory.forecasting.boosted import FittedTrees
from chocolate_factory.forecasting.bridge import FittedBridge
from chocolate_factory.forecasting.network import FittedNetworks, Networks
from chocolate_factory.forecasting.training import Trained, TrainedPart
from chocolate_factory.market.catalog import PVPC, SPOT, spec
from chocolate_factory.market.clock import Clock
from chocolate_factory.market.contract import parse_contract
from chocolate_factory.market.series import Kind, Observations
from chocolate_factory.notify.message import understood
from chocolate_factory.planning.orders import parse_orders, parse_orders_workbook
from chocolate_factory.planning.plant import parse_plant
from chocolate_factory.settings import NOTIFY_FILE, Settings, said_by_files
from chocolate_factory.simulation.market import SimulatedMarket
from chocolate_factory.simulation.network import SimulatedNetwork
from chocolate_factory.sources.base import Request, Upstream
from chocolate_factory.sources.files import read_file
from chocolate_factory.sources.given_inputs import read_inputs
from chocolate_factory.sources.given_prices import read_given
from chocolate_factory.sources.meter_csv import read_meter
from chocolate_factory.sources.transport import Transport
from chocolate_factory.store.backup import read_backup, write_backup
from chocolate_factory.store.backup.manifest import SEAL_LENGTH, seal
from chocolate_factory.store.base import Outcome, Run
from chocolate_factory.store.influx import annotated
from chocolate_factory.store.opening import open_store

NOW = datetime(2025, 11, 3, 9, 0, tzinfo=UTC)
LONG_DAY = date(2025, 10, 26)
"""Of 25 hours, in quarter-hours."""
KEPT = Path(__file__).parent / "seeds"

_FILE = Path("input")
_HEADER = "header.json"


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
    return {**_answers(), **_files(), **_documents(), **_stores(), **_models()}


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
        b"CUPS;Fecha;Hora;AE_kWh;Metodo\nES0031;26/10/2025;24;12,5;R\nES0031;26/10/2025;25;9;R\n"
        b"ES0031;27/10/2025;1;13,1;R\n"
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
        "site": Target(
            _read_site,
            (
                b"name: north\ntitle: North\nlatitude: 40.4\nlongitude: -3.7\ncontract: pvpc\n",
                b"name: old\ncontinues: true\nplant: plant.yaml\norders: orders.yaml\n"
                b"contract: contract.yaml\nnotify_urls: [ntfy://x/y]\nnotify_language: es\n"
                b"freeze_min: 60\naccept_plans: asked\nco2_g_kwh: 120\nco2_source: REE\n",
            ),
        ),
        "addresses": Target(
            _read_addresses,
            (
                b"# where plans are told\nntfys://plant/shift\n\njsons://user:pass@plant.example/x\n"
                b"mailtos://user:pass@plant.example?to=a@b.example\ntgram://123456789:abc_d/-100\n",
            ),
        ),
        "contract": Target(
            lambda data: parse_contract(_text(data), name="contract.yaml"), (contract,)
        ),
    }


def _read_addresses(data: bytes) -> None:
    """As the program reads ``notify.txt`` at its start, and then each address."""
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / NOTIFY_FILE).write_bytes(data)
        understood(said_by_files(Path(name), set())["notify_urls"])


def _read_site(data: bytes) -> None:
    """In a folder of its own, with a plant and orders beside it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in template("chocolate").items():
            (folder / file).write_text(text, encoding="utf-8")
        (folder / "contract.yaml").write_text("kind: pvpc\ntariff: 2.0TD\n", encoding="utf-8")
        path = folder / "site.yaml"
        path.write_bytes(data)
        read_site(path, Settings(data_dir=folder), beside=[])


def _stores() -> dict[str, Target]:
    table = (
        b"#datatype,string,long,dateTime:RFC3339,string,double\n#group,false,false,false,true,false\n"
        b"#default,_result,,,,\n,result,table,_time,_field,_value\n"
        b",,0,2025-10-26T00:00:00Z,value,61.5\n\n"
    )
    failed = b"#datatype,string,long\n#group,true,true\n#default,,\n,error,reference\n,failed,897\n"
    return {
        "backup": Target(_read_backup, (_backup(),)),
        "influx-answer": Target(_read_table, (table, table + failed)),
    }


def _read_backup(data: bytes) -> None:
    """As a backup under a seal that is right: what is behind it is to be tried."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.seek(0)
        told = seal(file) if len(data) > SEAL_LENGTH else b""
        file.seek(len(data) - len(told))
        file.write(told)
        file.flush()
        backup = read_backup(Path(file.name))
        for _ in backup.pieces():
            pass


def _read_table(data: bytes) -> None:
    try:
        annotated.complete_rows(annotated.tables(_text(data)), "_time", "_value")
    except (annotated.NotAnnotatedCsv, annotated.QueryFailed):
        return  # as its only caller does


def _backup() -> bytes:
    market = SimulatedMarket(1)
    start, value = market.spot(LONG_DAY, LONG_DAY)
    about = spec(SPOT)
    prices = Observations(
        SPOT, "simulation:omie", Kind.PUBLISHED, start, about.resolutions_s(start), value,
        about.inferred_available_at(start), np.ones(start.size, dtype=bool),
    )  # fmt: skip
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(open_store(Settings(data_dir=Path(folder)).store)) as store,
    ):
        store.append([prices], now=NOW)
        store.save_run(Run("spot-1", "spot", NOW, NOW, Outcome.DONE))
        path = Path(folder, "copy.zip")
        write_backup(store, path, now=NOW)
        return path.read_bytes()


def _models() -> dict[str, Target]:
    magic, header, body = _model().split(b"\n", 2)
    packed = io.BytesIO(body)
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr(_HEADER, header)
        trees = _trees_in(archive)

    def read(data: bytes) -> None:
        """A header packed with the arrays, as a file of both with the checksum that is right."""
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                if _trees_in(archive) - trees:
                    return  # LightGBM ends the process over them: see docs/reliability.md, Not run
                told = archive.read(_HEADER)
        except Exception:  # noqa: BLE001 - what cannot be unpacked is tried whole
            told = header
        with suppress(ValueError, TypeError, RecursionError):  # what is no header stays as it is
            right = hashlib.sha256(data).hexdigest()
            told = json.dumps({**json.loads(told), "sha256": right}).encode()
        content = b"\n".join((magic, told, data))
        for parse in (artefact.told_by, artefact.load):
            parse(content, key=PVPC)

    return {"model": Target(read, (packed.getvalue(),))}


def _trees_in(archive: zipfile.ZipFile) -> set[bytes]:
    return {archive.read(name) for name in archive.namelist() if name.endswith("/trees.npy")}


def _model() -> bytes:
    """Trees and networks that learned next to nothing, as small as they can be."""
    import lightgbm  # noqa: PLC0415 - loading takes a second

    dice = np.random.default_rng(1)
    fewest = {"verbosity": -1, "num_leaves": 3, "min_data_in_leaf": 5, "num_threads": 1}
    about = lightgbm.Dataset(dice.normal(size=(60, 2)), dice.normal(size=60))
    booster = lightgbm.train(fewest, about, 2)
    layers = tuple(dice.normal(size=size).astype(np.float32) for size in ((2, 3), 3, (3, 24), 24))
    days = np.arange(np.datetime64("2025-10-01", "D"), np.datetime64("2025-10-03", "D"))
    mean = dice.normal(size=(2, 1, 24))
    trees = FittedTrees("boosted", booster, 0.01, 0.02, {"spot": 0.5}, 7)
    networks = FittedNetworks(Networks(), (layers,), 0.01, 0.02, {"spot": 0.5})
    parts = {
        "naive": TrainedPart(days, mean),
        "boosted": TrainedPart(days, mean, FittedBridge(trees), days[-1]),
        "network": TrainedPart(days, mean, networks, days[-1]),
    }
    state = (("spot", 24),)
    errors = {(): {"naive": 1.0}, state: dict.fromkeys(parts, 0.8)}
    all_parts = {(): {"naive": parts["naive"]}, state: parts}
    return artefact.dump(Trained(PVPC, days[0], days[-1], all_parts, errors), trained_at=NOW)


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
