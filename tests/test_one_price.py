"""The way of one price is the one that docs/architecture.md tells."""

import json
import re
import sys
from datetime import UTC, date, datetime
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import pytest

from chocolate_factory import pipeline
from chocolate_factory.app.files import load_contract, load_orders, load_plant
from chocolate_factory.market.calendar import HOUR, MADRID, delivery_periods, to_datetime
from chocolate_factory.market.catalog import PVPC
from chocolate_factory.sources.base import Source
from chocolate_factory.sources.ree import Ree
from chocolate_factory.store.sql import open_store
from chocolate_factory.web import views

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src/chocolate_factory"
TOLD = (ROOT / "docs/architecture.md").read_text("utf-8").partition("## The way of one price")[2]
WAY = re.findall(r"^\d\. `([\w/]+\.py)`", TOLD, re.MULTILINE)
BRANCHES = [
    re.findall(r"`([\w/]+\.py)`", line)
    for line in re.findall(r"^- .* → .*$", TOLD, re.MULTILINE)[:2]
]


def module(name: str):
    return import_module(f"chocolate_factory.{name.removesuffix('.py').replace('/', '.')}")


def worked_with(name: str) -> set[str]:
    """The modules that define what stands in a module."""
    return {getattr(one, "__module__", "") for one in vars(module(name)).values()}


def test_it_has_six_stations_and_branches_off_twice():
    assert len(WAY) == 6
    assert [branch[0] for branch in BRANCHES] == [WAY[3]] * 2


@pytest.mark.parametrize(
    ("one", "next_one"), [pair for way in (WAY, *BRANCHES) for pair in pairwise(way)]
)
def test_each_station_works_with_its_neighbour_or_with_the_same_protocol(one, next_one):
    bases = {f"{module(name).__package__}.base" for name in (one, next_one)}
    assert (
        module(one).__name__ in worked_with(next_one)
        or module(next_one).__name__ in worked_with(one)
        or bases & worked_with(one) & worked_with(next_one)
    )


class Answering:
    """A transport whose answer is at hand."""

    def __init__(self, body):
        self.body = body

    def get(self, request, *, source, classify=None):
        return self.body

    def hold(self, url, seconds):
        raise AssertionError("nothing limits us")


def test_a_price_of_redata_goes_through_all_six_to_the_dashboard(tmp_path):
    day = date(2025, 11, 18)
    values = [
        {"value": 100.0 + n, "datetime": to_datetime(start).astimezone(MADRID).isoformat()}
        for n, start in enumerate(delivery_periods(day, HOUR))
    ]
    told = {"type": "PVPC", "id": "1001", "attributes": {"title": "PVPC", "values": values}}
    body = json.dumps({"data": {"id": "mer13"}, "included": [told]}).encode()
    plant = load_plant(None)
    task = pipeline.PlanTask(
        plant=plant, contract=load_contract("pvpc"), orders=load_orders(None, plant)
    )
    store = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    passed = set()
    sys.setprofile(lambda frame, *_: passed.add(frame.f_code.co_filename))
    try:
        evening = datetime(2025, 11, 17, 20, tzinfo=UTC)
        pipeline.ingest(Source(Ree(), Answering(body)), store, day=day, now=evening)
        at = datetime(2025, 11, 18, 9, 30, tzinfo=UTC)  # half past ten in Madrid
        read = pipeline.snapshot(store, as_of=at, task=task, watched=(PVPC,), weather=())
        shown = views.heatmap(read)
    finally:
        sys.setprofile(None)
        store.close()
    (price,) = shown.days[0].cells[10].prices
    assert price.price_eur_kwh == pytest.approx(0.110 * 1.0511269632)
    assert price.published
    assert {str(SOURCE / name) for name in WAY} <= passed


def test_prices_and_a_contract_become_euro_per_kilowatt_hour_in_one_place():
    """Beside it only a bill and the page on the price of now ask for the parts, to show them."""
    asking = {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if "contract.parts(" in path.read_text("utf-8")
    }
    assert asking == {"market/contract.py", "market/billing.py", "web/panel_views.py"}
