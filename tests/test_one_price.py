"""The way of one price is the one that docs/architecture.md tells."""

import dataclasses
import json
import re
import sys
from collections.abc import Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from pydantic import BaseModel

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

CALLED = set(
    re.findall(
        r"`([\w/]+\.py)`",
        "".join(re.findall(r"^- at [^→]*?(?=^-|^$)", TOLD, re.MULTILINE | re.DOTALL)),
    )
)
MOST_MODULES = 17
"""So many modules a price may pass through: another one between has to replace one of them."""


def module(name: str):
    return import_module(f"chocolate_factory.{name.removesuffix('.py').replace('/', '.')}")


def worked_with(name: str) -> set[str]:
    """The modules that define what stands in a module."""
    return {getattr(one, "__module__", "") for one in vars(module(name)).values()}


def test_it_has_six_stations_and_branches_off_twice_into_longer_ways():
    assert len(WAY) == 6
    assert [branch[0] for branch in BRANCHES] == [WAY[3]] * 2
    forecast, plan = BRANCHES
    lengths = len({*WAY[:3], *forecast}), len({*WAY, *plan})
    told = re.search(
        r"forecast's is of (\d+) modules, and the plan's,\s.*?of (\d+)\.", TOLD, re.DOTALL
    )
    assert lengths == tuple(map(int, told.groups()))


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


def holds(thing, wanted):
    """Whether a number is somewhere in what a function is given or answers."""
    match thing:
        case float():
            return any(thing == pytest.approx(one, rel=1e-9) for one in wanted)
        case bytes() | str():
            return str(wanted[0]) in (thing if isinstance(thing, str) else thing.decode("latin1"))
        case np.ndarray():
            return thing.dtype.kind == "f" and any(
                np.isclose(thing, one, rtol=1e-9, atol=0).any() for one in wanted
            )
    return any(holds(one, wanted) for one in parts(thing))


def parts(thing):
    """What a container is made of."""
    if dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        return [getattr(thing, field.name, None) for field in dataclasses.fields(thing)]
    if isinstance(thing, Mapping):
        return list(thing.values())
    if isinstance(thing, BaseModel):
        return list(vars(thing).values())
    return thing if isinstance(thing, list | tuple | set | frozenset) else ()


@contextmanager
def following(wanted):
    """The modules of ours whose functions are given a number or answer with it."""
    passed, looking = set(), False

    def look(frame, event, arg):
        nonlocal looking
        code = frame.f_code
        if looking or not code.co_filename.startswith(str(SOURCE)):
            return
        looking = True
        name = str(Path(code.co_filename).relative_to(SOURCE))
        given = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        seen = (
            [frame.f_locals.get(one) for one in given] if event == "call"
            else [arg] if event == "return" else []
        )  # fmt: skip
        if name not in passed and holds(seen, wanted):
            passed.add(name)
        looking = False

    sys.setprofile(look)
    try:
        yield passed
    finally:
        sys.setprofile(None)


def test_a_price_of_redata_goes_through_all_six_to_the_dashboard_and_through_few_more(tmp_path):
    day = date(2025, 11, 18)
    eur_mwh, factor = 110.123, 1.0511269632
    values = [
        {
            "value": eur_mwh if n == 10 else 100.0 + n,
            "datetime": to_datetime(start).astimezone(MADRID).isoformat(),
        }
        for n, start in enumerate(delivery_periods(day, HOUR))
    ]
    told = {"type": "PVPC", "id": "1001", "attributes": {"title": "PVPC", "values": values}}
    body = json.dumps({"data": {"id": "mer13"}, "included": [told]}).encode()
    plant = load_plant(None)
    task = pipeline.PlanTask(
        plant=plant, contract=load_contract("pvpc"), orders=load_orders(None, plant)
    )
    store = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    with following((eur_mwh, eur_mwh / 1000, eur_mwh / 1000 * factor)) as passed:
        evening = datetime(2025, 11, 17, 20, tzinfo=UTC)
        pipeline.ingest(Source(Ree(), Answering(body)), store, day=day, now=evening)
        at = datetime(2025, 11, 18, 9, 30, tzinfo=UTC)  # half past ten in Madrid
        read = pipeline.snapshot(store, as_of=at, task=task, watched=(PVPC,), weather=())
        shown = views.heatmap(read)
    store.close()
    (price,) = shown.days[0].cells[10].prices
    assert price.price_eur_kwh == pytest.approx(eur_mwh / 1000 * factor)
    assert price.published
    assert passed == {*WAY, *CALLED}
    assert len(passed) <= MOST_MODULES


def test_prices_and_a_contract_become_euro_per_kilowatt_hour_in_one_place():
    """Beside it only a bill and the page on the price of now ask for the parts, to show them."""
    asking = {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if "contract.parts(" in path.read_text("utf-8")
    }
    assert asking == {"market/contract.py", "market/billing.py", "web/panel_views.py"}
