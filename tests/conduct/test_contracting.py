"""An advice on contracted power is made from stored prices, kept, and read back as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pytest

from chocolate_factory.conduct.contracting import (
    KIND,
    ContractAsked,
    ContractReport,
    advise,
    checked,
    newest_advice,
)
from chocolate_factory.errors import MissingData, RequestInvalid, StoreError
from chocolate_factory.fleet import kept_answers
from chocolate_factory.market.catalog import SPOT, spec
from chocolate_factory.market.contract import contract_named
from chocolate_factory.market.series import Kind, Observations
from chocolate_factory.pipeline import PlanTask
from chocolate_factory.planning import contract_advice
from chocolate_factory.planning.equipment import BaseLoad, Hours
from chocolate_factory.planning.orders import Orders
from chocolate_factory.planning.plant import Phase, Plant, Staffed, Stage
from chocolate_factory.store.base import Event, Store
from chocolate_factory.store.sql import open_store

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MONDAYS = [date(2025, 1, 6), date(2025, 1, 13)]
ASKED = ContractAsked(2025, every=1, boxes=5)


def bakery() -> Plant:
    """One oven that nobody tends, an hour at 40 kW, and 5 kW of light."""
    bake = Stage(
        name="bake", machine="oven", machines=1, staffed=Staffed.NEVER,
        phases={"loaf": (Phase(60, 40.0),)}, max_hold_min=0,
    )  # fmt: skip
    whole_day = (Hours(0, 1440),)
    return Plant(
        name="bakery", slot_min=15, batch_kg=10.0, grades=("loaf",), stages=(bake,),
        shifts=dict.fromkeys(range(7), (Hours(540, 1080),)), contracted_kw=(60.0,) * 6,
        base_load=(BaseLoad("light", 5.0, whole_day),),
    )  # fmt: skip


@dataclass(frozen=True)
class Advised:
    store: Store
    task: PlanTask
    report: ContractReport


@pytest.fixture(scope="module")
def advised(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Advised]:
    plant = bakery()
    due = {day: (time(8), 1) for day in range(7)}
    orders = Orders("loaves", plant, {0: {"loaf": 10.0}}, due, ())
    task = PlanTask(plant=plant, contract=contract_named("indexed-3.0td"), orders=orders)
    path = tmp_path_factory.mktemp("contract") / "store.db"
    with (
        closing(open_store(f"sqlite:///{path}")) as store,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(contract_advice, "mondays_of", lambda _: MONDAYS)
        start, resolution_s = spec(SPOT).grid(MONDAYS[0], MONDAYS[1] + timedelta(days=8))
        known = spec(SPOT).inferred_available_at(start)
        store.append(
            [Observations(SPOT, "omie", Kind.PUBLISHED, start, resolution_s,
                          60.0 + 20.0 * np.sin(np.arange(start.size)), known,
                          np.ones(start.size, bool))],
            now=NOW,
        )  # fmt: skip
        yield Advised(store, task, advise(store, task, ASKED, now=NOW))


def test_the_advice_is_kept_with_what_it_stands_on_and_read_back_the_same(advised: Advised):
    assert newest_advice(advised.store, as_of=NOW) == advised.report
    assert newest_advice(advised.store, as_of=NOW - timedelta(days=1)) is None
    assert advised.report.market == "spot@peninsula"
    assert (advised.report.plant, advised.report.orders) == ("bakery", "loaves")
    assert advised.report.advice.plan_chosen.powers_kw == (5.0,) * 5 + (45.0,)


def test_a_stored_advice_of_another_version_is_named(advised: Advised, tmp_path: Path):
    with closing(open_store(f"sqlite:///{tmp_path / 'other.db'}")) as store:
        store.save_event(Event("contract-advice-1", KIND, NOW, "{}"))
        with pytest.raises(StoreError, match=r"contract-advice-1 is not of this version"):
            newest_advice(store, as_of=NOW)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (replace(ASKED, year=2026), "to 2025, the last one over"),
        (replace(ASKED, year=2021), "from 2022"),
        (replace(ASKED, every=0), "every 0 weeks"),
        (replace(ASKED, boxes=-1), "-1 boxes"),
        (replace(ASKED, time_limit_s=0.5), "less than 1 s"),
    ],
)
def test_what_cannot_be_advised_is_refused_by_name(asked: ContractAsked, why: str):
    with pytest.raises(RequestInvalid, match=why):
        checked(asked, now=NOW)


def test_a_year_without_prices_is_an_error_that_names_them(advised: Advised, monkeypatch):
    monkeypatch.setattr(contract_advice, "mondays_of", lambda _: [date(2024, 1, 8)])
    with pytest.raises(MissingData, match=r"spot@peninsula.*No week of 2024 has all its prices"):
        advise(advised.store, advised.task, replace(ASKED, year=2024), now=NOW)


def test_what_is_asked_survives_as_text():
    asked = ContractAsked(2024, every=2, boxes=0, time_limit_s=7.5)
    assert ContractAsked.of_texts(asked.texts()) == asked


def test_weeks_kept_in_a_folder_are_read_and_half_written_ones_passed_over(
    advised: Advised, tmp_path: Path
):
    """A run that keeps, one that is cut off within a line, and one that needs nothing more."""
    at = [NOW + timedelta(seconds=n) for n in (1, 2, 3)]
    advise(advised.store, advised.task, ASKED, now=at[0], memory=kept_answers(tmp_path))
    files = sorted(tmp_path.glob("week-*.jsonl"))
    assert [path.name[5:15] for path in files] == ["2025-01-06", "2025-01-13"]
    whole = files[0].read_text()
    files[0].write_text(whole[:-40])
    again = advise(advised.store, advised.task, ASKED, now=at[1], memory=kept_answers(tmp_path))
    assert again.advice == advised.report.advice
    assert files[0].read_text().startswith(whole[:-40])
    kept = [path.read_text() for path in files]
    advise(advised.store, advised.task, ASKED, now=at[2], memory=kept_answers(tmp_path))
    assert [path.read_text() for path in files] == kept
