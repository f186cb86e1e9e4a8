"""The month's report: every euro against one worked out again from the published figures."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from conduct.conftest import Floor

from chocolate_factory import conduct, pipeline
from chocolate_factory.app.desks.money import month_so_far
from chocolate_factory.app.files import load_contract, load_plant
from chocolate_factory.app.inbox import import_files
from chocolate_factory.conduct.ledger import (
    DAY_CLOSED,
    MONTH_CLOSED,
    closed_days,
    closed_months,
    save_left_out,
    save_month,
)
from chocolate_factory.conduct.metering import keep_curve
from chocolate_factory.conduct.month import Emission, MonthReport, month_report
from chocolate_factory.conduct.site_month import excess_of, site_month
from chocolate_factory.conduct.terms import TERMS, keep_terms
from chocolate_factory.errors import RequestInvalid
from chocolate_factory.market.billing import NOT_BILLED
from chocolate_factory.market.calendar import delivery_day, local_midnight, to_datetime64
from chocolate_factory.market.catalog import SPOT
from chocolate_factory.market.contract import FixedContract, PvpcContract
from chocolate_factory.market.power_curve import PowerCurve
from chocolate_factory.market.scores import DayScore
from chocolate_factory.market.tariff import Tariff
from chocolate_factory.planning.account import savings_account
from chocolate_factory.planning.closing import LeftOut
from chocolate_factory.planning.equipment import Battery, Photovoltaics
from chocolate_factory.planning.orders import parse_orders
from chocolate_factory.planning.plan import Block, SiteFlows
from chocolate_factory.planning.reported_starts import Report
from chocolate_factory.planning.site_curve import plan_curve, power_curve
from chocolate_factory.reports.paper import Paper, plain
from chocolate_factory.standing import Accepted, keep_note, keep_plan, standing
from chocolate_factory.store.base import Event, Piece, Store
from chocolate_factory.store.sql import open_store
from chocolate_factory.web import month_files, month_paper, month_tables, panel_views
from chocolate_factory.web.wording import WORDS

MADRID = ZoneInfo("Europe/Madrid")
QUARTER = timedelta(minutes=15)
EN = WORDS["en"]
NOVEMBER = date(2025, 11, 1)
NOW = datetime(2025, 12, 5, 12, tzinfo=UTC)
IMPORTED = datetime(2026, 1, 5, tzinfo=UTC)  # the file goes to the end of 2025
ORDERS = """\
weekly:
  mon: {standard: 100}
  wed: {standard: 50, premium: 50}
  sat: {standard: 50}
due: {default: 08:00 next day, sat: 14:00 same day}
"""
MONDAYS = [date(2025, 10, 27) + timedelta(days=7 * n) for n in range(5)]
METERED = (date(2025, 11, 10), date(2025, 11, 13))  # first day, and the one after the last
TUESDAY = datetime(2025, 11, 18, 10, tzinfo=UTC)  # of the plan of the fixture
NOON = datetime(2025, 11, 18, 11, tzinfo=UTC)
CENT = 0.005
FIXED = FixedContract("fixed", Tariff.TD30, (0.21, 0.18, 0.15, 0.13, 0.12, 0.11))


@dataclass(frozen=True)
class Replayed:
    store: Store
    task: pipeline.PlanTask
    report: MonthReport


@pytest.fixture(scope="module")
def november(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replayed]:
    """2025-11 replayed on real prices: planned each Sunday afternoon on what was known then."""
    plant = load_plant(None)
    task = pipeline.PlanTask(
        plant=plant,
        contract=load_contract("indexed-3.0td"),
        orders=parse_orders(ORDERS, name="orders", plant=plant),
    )
    path = tmp_path_factory.mktemp("november") / "store.db"
    with closing(open_store(f"sqlite:///{path}")) as store:
        prices = shared / "data/prices/omie_spot_2023-04_2025-12.csv"
        assert not [one for one in import_files(store, [prices], now=IMPORTED) if one.refused]
        for monday in MONDAYS:
            origin = local_midnight(monday) - timedelta(hours=8)
            made = pipeline.plan(store, task, origin=origin, models=("naive",))
            plan_id = keep_plan(store, made, made_at=origin)
            keep_note(store, Accepted(plan_id, "test"), at=origin)
        keep_terms(store, task, at=local_midnight(MONDAYS[0]))
        keep_curve(store, metered(), now=NOW)
        conduct.close_days(store, task, now=NOW)
        conduct.close_months(store, task, now=NOW)
        factor = Emission(104.0, "made up for this test")
        yield Replayed(store, task, month_report(store, task, NOVEMBER, now=NOW, emission=factor))


def metered() -> PowerCurve:
    """What the meter read on three days, above the contracted 150 kW now and then."""
    begin, end = map(local_midnight, METERED)
    count = round((end - begin) / QUARTER)
    return PowerCurve(begin, np.random.default_rng(11).uniform(20, 165, count).round(3))


class Reckoning:
    """The bill by the formula of the contract, from the files alone."""

    def __init__(self, shared: Path) -> None:
        with (shared / "data/tariffs/regulated_terms_2021-06_2026.csv").open() as lines:
            self.terms = {
                (row["item"], row["period"]): float(row["value"])
                for row in csv.DictReader(lines)
                if row["tariff"] in {"3.0TD", "all"}
                and row["valid_from"] <= "2025-10-26"
                and (row["valid_to"] or "9") >= "2025-12-05"
            }
        with (shared / "data/prices/omie_spot_2023-04_2025-12.csv").open() as lines:
            self.spot = {
                datetime.fromisoformat(row["time_utc"]): float(row["spot_es_eur_mwh"])
                for row in csv.DictReader(lines)
                if row["time_utc"] >= "2025-10-02"
            }

    def term(self, item: str, period: int | None = None) -> float:
        return self.terms[item, "all" if period is None else f"P{period}"]

    @staticmethod
    def period(instant: datetime) -> int:
        wall = instant.astimezone(MADRID)
        if wall.weekday() >= 5 or (wall.month, wall.day) == (11, 1) or wall.hour < 8:
            return 6
        dear = 9 <= wall.hour < 14 or 18 <= wall.hour < 22
        return {10: (4, 5), 11: (2, 3), 12: (1, 2)}[wall.month][0 if dear else 1]

    def untaxed(self, instant: datetime) -> float:
        """EUR/kWh before electricity tax, in the quarter-hour that contains ``instant``."""
        quarter = instant.replace(minute=instant.minute // 15 * 15)
        period = self.period(instant)
        busbar = (
            (self.spot[quarter] + 12.0) / 1000
            + self.term("capacity_payment", period)
            + self.term("om_os_fee")
        )
        bought = busbar * (1 + self.term("standard_loss_coefficient", period))
        bought += self.term("fnee_energy_efficiency_fund") + 0.005
        return 1.015 * bought + self.term("energy_tolls_plus_charges", period)

    @property
    def tax(self) -> float:
        return self.term("electricity_tax_IEE")

    def cost_eur(self, blocks: Sequence[Block]) -> float:
        """Process energy, minute by minute, electricity tax in."""
        total = 0.0
        for block in blocks:
            at = block.start
            for minutes, kw in block.phases:
                for _ in range(minutes):
                    total += kw / 60 * self.untaxed(at) * (1 + self.tax)
                    at += timedelta(minutes=1)
        return total


@pytest.fixture(scope="module")
def reckoning(shared: Path) -> Reckoning:
    return Reckoning(shared)


def drawn(november: Replayed) -> dict[datetime, float]:
    """Mean kW of each quarter-hour of the month: the meter's, else plan and base load."""
    start, end = local_midnight(NOVEMBER), local_midnight(date(2025, 12, 1))
    kw: dict[datetime, float] = {}
    at = start
    while at < end:
        hour = at.astimezone(MADRID).hour
        kw[at] = 5.0 + 8.0 + (2.0 if 6 <= hour < 22 else 0.0) + (3.0 if 6 <= hour < 14 else 0.0)
        at += QUARTER
    for account in closed_days(november.store, as_of=NOW):
        for block in account.made_blocks:
            at = block.start
            for minutes, power in block.phases:
                for _ in range(minutes // 15):
                    if at in kw:
                        kw[at] += power
                    at += QUARTER
    curve = metered()
    for number, power in enumerate(curve.kw):
        kw[curve.begin + number * QUARTER] = float(power)
    return kw


def table(report: MonthReport, language: str = "en") -> dict[tuple[str, str, str], str]:
    text = month_files.month_csv(report, WORDS[language]).decode()
    rows = csv.reader(io.StringIO(text), delimiter=";" if language == "es" else ",")
    return {(row[0], row[1], row[2]): row[3] for row in list(rows)[1:]}


def test_the_month_of_a_replayed_november_agrees_to_the_cent_with_a_bill_made_by_hand(
    november: Replayed, reckoning: Reckoning
):
    kwh: dict[int, float] = defaultdict(float)
    energy: dict[int, float] = defaultdict(float)
    squares: dict[int, float] = defaultdict(float)
    for at, kw in drawn(november).items():
        period = reckoning.period(at)
        kwh[period] += kw / 4
        energy[period] += kw / 4 * reckoning.untaxed(at)
        squares[period] += max(kw - 150.0, 0.0) ** 2
    power = {
        n: 150.0 * reckoning.term("power_tolls_plus_charges", n) * 30 / 365 for n in range(1, 7)
    }
    excess = {
        n: squares[n] ** 0.5 * reckoning.term("excess_power_rate_meter123_quarterhour", n)
        for n in squares
    }
    told = table(november.report)
    for n in range(1, 7):
        assert float(told["bill", "energy_kwh", f"P{n}"]) == pytest.approx(kwh[n], abs=CENT)
        assert float(told["bill", "energy_eur", f"P{n}"]) == pytest.approx(energy[n], abs=CENT)
        assert float(told["bill", "power_eur", f"P{n}"]) == pytest.approx(power[n], abs=CENT)
        assert float(told["bill", "excess_eur", f"P{n}"]) == pytest.approx(
            excess.get(n, 0.0), abs=CENT
        )
    untaxed = sum(energy.values()) + sum(power.values()) + sum(excess.values())
    total = untaxed * (1 + reckoning.tax)
    assert sum(excess.values()) > 10
    assert float(told["bill", "electricity_tax_eur", ""]) == pytest.approx(
        untaxed * reckoning.tax, abs=CENT
    )
    assert float(told["bill", "total_eur", ""]) == pytest.approx(total, abs=CENT)
    assert float(told["bill", "total_with_vat_eur", ""]) == pytest.approx(1.21 * total, abs=CENT)


def test_habit_made_and_saving_of_every_day_agree_to_the_cent(
    november: Replayed, reckoning: Reckoning
):
    told = table(november.report)
    habit = made = 0.0
    for account in november.report.days:
        day = account.day.isoformat()
        by_habit = reckoning.cost_eur(account.habit_blocks)
        as_made = reckoning.cost_eur(account.made_blocks)
        assert float(told["day", "baseline_eur", day]) == pytest.approx(by_habit, abs=CENT)
        assert float(told["day", "actual_eur", day]) == pytest.approx(as_made, abs=CENT)
        habit, made = habit + by_habit, made + as_made
    assert november.report.account.batches == 21
    assert float(told["savings", "baseline_eur", ""]) == pytest.approx(habit, abs=CENT)
    assert float(told["savings", "actual_eur", ""]) == pytest.approx(made, abs=CENT)
    assert float(told["savings", "saving_eur", ""]) == pytest.approx(habit - made, abs=CENT)
    tonnes = 21 * 50 / 1000
    assert float(told["savings", "eur_per_tonne", ""]) == pytest.approx(made / tonnes, abs=CENT)


def test_the_share_of_the_possible_is_that_of_the_whole_weeks(november: Replayed):
    told = table(november.report)
    weeks = [monday.isoformat() for monday in MONDAYS[1:]]
    sums = {
        name: sum(float(told["week", name, week]) for week in weeks)
        for name in ("baseline_eur", "by_recipe_eur", "possible_eur")
    }
    assert sums["possible_eur"] <= sums["by_recipe_eur"] <= sums["baseline_eur"]
    share = (sums["baseline_eur"] - sums["by_recipe_eur"]) / (
        sums["baseline_eur"] - sums["possible_eur"]
    )
    assert float(told["savings", "captured_pct", ""]) == pytest.approx(100 * share)


def by_quarter(blocks: Sequence[Block]) -> dict[datetime, float]:
    """Mean kW of these blocks in each quarter-hour."""
    kw: dict[datetime, float] = defaultdict(float)
    for block in blocks:
        at = block.start
        for minutes, power in block.phases:
            for _ in range(minutes // 15):
                kw[at] += power
                at += QUARTER
    return kw


def test_excess_by_habit_and_as_made_agrees_to_the_cent_with_the_bill_s_rule(
    november: Replayed, reckoning: Reckoning
):
    """By habit the batches run at the habit's times; whatever else the meter read stays."""
    accounts = closed_days(november.store, as_of=NOW)
    usual = by_quarter([block for one in accounts for block in one.habit_blocks])
    made = by_quarter([block for one in accounts for block in one.made_blocks])

    def charged(kw: dict[datetime, float]) -> float:
        squares: dict[int, float] = defaultdict(float)
        for at, power in kw.items():
            squares[reckoning.period(at)] += max(power - 150.0, 0.0) ** 2
        rate = "excess_power_rate_meter123_quarterhour"
        eur = sum(reckoning.term(rate, n) * squares[n] ** 0.5 for n in squares)
        return eur * (1 + reckoning.tax)

    site = drawn(november)
    by_habit = {at: max(kw + usual[at] - made[at], 0.0) for at, kw in site.items()}
    told = november.report.excess
    assert told.habit_eur == pytest.approx(charged(by_habit), abs=CENT)
    assert told.actual_eur == pytest.approx(charged(site), abs=CENT)
    assert abs(told.habit_eur - told.actual_eur) > 1
    assert told.planned_eur == told.actual_eur  # nothing was reported at another time


def test_the_month_s_close_and_its_report_tell_the_same_excess_to_the_cent(november: Replayed):
    (closed,) = closed_months(november.store, as_of=NOW)
    bill = november.report.paid.bill
    assert closed == november.report.excess
    assert closed.actual == bill.excess
    assert closed.actual_eur == pytest.approx(
        bill.excess_eur * bill.electricity_tax_eur
        / (bill.energy_eur + bill.power_eur + bill.excess_eur) + bill.excess_eur
    )  # fmt: skip
    month, year = conduct.savings(
        november.store,
        ((NOVEMBER, date(2025, 11, 30)), (NOVEMBER, date(2025, 11, 29))),
        as_of=NOW,
    )
    assert (month.months, month.habit_excess_eur) == (1, closed.habit_eur)
    assert (month.planned_excess_eur, month.actual_excess_eur) == (
        closed.planned_eur, closed.actual_eur,
    )  # fmt: skip
    assert (year.months, year.habit_excess_eur) == (0, None)
    assert month.saving_eur == year.saving_eur  # days carry none of it


def test_a_month_is_closed_once_and_again_when_the_meter_tells_more(
    november: Replayed, tmp_path: Path
):
    later, much_later = NOW + timedelta(days=1), NOW + timedelta(days=60)
    begin = local_midnight(date(2025, 11, 20))
    with closing(open_store(f"sqlite:///{tmp_path / 'copy.db'}")) as store:
        store.load(november.store.dump())
        assert conduct.close_months(store, november.task, now=later) == ()
        keep_curve(store, PowerCurve(begin, np.full(4, 30.0)), now=later)
        (again,) = conduct.close_months(store, november.task, now=later)
        assert (again.revision, again.measured) == (1, 3 * 96 + 4)
        assert again.reason == "292 quarter-hours are metered now, 288 were"
        assert closed_months(store, as_of=later) == (again,)
        assert closed_months(store, as_of=NOW)[0].revision == 0
        keep_curve(store, PowerCurve(begin + 4 * QUARTER, np.full(4, 30.0)), now=much_later)
        assert conduct.close_months(store, november.task, now=much_later) == ()
        keep_curve(store, PowerCurve(begin, np.full(4, 300.0)), now=much_later)
        report = month_report(store, november.task, NOVEMBER, now=much_later)
        (kept,) = closed_months(store, as_of=much_later)
    said = (
        f"the month was closed with excess power of {kept.habit_eur:.2f} € by habit and "
        f"{kept.actual_eur:.2f} € as it went: its account keeps those"
    )
    assert said in report.paid.bill.notes
    assert WORDS["es"].note(said)[1] == "es"


def test_a_month_closed_by_other_rules_of_pv_and_battery_is_closed_again_for_that(
    november: Replayed, tmp_path: Path
):
    plant = replace(november.task.plant, pv=Photovoltaics(60.0, None, (0.0,) * 24))
    task, later = replace(november.task, plant=plant), NOW + timedelta(days=1)
    (old,) = closed_months(november.store, as_of=NOW)
    with closing(open_store(f"sqlite:///{tmp_path / 'copy.db'}")) as store:
        store.load(
            one
            for one in november.store.dump()
            if not isinstance(one, Event) or one.kind not in {MONTH_CLOSED, TERMS}
        )
        keep_terms(store, task, at=local_midnight(MONDAYS[0]))
        save_month(store, replace(old, actual=(), own_planned=None), at=NOW)
        plan = standing(store, as_of=NOW, slot=plant.slot).in_force.plan
        one, none = np.ones(1), np.zeros(1)
        start = np.array([to_datetime64(plan.start)])
        site = SiteFlows(start, 900, none, none, one, none, none, 0.0)
        other = replace(plan, schedule=replace(plan.schedule, site=site))
        keep_note(store, Accepted(keep_plan(store, other, made_at=NOW), "test"), at=NOW)
        (again,) = conduct.close_months(store, task, now=later)
    assert again.reason == (
        "by the rules of now PV and battery are as planned in 1 quarter-hours that no meter told"
    )
    assert again.own_planned == 1


def lower_powers(task: pipeline.PlanTask) -> pipeline.PlanTask:
    return replace(task, contract=replace(task.contract, contracted_kw=(90.0,) * 6))


def without_terms(store: Store) -> Iterator[Piece]:
    """What a store holds that was filled before contract and plant were kept."""
    return (one for one in store.dump() if not isinstance(one, Event) or one.kind != TERMS)


def test_a_closed_month_keeps_the_powers_that_it_was_closed_with(
    november: Replayed, tmp_path: Path
):
    later, task = NOW + timedelta(days=1), lower_powers(november.task)
    begin = local_midnight(date(2025, 11, 20))
    with closing(open_store(f"sqlite:///{tmp_path / 'copy.db'}")) as store:
        store.load(november.store.dump())
        keep_terms(store, task, at=later)
        assert conduct.close_months(store, task, now=later) == ()
        keep_curve(store, PowerCurve(begin, np.full(4, 200.0)), now=later)
        (again,) = conduct.close_months(store, task, now=later)
        assert again.reason.startswith("292 quarter-hours are metered now, 288 were")
        (old,) = closed_months(november.store, as_of=NOW)
        more = sum(line.quarters for line in again.actual) - sum(
            line.quarters for line in old.actual
        )
        assert more == 4  # and not those above 90 kW


def test_a_month_closed_before_powers_were_kept_is_not_closed_again_for_other_powers(
    november: Replayed, tmp_path: Path
):
    later, task = NOW + timedelta(days=1), lower_powers(november.task)
    begin = local_midnight(date(2025, 11, 20))
    with closing(open_store(f"sqlite:///{tmp_path / 'copy.db'}")) as store:
        store.load(without_terms(november.store))
        keep_terms(store, task, at=later)
        assert conduct.close_months(store, task, now=later) == ()
        keep_curve(store, PowerCurve(begin, np.full(4, 30.0)), now=later)
        (again,) = conduct.close_months(store, task, now=later)
    assert again.reason == (
        "292 quarter-hours are metered now, 288 were; contract and plant of before 2025-12-06 are "
        "not stored: those of that day are used"
    )


def test_corrected_readings_close_a_month_again_and_say_so(november: Replayed, tmp_path: Path):
    later = NOW + timedelta(days=1)
    begin = local_midnight(METERED[0])
    with closing(open_store(f"sqlite:///{tmp_path / 'copy.db'}")) as store:
        store.load(november.store.dump())
        keep_curve(store, PowerCurve(begin, np.full(4, 300.0)), now=later)
        again = conduct.close_months(store, november.task, now=later)
        assert [one.reason for one in again] == ["the meter or the batches were told anew"]


def test_a_month_is_billed_under_the_contract_of_then(november: Replayed, tmp_path: Path):
    later, task = NOW + timedelta(days=1), lower_powers(november.task)
    with closing(open_store(f"sqlite:///{tmp_path / 'copy.db'}")) as store:
        store.load(november.store.dump())
        keep_terms(store, task, at=later)
        report = month_report(store, task, NOVEMBER, now=later)
        assert report.paid.bill == november.report.paid.bill
        assert report.excess == november.report.excess
        assert {peak.contracted_kw for peak in report.paid.peaks} == {150.0}
    with closing(open_store(f"sqlite:///{tmp_path / 'older.db'}")) as store:
        store.load(without_terms(november.store))
        never = month_report(store, task, NOVEMBER, now=later)
        keep_terms(store, task, at=later)
        since = month_report(store, task, NOVEMBER, now=later)
    assert never.paid.bill.notes[-1] == (
        "contract and plant of then are not stored: those of today are used"
    )
    assert since.paid.bill.notes[-1] == (
        "contract and plant of before 2025-12-06 are not stored: those of that day are used"
    )


def test_a_month_in_which_the_contract_changed_says_so(november: Replayed, tmp_path: Path):
    task = lower_powers(november.task)
    with closing(open_store(f"sqlite:///{tmp_path / 'copy.db'}")) as store:
        store.load(november.store.dump())
        keep_terms(store, task, at=local_midnight(date(2025, 11, 17)))
        report = month_report(store, task, NOVEMBER, now=NOW)
    assert report.paid.bill.notes[-1] == (
        "the contract changed on 2025-11-17: all is billed under that of 2025-11-30"
    )
    assert {peak.contracted_kw for peak in report.paid.peaks} == {90.0}


def test_days_without_an_account_are_counted_in_the_report(
    november: Replayed, monkeypatch: pytest.MonkeyPatch
):
    why = "pvpc@peninsula: missing delivery periods 2025-11-03T00:00Z..2025-11-03T05:00Z (5)."
    left = LeftOut(date(2025, 11, 3), why, (), NOW)
    account = savings_account(
        NOVEMBER, date(2025, 11, 30), november.report.days[3:], (), left_out=(left,)
    )
    report = replace(november.report, account=account)
    told = table(report)
    assert told["savings", "days_left_out", ""] == "1"
    said = f"2025-11-03 has no account and is in no sum: {why}"
    assert said in month_tables.notes_of(report)
    assert WORDS["es"].note(said)[1] == "es"
    printed: list[str] = []
    monkeypatch.setattr(Paper, "paragraph", lambda _, text, **__: printed.append(text))
    month_paper.month_pdf(report, WORDS["es"])
    assert any("no entran en ninguna suma: 1;" in text for text in printed)


def test_a_month_with_a_day_left_out_is_never_closed_and_says_why(
    november: Replayed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The charge of a month hangs on all its quarter-hours: it is not that of the other days."""
    third, much_later = date(2025, 11, 3), NOW + timedelta(days=60)
    with closing(open_store(f"sqlite:///{tmp_path / 'copy.db'}")) as store:
        store.load(
            one
            for one in november.store.dump()
            if not isinstance(one, Event)
            or (one.kind != MONTH_CLOSED and one.event_id != f"{DAY_CLOSED}-{third}-0")
        )
        waiting = month_report(store, november.task, NOVEMBER, now=NOW)
        save_left_out(store, LeftOut(third, "no price", (), NOW))
        assert conduct.close_months(store, november.task, now=much_later) == ()
        report = month_report(store, november.task, NOVEMBER, now=much_later)
        (month, part) = conduct.savings(
            store,
            ((NOVEMBER, date(2025, 11, 30)), (NOVEMBER, date(2025, 11, 29))),
            as_of=much_later,
        )
    said = "the habit's excess power in 2025-11 is not known, for there is no account of 2025-11-03"
    assert (month.months_without, part.months_without) == (1, 0)
    assert (
        waiting.no_excess
        == "days of the month that are not closed: 1, the first of them 2025-11-03"
    )
    assert (report.excess, report.no_excess) == (None, said)
    assert report.paid.bill == november.report.paid.bill  # what was paid is known
    assert (month.months, month.habit_excess_eur) == (0, None)
    assert said in month.notes
    assert said not in part.notes
    printed: list[str] = []
    monkeypatch.setattr(Paper, "paragraph", lambda _, text, **__: printed.append(text))
    month_paper.month_pdf(report, WORDS["es"])
    assert any(f"costumbre: {WORDS['es'].note(said)[0]}." in text for text in printed)


def test_where_the_control_switch_cuts_no_day_hides_what_excess_costs(
    november: Replayed, tmp_path: Path
):
    """2.0TD bills none, whoever works and whatever is not known of a day."""
    third = date(2025, 11, 3)
    switched = replace(FIXED, tariff=Tariff.TD20, prices_eur_kwh=(0.2, 0.15, 0.1))
    task = replace(november.task, contract=replace(switched, contracted_kw=(14.0, 14.0)))
    with closing(open_store(f"sqlite:///{tmp_path / 'copy.db'}")) as store:
        store.load(
            one
            for one in without_terms(november.store)
            if not isinstance(one, Event)
            or (one.kind != MONTH_CLOSED and one.event_id != f"{DAY_CLOSED}-{third}-0")
        )
        save_left_out(store, LeftOut(third, "no price", (), NOW))
        report = month_report(store, task, NOVEMBER, now=NOW)
        (closed,) = conduct.close_months(store, task, now=NOW)
        (month,) = conduct.savings(store, ((NOVEMBER, date(2025, 11, 30)),), as_of=NOW)
    assert closed == report.excess
    assert (closed.habit, closed.planned, closed.actual) == ((), (), report.paid.bill.excess)
    assert (month.months, month.months_without, month.habit_excess_eur) == (1, 0, 0.0)
    assert not [note for note in month.notes if "excess power" in note]


def test_the_report_tells_consumption_apart(november: Replayed):
    days = tuple(
        replace(one, actual_eur=0.85 * one.actual_eur, consumption_eur=0.15 * one.actual_eur)
        for one in november.report.days
    )
    account = savings_account(NOVEMBER, date(2025, 11, 30), days, november.report.weeks)
    report = replace(november.report, days=days, account=account)
    before, told = table(november.report), table(report)
    assert float(told["savings", "actual_eur", ""]) < float(before["savings", "actual_eur", ""])
    for name in ("saving_eur", "captured_pct", "by_recipe_eur"):
        assert float(told["savings", name, ""]) == pytest.approx(float(before["savings", name, ""]))
    for one in days:
        day = one.day.isoformat()
        assert float(told["day", "baseline_eur", day]) - float(
            told["day", "actual_eur", day]
        ) == pytest.approx(
            float(told["day", "saving_eur", day]) + float(told["day", "consumption_eur", day])
        )
    rows = month_tables.same_table(report, WORDS["en"]).rows
    assert [row[0] for row in rows] == [
        "By habit", "As it was made, by recipe", "At best, all prices known", "As measured",
    ]  # fmt: skip
    assert rows[3][1] == WORDS["en"].number(account.actual_eur, 2)


def test_a_month_of_which_a_day_is_not_closed_says_so_and_stays_open(planned: Floor):
    planned.now = datetime(2025, 12, 1, 9, tzinfo=UTC)
    task = replace(planned.task, contract=FIXED)
    keep_terms(planned.store, task, at=TUESDAY)
    report = month_report(planned.store, task, NOVEMBER, now=planned.now)
    assert report.excess is None
    assert (
        report.no_excess
        == "days of the month that are not closed: 30, the first of them 2025-11-01"
    )
    assert table(report)["excess", "habit_eur", report.no_excess] == ""
    assert conduct.close_months(planned.store, task, now=planned.now) == ()


def test_the_figures_are_those_that_the_interface_answers(november: Replayed):
    (account,) = conduct.savings(november.store, ((NOVEMBER, date(2025, 11, 30)),), as_of=NOW)
    assert november.report.account == account
    assert float(table(november.report)["savings", "saving_eur", ""]) == account.saving_eur


def test_the_shares_of_the_excess_events_are_the_whole_charge(november: Replayed):
    paid = november.report.paid
    assert paid.bill.excess_eur == pytest.approx(sum(e.excess.eur for e in paid.events))
    assert all(METERED[0] <= delivery_day(e.excess.start) < METERED[1] for e in paid.events)
    assert {p.day: p.kw for p in paid.peaks}[METERED[0]] == max(metered().kw[:96])


def test_what_was_measured_and_what_is_there_is_counted(november: Replayed):
    told = table(november.report)
    assert told["bill", "quarter_hours_measured", ""] == str(3 * 96)
    assert told["bill", "quarter_hours", ""] == str(30 * 96)
    assert told["data", "prices_present", ""] == told["data", "prices_expected", ""] == "2880"
    assert (told["data", "days_present", ""], told["data", "days_expected", ""]) == ("30", "30")


def test_emission_is_energy_times_the_declared_factor_and_names_its_source(november: Replayed):
    told = table(november.report)
    kwh = float(told["bill", "kwh", ""])
    assert float(told["co2", "co2_kg", "made up for this test"]) == pytest.approx(kwh * 0.104)
    without = month_report(november.store, november.task, NOVEMBER, now=NOW)
    assert table(without)["co2", "co2_kg", ""] == ""


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_same_values_give_the_same_bytes(november: Replayed, language: str):
    again = month_report(
        november.store, november.task, NOVEMBER, now=NOW + timedelta(days=3),
        emission=november.report.emission,
    )  # fmt: skip
    words = WORDS[language]
    assert month_paper.month_pdf(again, words) == month_paper.month_pdf(november.report, words)
    assert month_files.month_csv(again, words) == month_files.month_csv(november.report, words)


def test_in_spanish_numbers_have_decimal_commas(november: Replayed):
    told = table(november.report, "es")
    english = table(november.report)
    assert told["bill", "total_eur", ""].replace(",", ".") == english["bill", "total_eur", ""]


def test_in_spanish_notes_and_reasons_are_spanish(
    november: Replayed, monkeypatch: pytest.MonkeyPatch
):
    report = replace(
        november.report,
        excess=None,
        no_excess="the meter was read by the hour, excess is measured by quarter-hours",
    )
    rows = list(table(report, "es"))
    written = month_files.month_csv(report, WORDS["es"]).decode()
    printed: list[str] = []
    monkeypatch.setattr(Paper, "paragraph", lambda _, text, **__: printed.append(text))
    month_paper.month_pdf(report, WORDS["es"])

    assert NOT_BILLED in month_files.month_csv(report, WORDS["en"]).decode()
    assert NOT_BILLED not in written
    assert "la energía reactiva no están en esta factura" in written
    assert ("excess", "habit_eur", WORDS["es"].note(report.no_excess)[0]) in rows
    assert [text for text in printed if text.startswith("· ")] == [
        f"· {WORDS['es'].note(note)[0]}" for note in month_tables.notes_of(report)
    ]


def test_a_month_under_way_ends_yesterday_and_one_to_come_is_refused(planned: Floor):
    report = month_report(planned.store, planned.task, date(2025, 11, 30), now=planned.now)
    assert (report.last, report.whole) == (date(2025, 11, 17), False)
    with pytest.raises(RequestInvalid, match="no day of 2025-12 is over"):
        month_report(planned.store, planned.task, date(2025, 12, 1), now=planned.now)


def test_without_meter_and_plan_nothing_was_paid_and_the_reason_is_told(floor: Floor):
    report = month_report(floor.store, floor.task, date(2025, 10, 1), now=floor.now)
    assert report.paid is None
    assert table(report)["bill", "total_eur", report.unpaid] == ""
    assert table(report)["savings", "saving_pct", WORDS["en"].text("month.no_days")] == ""
    assert b"%PDF" in month_paper.month_pdf(report, WORDS["es"])[:10]


def test_a_price_that_is_missing_is_named_and_no_bill_is_made(planned: Floor):
    planned.now = datetime(2025, 12, 1, 9, tzinfo=UTC)
    task = replace(planned.task, contract=PvpcContract(contracted_kw=(10.0, 10.0)))
    keep_terms(planned.store, task, at=TUESDAY)
    report = month_report(planned.store, task, NOVEMBER, now=planned.now)
    assert report.paid is None
    assert "missing delivery periods 2025-11-18T23:00Z" in report.unpaid


def by_the_hour(planned: Floor, task: pipeline.PlanTask) -> MonthReport:
    """The report where the meter told hours."""
    begin, end = local_midnight(date(2025, 11, 1)), local_midnight(date(2025, 11, 18))
    hours = np.random.default_rng(4).uniform(100, 190, round((end - begin) / timedelta(hours=1)))
    told = PowerCurve(begin, np.repeat(hours, 4), by_quarter=False)
    keep_curve(planned.store, told, now=planned.now)
    keep_terms(planned.store, task, at=TUESDAY)
    return month_report(planned.store, task, NOVEMBER, now=planned.now)


def test_a_meter_read_by_the_hour_says_nothing_of_excess(planned: Floor):
    report = by_the_hour(planned, replace(planned.task, contract=FIXED))
    assert (report.paid.bill.by_quarter, report.paid.events) == (False, ())
    assert "read by the hour" in report.no_excess
    assert any("read by the hour" in note for note in report.paid.bill.notes)


def test_quarter_hours_that_are_alike_are_still_quarter_hours(planned: Floor):
    """Nothing but an even base load: the meter tells four times the same in every hour."""
    begin = local_midnight(date(2025, 11, 1))
    even = PowerCurve(begin, np.full(16 * 96, 30.0))
    keep_curve(planned.store, even, now=planned.now)
    task = replace(planned.task, contract=FIXED)
    keep_terms(planned.store, task, at=TUESDAY)
    report = month_report(planned.store, task, NOVEMBER, now=planned.now)
    assert report.paid.bill.by_quarter
    assert table(report)["bill", "excess_eur", ""] != ""

    hours = PowerCurve(local_midnight(date(2025, 11, 17)), np.full(4, 30.0), by_quarter=False)
    keep_curve(planned.store, hours, now=planned.now)
    mixed = month_report(planned.store, task, NOVEMBER, now=planned.now)
    assert not mixed.paid.bill.by_quarter


def test_excess_that_is_not_known_is_no_zero_anywhere(
    planned: Floor, monkeypatch: pytest.MonkeyPatch
):
    task = replace(planned.task, contract=FIXED)
    report = by_the_hour(planned, task)
    told, document = table(report), month_files.month_json(report)
    seen = pipeline.snapshot(planned.store, as_of=planned.now, task=task, watched=(), weather=())
    power = panel_views.power(seen, report)
    money = panel_views.money(dict.fromkeys(("week", "month", "year"), report.account), report)
    rows = month_tables.paid_table(report.paid, EN).rows
    printed: list[str] = []
    monkeypatch.setattr(Paper, "paragraph", lambda _, text, **__: printed.append(text))
    month_paper.month_pdf(report, EN)

    assert {told["bill", "excess_eur", period] for period in ("", "P1", "P6")} == {""}
    assert (document["bill"]["excess_eur"], document["bill"]["excess"]) == (None, None)
    assert {row[4] for row in rows[:7]} == {"–"}
    assert rows[6][5] == EN.number(report.paid.bill.energy_eur + report.paid.bill.power_eur, 2)
    assert len(month_tables.paid_chart(report.paid, EN).bars) == 2
    assert next(iter(month_tables.tiles(report, EN))).label == "Paid, without excess and VAT"
    assert printed[0].startswith("Excess power is in none of these sums")
    assert money.paid.excess_eur is None
    assert {(one.excess_quarters, one.excess_eur) for one in power.periods} == {(None, None)}


def test_where_the_control_switch_cuts_excess_is_known_to_be_nothing(planned: Floor):
    small = FixedContract("small", Tariff.TD20, (0.2, 0.15, 0.1), contracted_kw=(14.0, 14.0))
    report = by_the_hour(planned, replace(planned.task, contract=small))
    assert not report.paid.bill.by_quarter
    assert table(report)["bill", "excess_eur", ""] == "0"
    assert month_tables.paid_table(report.paid, EN).rows[0][4] == "0.00"


class Seen(Paper):
    """Paper that keeps what it writes in each cell."""

    def __init__(self) -> None:
        super().__init__("", language="es", created=NOW, footer="")
        self.written: list[str] = []
        self.add_page()

    def cell(self, *given: Any, **more: Any) -> Any:
        self.written.append(given[2])
        return super().cell(*given, **more)


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_key_figure_is_cut_and_a_loss_is_said_to_be_one(november: Replayed, language: str):
    words = WORDS[language]
    known = november.report
    many = replace(known.account, saving_eur=123_456.78, saving_pct=112.3, weeks=12)
    lost = replace(many, saving_eur=-123_456.78, saving_pct=-112.3, captured_pct=-12.3)
    none = replace(lost, saving_pct=None, captured_pct=None, weeks=0)
    dear = replace(known.paid.bill, electricity_tax_eur=1_234_567.89, vat_eur=259_259.26)
    paid = replace(known.paid, bill=dear)
    unclear = replace(paid, bill=replace(dear, by_quarter=False))
    notes = []
    for account, bill in ((many, paid), (lost, unclear), (none, None)):
        paper = Seen()
        report = replace(known, account=account, paid=bill, excess=None)
        found = list(month_tables.tiles(report, words))
        paper.tiles(found)
        told = [plain(text) for one in found for text in (one.label, one.value, one.note)]
        assert paper.written == told
        notes.append(found[2].note)
    assert (
        notes
        == {
            "en": ["112.3\xa0% less than by habit", "112.3\xa0% more than by habit", ""],
            "es": ["112,3\xa0% menos de lo habitual", "112,3\xa0% más de lo habitual", ""],
        }[language]
    )


def test_a_saving_that_excess_power_took_is_told_beside_it(november: Replayed):
    ways = november.report.excess
    assert ways.actual_eur > 1
    lost = replace(november.report, excess=replace(ways, habit=()))
    same = replace(november.report, excess=replace(ways, habit=ways.actual))
    told, unchanged = (list(month_tables.tiles(one, EN))[2].note for one in (lost, same))
    left_eur = november.report.account.saving_eur - ways.actual_eur
    assert told == f"with excess power: {EN.money(left_eur)}"
    assert unchanged.endswith("than by habit")


def test_the_dashboard_s_bill_follows_what_is_reported_and_undone(planned: Floor):
    planned.learn(date(2025, 11, 19), date(2025, 11, 21), cheap=7)
    planned.now = datetime(2025, 11, 20, 10, tzinfo=UTC)
    task = replace(planned.task, contract=FIXED)
    current = month_so_far(SimpleNamespace(store=planned.store, task=task), lambda: planned.now)

    def total_eur() -> float:
        asked = month_report(planned.store, task, NOVEMBER, now=planned.now).paid.bill.total_eur
        assert current().paid.bill.total_eur == asked
        return asked

    before = total_eur()
    block = next(b for b in planned.held.in_force.plan.schedule.blocks if b.stage == "conching")
    told = conduct.report_started(
        planned.store, Report(block.batch, block.stage, block.start + timedelta(hours=6)),
        plant=planned.task.plant, now=planned.now, by="test",
    )  # fmt: skip
    assert total_eur() > before + 0.1
    planned.now += timedelta(minutes=1)
    planned.undo(told.event_id)
    assert total_eur() == before


def test_where_no_meter_told_pv_and_battery_are_paid_as_planned_and_counted(floor: Floor):
    """Tuesday goes as planned; before it no plan says what they did, and Monday was metered."""
    plant = replace(
        floor.task.plant,
        battery=Battery(kwh=60.0, kw=20.0, efficiency=0.9, start_kwh=0.0),
        pv=Photovoltaics(20.0, None, (0.0,) * 8 + (12.0,) * 9 + (0.0,) * 7),
    )
    floor.task = replace(floor.task, contract=FIXED, plant=plant)
    floor.replan()
    plan = floor.held.in_force.plan
    monday, tuesday, wednesday = (local_midnight(date(2025, 11, day)) for day in (17, 18, 19))
    keep_curve(floor.store, PowerCurve(monday, np.full(96, 30.0)), now=tuesday)
    floor.now = wednesday + timedelta(hours=9)
    report = month_report(floor.store, floor.task, NOVEMBER, now=floor.now)

    bought = plan_curve(plan, plant, start=tuesday, end=wednesday).kw
    alone = power_curve(plan.schedule.blocks, plant, start=tuesday, end=wednesday).kw
    before = power_curve((), plant, start=local_midnight(NOVEMBER), end=monday).kw
    assert bought.sum() < alone.sum() - 4 * 50.0
    kwh = (before.sum() + 96 * 30.0 + bought.sum()) / 4
    assert report.paid.bill.kwh == pytest.approx(kwh)
    planned = np.count_nonzero(plan.schedule.site.bought_more_kw[:96])
    said = (
        f"PV and battery are as planned in {planned} quarter-hours that no meter told.",
        "PV and battery are left out of 1536 quarter-hours that no meter told and of which no plan "
        "says what they do: those are machines and base load.",
    )
    assert report.paid.bill.notes[-2:] == said
    assert {WORDS["es"].note(one)[1] for one in said} == {"es"}

    cloudy = replace(plant, pv=Photovoltaics(20.0, 0.85, None))  # no radiation is stored
    blind = month_report(
        floor.store, replace(floor.task, plant=cloudy), NOVEMBER, now=floor.now
    ).paid.bill
    assert blind.kwh == pytest.approx((before.sum() + 96 * 30.0 + alone.sum()) / 4)
    assert blind.notes[-1] == said[1].replace("1536", "1632")


def test_a_plan_made_before_there_were_panels_says_nothing_of_them(planned: Floor):
    tuesday, later = date(2025, 11, 18), NOON + timedelta(days=1)
    plant = replace(planned.task.plant, pv=Photovoltaics(60.0, None, (30.0,) * 24))
    bare, sunny = (
        site_month(planned.store, task, tuesday, tuesday, now=later)
        for task in (planned.task, replace(planned.task, plant=plant))
    )
    assert (bare.own_unknown, sunny.own_unknown) == (0, 96)


def with_sun(floor: Floor, *, surplus_eur_kwh: float) -> None:
    """Put the same plan in force with 100 kW of sun in the first quarter-hour of Tuesday's noon."""
    plan = floor.held.in_force.plan
    idle, sun_kw, fed_in_kw = np.zeros(1), np.full(1, 100.0), np.zeros(1)
    drawn = plan_curve(plan, floor.task.plant, start=NOON, end=NOON + QUARTER).kw
    if surplus_eur_kwh:
        fed_in_kw = sun_kw - drawn
    else:
        sun_kw = drawn
    start = np.array([to_datetime64(NOON)])
    site = SiteFlows(start, 900, idle, idle, sun_kw, fed_in_kw, idle, surplus_eur_kwh)
    other = replace(plan, schedule=replace(plan.schedule, site=site))
    plan_id = keep_plan(floor.store, other, made_at=floor.now)
    keep_note(floor.store, Accepted(plan_id, "test"), at=floor.now)


def test_the_habit_s_machines_take_what_was_fed_in_before_they_draw_from_the_grid(
    planned: Floor,
):
    """The habit would draw 250 kW where the sun gives more than the site draws."""
    planned.now = NOON + timedelta(days=3)
    plant = replace(planned.task.plant, pv=Photovoltaics(100.0, None, (100.0,) * 24))
    task, tuesday = replace(planned.task, contract=FIXED, plant=plant), date(2025, 11, 18)
    plan = planned.held.in_force.plan
    block = replace(plan.schedule.blocks[0], start=NOON, end=NOON + QUARTER, phases=((15, 250.0),))
    usual = [SimpleNamespace(day=tuesday, habit_blocks=(block,))]

    def habit() -> tuple[tuple[float, ...], str]:
        planned.now += timedelta(minutes=1)
        site = site_month(planned.store, task, tuesday, tuesday, now=planned.now)
        found, reason = excess_of(site, task, usual)
        return () if found is None else tuple(line.excess_kw for line in found.habit), reason

    with_sun(planned, surplus_eur_kwh=0.04)
    (went_kw,) = plan_curve(plan, plant, start=NOON, end=NOON + QUARTER).kw
    (base_kw,) = plant.base_kw(np.array([to_datetime64(NOON)]))
    assert base_kw < went_kw < 100.0
    assert habit()[0] == pytest.approx((base_kw + 250.0 - 100.0 - 150.0,))
    keep_curve(planned.store, PowerCurve(NOON, np.ones(1)), now=planned.now)
    assert habit()[0] == pytest.approx((1.0 + base_kw - went_kw + 250.0 - 150.0,))
    said = (
        "the excess power of habit and plan hangs on what was fed into the grid, which nothing "
        "tells in 1 quarter-hours"
    )
    keep_curve(planned.store, PowerCurve(NOON, np.zeros(1)), now=planned.now)
    assert habit() == ((), said)
    assert WORDS["es"].note(said)[1] == "es"


def test_a_plan_that_is_not_paid_for_surplus_does_not_tell_what_is_fed_in(planned: Floor):
    with_sun(planned, surplus_eur_kwh=0.0)
    plant = replace(planned.task.plant, pv=Photovoltaics(100.0, None, (100.0,) * 24))
    tuesday = date(2025, 11, 18)
    planned.now += timedelta(minutes=1)
    task = replace(planned.task, plant=plant)
    site = site_month(planned.store, task, tuesday, tuesday, now=planned.now)
    at = list(site.actual.start).index(to_datetime64(NOON))
    assert np.flatnonzero(np.isnan(site.fed_in_kw)).tolist() == [at]
    assert site.actual.kw[at] == 0.0


def test_powers_that_do_not_fit_the_tariff_are_told_in_place_of_a_bill(planned: Floor):
    keep_curve(planned.store, metered(), now=planned.now)
    report = month_report(planned.store, planned.task, NOVEMBER, now=planned.now)
    assert "2.0TD has 2 contracted powers, 6 are given" in report.unpaid


def test_forecasts_are_put_together_by_days_ahead(planned: Floor):
    day = date(2025, 11, 12)
    planned.store.save_scores(
        DayScore(
            planned.task.market, origin, origin, "ridge", day, planned.now, 24, mae, 0.0, 2 * mae,
            0.8, 0.9,
        )
        for lead, mae in ((1, 0.01), (3, 0.02), (5, 0.04))
        for origin in (local_midnight(day - timedelta(days=lead)),)
    )  # fmt: skip
    report = month_report(planned.store, planned.task, NOVEMBER, now=planned.now)
    told = dict(report.forecasts)
    assert told[1, 1].mae == pytest.approx(0.01)
    assert told[2, 7].mae == pytest.approx(0.03)
    assert told[8, 14] is None
    assert report.market != SPOT
