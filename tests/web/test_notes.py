"""Notes are made in English, stored so, and told again in Spanish."""

from __future__ import annotations

import string
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from web.conftest import reference_plant, snapshot_at

from chocolate_factory.conduct.site_month import SiteMonth, excess_of
from chocolate_factory.conduct.terms import KeptTerms, Terms
from chocolate_factory.errors import MissingData, SolverFailed
from chocolate_factory.insights.climatology import DailyValues, correlations
from chocolate_factory.market.billing import make_bill
from chocolate_factory.market.calendar import QUARTER, local_midnight, periods
from chocolate_factory.market.catalog import DAY, LINARES, PVPC, SITE_POWER, spec
from chocolate_factory.market.contract import NAMED_CONTRACTS, FixedContract, GivenPrices
from chocolate_factory.market.power_curve import PowerCurve
from chocolate_factory.market.regulated import carried_forward
from chocolate_factory.market.series import Series
from chocolate_factory.market.tariff import Tariff, power_warnings
from chocolate_factory.pipeline import PlanTask
from chocolate_factory.planning.ambient import ambient_notes
from chocolate_factory.planning.baseline import EXCEEDS
from chocolate_factory.planning.closing import LeftOut, habit_is_late
from chocolate_factory.planning.excess_so_far import excess_before
from chocolate_factory.planning.highs import Programme
from chocolate_factory.planning.make_plan import _battery_left, _exceeding
from chocolate_factory.planning.orders import parse_orders
from chocolate_factory.planning.plan import ExcessCharge
from chocolate_factory.planning.race import race
from chocolate_factory.planning.risk import Spread, Weighed, price_of_safety
from chocolate_factory.planning.search import NOT_PROVEN, TOO_SLOW
from chocolate_factory.web import notes
from chocolate_factory.web.note_texts import NOTE_MESSAGES
from chocolate_factory.web.wording import WORDS

ONE = np.ones(1)
ONE_COLUMN = Programme(
    ONE, 0 * ONE, ONE, ONE > 0, 0 * ONE, ONE, np.array([0, 1]), np.array([0]), ONE, None
)


def made_notes() -> list[str]:
    """Notes as the program makes them."""
    said = list(GivenPrices(spec(PVPC)).assumptions())
    for contract in NAMED_CONTRACTS.values():
        said += [*contract.assumptions(), *contract.warnings((120.0,) * 6)]
        said += contract.warnings((120.0, 110.5, 120.0, 120.0, 120.0, 120.0))
    said += power_warnings(Tariff.TD30, (12.5,) * 6)
    said += carried_forward(local_midnight(date(2027, 2, 1)))
    plan = snapshot_at().plan
    exceeds = replace(
        plan.schedule, excess=(ExcessCharge(1, date(2025, 11, 1), 0.0, 12.0, 3, 4.5),)
    )
    said += [
        *_exceeding(exceeds, plan.baseline),
        EXCEEDS,
        TOO_SLOW,
        NOT_PROVEN,
        habit_is_late(1),
        habit_is_late(2),
    ]
    for command in (("/nothing/here",), (sys.executable, "-c", "")):
        with pytest.raises(SolverFailed) as fault:
            race(ONE_COLUMN, seeds=(0,), time_limit_s=60.0, command=command)
        said.append(str(fault.value))
    own, safe = Spread(437.0, 450.0, 470.0), Spread(437.87, 449.0, 468.59)
    said.append(price_of_safety(Weighed(0.5, plan, own, replace(plan), safe)))
    said.append(price_of_safety(Weighed(0.5, plan, own, plan, own)))
    said += _battery_left(plan, 42.5, plan.start)
    return [
        *said,
        *plan.notes,
        *notes_of_bills(),
        *reasons_of_months(),
        *notes_of_the_ledger(),
        *reasons_of_climate(),
    ]


FIXED = FixedContract(
    "fixed", Tariff.TD30, (0.21, 0.18, 0.15, 0.13, 0.12, 0.11), exceed_up_to_kw=200.0
)
POWERS = (60.0,) * 6


def drawn(first: date, days: int, *, by_quarter: bool = True) -> PowerCurve:
    """A site that draws 100 kW all the time."""
    begin = local_midnight(first)
    count = round((local_midnight(first + days * DAY) - begin) / QUARTER)
    return PowerCurve(begin, np.full(count, 100.0), by_quarter=by_quarter)


def notes_of_bills() -> list[str]:
    """What bills say: read by the hour; of a part of a month, and of before 2025; excess so far."""
    said: list[str] = []
    for curve in (
        drawn(date(2025, 11, 1), 30, by_quarter=False),
        drawn(date(2025, 11, 3), 5),
        drawn(date(2024, 11, 1), 30),
    ):
        said += make_bill(
            FIXED, curve, None, start=curve.begin, end=curve.end, contracted_kw=POWERS
        ).notes
    november = local_midnight(date(2025, 11, 3))
    return [*said, *excess_before(november, reference_plant(), FIXED, never_read(), None)[1]]


def never_read() -> Series:
    none = np.array([], dtype="datetime64[s]")
    return Series(
        SITE_POWER, "kW", datetime(2025, 12, 1, tzinfo=UTC), none, np.array([], dtype=np.int64),
        np.array([]), none, np.array([], dtype=str), np.array([], dtype=str),
    )  # fmt: skip


def reasons_of_months() -> Iterator[str]:
    """Why the excess power of a month is not known."""
    plant = reference_plant()
    weekly = "weekly: {mon: {standard: 100}}\ndue: {default: 08:00 next day}\n"
    orders = parse_orders(weekly, name="orders", plant=plant)
    task = PlanTask(plant=plant, contract=FIXED, orders=orders)
    first, last = date(2025, 11, 1), date(2025, 11, 30)

    at = datetime(2025, 12, 10, tzinfo=UTC)
    without = [LeftOut(first + number * DAY, "no price", (), at) for number in range(30)]

    def why(curve: PowerCurve | None, task: PlanTask, left_out: Sequence[LeftOut] = ()) -> str:
        nothing = curve and np.zeros(curve.kw.size)
        site = curve and SiteMonth(
            first, last, curve, curve, curve, never_read(), (), nothing, 0, 0
        )
        return excess_of(site, task, (), left_out)[1]

    yield why(None, task)
    yield why(drawn(first, 30), task)
    yield why(drawn(first, 30), task, without)
    yield why(drawn(first, 30, by_quarter=False), task)
    other = replace(FIXED, contracted_kw=(10.0, 10.0))
    yield why(drawn(first, 30), replace(task, contract=other))


def notes_of_the_ledger() -> Iterator[str]:
    """Of days without account, and of which contract and plant are taken."""
    at = datetime(2025, 11, 17, 9, tzinfo=UTC)
    yield LeftOut(
        date(2025, 11, 3),
        str(MissingData("planning prices", (), hint="Import or ingest them.")),
        (),
        at,
    ).note
    plant = reference_plant()
    weekly = "weekly: {mon: {standard: 100}}\ndue: {default: 08:00 next day}\n"
    task = PlanTask(plant, FIXED, parse_orders(weekly, name="orders", plant=plant))
    first, last = date(2025, 11, 1), date(2025, 11, 30)
    yield KeptTerms((), task).note(first)
    kept = (Terms(at, plant, FIXED), Terms(at + DAY, plant, NAMED_CONTRACTS["pvpc"]))
    yield KeptTerms(kept, task).note(first)
    yield KeptTerms(kept, task).changed(first, last)


def reasons_of_climate() -> Iterator[str]:
    """Why nothing is said of a price and the weather: few days, and weather that stays the same."""
    day = np.arange(80).astype("datetime64[D]")
    place = np.full(day.size, LINARES)
    price = DailyValues("spot", "EUR/MWh", day, np.arange(80.0), place)
    still = DailyValues("temp_max", "degC", day, np.full(80, 4.0), place)
    for one in correlations(price, (still, still.where(day < day[9]))):
        yield one.reason


@pytest.mark.parametrize("text", sorted(set(made_notes())))
def test_what_the_program_says_is_known_again(text: str):
    note = notes.read(text)

    assert note is not None
    assert NOTE_MESSAGES[f"note.{note.code}"][0].format(**note.values) == text
    assert WORDS["en"].note(text) == (text, "en")
    assert WORDS["es"].note(text)[1] == "es"


@pytest.mark.parametrize("code", notes.FORMS)
def test_every_form_is_read_back_with_its_values(code: str):
    english = notes.FORMS[code][0]
    names = [name for _, name, _, _ in string.Formatter().parse(english) if name]
    values = {name: f"{place}.5" for place, name in enumerate(names, 1)}

    assert notes.read(english.format(**values)) == notes.Note(code.removeprefix("note."), values)


def test_days_and_decimals_are_written_in_spanish():
    said = WORDS["es"].note(
        "standard of Mon 17 Nov: 120.5 kg are made as 3 whole batches of 50 kg, 150 kg"
    )
    assert said == (
        "standard del lun 17 nov: 120,5 kg se hacen en 3 lotes enteros de 50 kg, 150 kg", "es",
    )  # fmt: skip


def test_a_tariff_keeps_its_name_in_spanish():
    said = WORDS["es"].note("3.0TD has 6 contracted powers, 2 are given")
    assert said == ("3.0TD tiene 6 potencias contratadas y se indican 2", "es")


def test_what_has_no_known_form_stays_in_english():
    assert WORDS["es"].note("the solver stumbled") == ("the solver stumbled", "en")


def test_a_plant_with_limits_and_no_weather_says_so_in_a_known_form():
    plant = reference_plant()
    limited = [stage for stage in plant.stages if stage.ambient is not None]
    slots = periods(local_midnight(date(2026, 7, 1)), local_midnight(date(2026, 7, 2)), plant.slot)
    said = ambient_notes(plant, None, slots)

    assert len(said) == bool(limited)
    assert [note for note in said if notes.read(note) is None] == []


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("1,234.5", "1.234,5"),
        ("4.5 €/MWh", "4,5 €/MWh"),
        ("12.5%", "12,5 %"),
        ("P1 110.5, P2 1,120", "P1 110,5, P2 1.120"),
        ("contract-v2.1.yaml", "contract-v2.1.yaml"),
        ("lightgbm 4.5.0", "lightgbm 4.5.0"),
        ("4.5.0", "4.5.0"),
        ("dark 70.5 of Mon 17 Nov", "dark 70.5 del lun 17 nov"),
        ("3.0TD", "3.0TD"),
    ],
)
def test_decimals_are_those_of_numbers_and_names_stay_as_they_are(
    monkeypatch: pytest.MonkeyPatch, value: str, said: str
):
    forms = {"note.made": ("made with {value}", "hecho con {value}")}
    monkeypatch.setattr(notes, "FORMS", forms)
    notes._patterns.cache_clear()
    try:
        assert notes.in_spanish(f"made with {value}") == f"hecho con {said}"
    finally:
        notes._patterns.cache_clear()
