"""The electricity bill against one worked out by hand from published figures."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from chocolate_factory.errors import ContractInvalid, MissingData, RequestInvalid
from chocolate_factory.market.billing import make_bill
from chocolate_factory.market.calendar import QUARTER, local_midnight
from chocolate_factory.market.catalog import SPOT, spec
from chocolate_factory.market.contract import (
    FixedContract,
    GivenPrices,
    contract_named,
    price_eur_kwh,
)
from chocolate_factory.market.power_curve import PowerCurve
from chocolate_factory.market.series import Series
from chocolate_factory.market.tariff import Tariff

MADRID = ZoneInfo("Europe/Madrid")
FIXED = FixedContract("fixed", Tariff.TD30, (0.21, 0.18, 0.15, 0.13, 0.12, 0.11))
POWERS = (60.0, 60.0, 70.0, 70.0, 70.0, 90.0)


def curve(first: date, end: date, kw=None, seed=1):
    start = local_midnight(first)
    count = round((local_midnight(end) - start) / QUARTER)
    drawn = np.random.default_rng(seed).uniform(5, 110, count) if kw is None else np.full(count, kw)
    return PowerCurve(start, np.asarray(drawn))


def billed(contract, used, *, market=None, powers=POWERS, start=None, end=None):
    return make_bill(
        contract,
        used,
        market,
        start=start or used.begin,
        end=end or used.end,
        contracted_kw=powers,
    )


def spot(first: date, end: date, eur_mwh, resolution=QUARTER):
    count = round((local_midnight(end) - local_midnight(first)) / resolution)
    start = np.datetime64(local_midnight(first).replace(tzinfo=None), "s") + np.arange(
        count
    ) * np.timedelta64(resolution)
    return Series(
        SPOT,
        "EUR/MWh",
        datetime(2027, 1, 1, tzinfo=UTC),
        start.astype("datetime64[s]"),
        np.full(count, int(resolution.total_seconds())),
        np.broadcast_to(np.asarray(eur_mwh, dtype=float), (count,)).copy(),
        start.astype("datetime64[s]"),
        np.full(count, "omie"),
        np.full(count, "published"),
    )


def period_by_hand(wall: datetime) -> int:
    """The 3.0TD period of March, October and November by the printed table."""
    holiday = (wall.month, wall.day) in {(10, 12), (11, 1)}
    if wall.weekday() >= 5 or holiday or wall.hour < 8:
        return 6
    dear = 9 <= wall.hour < 14 or 18 <= wall.hour < 22
    return {3: (2, 3), 11: (2, 3), 10: (4, 5)}[wall.month][0 if dear else 1]


@pytest.mark.parametrize(
    ("first", "end", "quarters"),
    [
        (date(2025, 3, 1), date(2025, 4, 1), 31 * 96 - 4),
        (date(2025, 10, 1), date(2025, 11, 1), 31 * 96 + 4),
    ],
)
def test_a_month_with_a_clock_change_agrees_to_the_cent_with_a_hand_made_bill(first, end, quarters):
    used = curve(first, end)
    assert used.kw.size == quarters
    price = dict(enumerate(map(Decimal, ("0.21", "0.18", "0.15", "0.13", "0.12", "0.11")), 1))
    power = [
        Decimal(p)
        for p in ("19.658495", "10.251651", "4.262536", "3.681551", "2.328167", "1.356394")
    ]
    rate = [
        Decimal(p) for p in ("3.361213", "1.776546", "0.563477", "0.430844", "0.12188", "0.12188")
    ]
    energy, squares = Decimal(0), defaultdict(Decimal)
    at = datetime(first.year, first.month, first.day, tzinfo=MADRID).astimezone(UTC)
    for kw in used.kw.tolist():
        number = period_by_hand(at.astimezone(MADRID))
        energy += Decimal(kw) / 4 * price[number]
        over = Decimal(kw) - Decimal(POWERS[number - 1])
        squares[number] += max(over, Decimal(0)) ** 2
        at += timedelta(minutes=15)
    term = sum(Decimal(kw) * p * 31 / 365 for kw, p in zip(POWERS, power, strict=True))
    excess = sum(rate[n - 1] * s.sqrt() for n, s in squares.items())
    tax = (energy + term + excess) * Decimal("0.0511269632")
    total = energy + term + excess + tax

    bill = billed(FIXED, used)

    for ours, theirs in (
        (bill.energy_eur, energy),
        (bill.power_eur, term),
        (bill.excess_eur, excess),
        (bill.electricity_tax_eur, tax),
        (bill.total_eur, total),
        (bill.vat_eur, total * Decimal("0.21")),
        (bill.total_with_vat_eur, total * Decimal("1.21")),
    ):
        assert ours == pytest.approx(float(theirs), abs=0.005)


def test_the_energy_of_an_indexed_bill_is_the_contract_price_of_each_quarter_hour_untaxed():
    first, end = date(2025, 11, 3), date(2025, 11, 5)
    used = curve(first, end)
    prices = np.random.default_rng(3).uniform(-5, 150, used.kw.size)
    contract = contract_named("indexed-3.0td")
    bill = billed(contract, used, market=spot(first, end, prices), powers=(150.0,) * 6)
    taxed = float(price_eur_kwh(contract, used.start, prices, of=SPOT) @ used.kwh)
    assert bill.energy_eur * 1.0511269632 == pytest.approx(taxed)
    assert {"day_ahead", "losses", "municipal_tax", "tolls_and_charges"} <= set(
        bill.energy[0].parts_eur
    )


def test_an_hourly_price_holds_in_its_four_quarter_hours():
    first, end = date(2025, 6, 2), date(2025, 6, 3)
    used = curve(first, end)
    hourly = spot(first, end, np.arange(24.0), timedelta(hours=1))
    by_quarter = spot(first, end, np.repeat(np.arange(24.0), 4))
    contract = contract_named("indexed-3.0td")
    assert (
        billed(contract, used, market=hourly).total_eur
        == billed(contract, used, market=by_quarter).total_eur
    )


def test_the_bills_of_two_halves_of_a_year_change_add_up_but_for_the_excess_of_split_months():
    used = curve(date(2024, 12, 1), date(2025, 2, 1), kw=50.0)
    new_year = local_midnight(date(2025, 1, 1))
    both = billed(FIXED, used)
    parts = billed(FIXED, used, end=new_year), billed(FIXED, used, start=new_year)
    assert both.total_eur == pytest.approx(sum(part.total_eur for part in parts))
    assert {(line.year, line.days) for line in both.power} == {(2024, 31), (2025, 31)}


def test_a_leap_year_has_the_same_power_term_as_any_other_year():
    year = billed(FIXED, curve(date(2024, 1, 1), date(2025, 1, 1), kw=1.0))
    assert year.power_eur == pytest.approx(
        60 * (15.713047 + 9.547036) + 70 * (4.658211 + 4.142560 + 2.285209) + 90 * 1.553638
    )


def test_the_electricity_tax_follows_its_rate_within_a_month_and_has_a_floor():
    used = curve(date(2026, 3, 1), date(2026, 4, 1), kw=40.0)
    bill = billed(FIXED, used)
    before = billed(FIXED, used, end=local_midnight(date(2026, 3, 22)))
    after = billed(FIXED, used, start=local_midnight(date(2026, 3, 22)))
    assert bill.electricity_tax_eur == pytest.approx(
        before.electricity_tax_eur + after.electricity_tax_eur
    )
    free = FixedContract("free", Tariff.TD30, (0.0,) * 6)
    cheap = make_bill(
        free,
        curve(date(2026, 4, 1), date(2026, 5, 1), kw=40.0),
        None,
        start=local_midnight(date(2026, 4, 1)),
        end=local_midnight(date(2026, 5, 1)),
        contracted_kw=(40.0,) * 6,
    )
    assert cheap.electricity_tax_eur == pytest.approx(0.5 * 40 * 24 * 30 / 1000)


def test_a_small_supply_pays_the_lower_vat_while_it_held():
    contract = FixedContract("home", Tariff.TD20, (0.2, 0.15, 0.1), None)
    bill = make_bill(
        contract,
        curve(date(2024, 2, 1), date(2024, 3, 1), kw=1.0),
        None,
        start=local_midnight(date(2024, 2, 1)),
        end=local_midnight(date(2024, 3, 1)),
        contracted_kw=(5.0, 5.0),
    )
    assert bill.vat_eur == pytest.approx(0.10 * bill.total_eur)
    assert bill.excess == ()


def test_a_curve_read_by_the_hour_has_no_excess_and_a_note_says_so():
    used = curve(date(2025, 1, 7), date(2025, 1, 8), kw=100.0)
    hourly = billed(FIXED, PowerCurve(used.begin, used.kw, by_quarter=False))
    assert hourly.excess == ()
    assert any("read by the hour" in note for note in hourly.notes)
    assert billed(FIXED, used).excess != ()


def test_power_or_price_that_is_not_known_is_named_and_never_made_up():
    used = curve(date(2025, 6, 2), date(2025, 6, 4))
    holed = PowerCurve(used.begin, np.where(np.arange(used.kw.size) == 5, np.nan, used.kw))
    with pytest.raises(MissingData, match="power curve"):
        billed(FIXED, holed)
    with pytest.raises(MissingData, match="spot"):
        billed(
            contract_named("indexed-3.0td"),
            used,
            market=spot(date(2025, 6, 2), date(2025, 6, 3), 9),
        )
    with pytest.raises(MissingData, match="power term"):
        billed(FIXED, curve(date(2022, 6, 1), date(2022, 6, 2)))


def test_powers_that_do_not_fit_the_tariff_and_final_prices_are_refused():
    used = curve(date(2025, 6, 2), date(2025, 6, 3))
    with pytest.raises(ContractInvalid, match="6 contracted powers, 2 are given"):
        billed(FIXED, used, powers=(50.0, 50.0))
    with pytest.raises(RequestInvalid, match="taxes already"):
        billed(
            GivenPrices(spec(SPOT)), used, market=Series(
                GivenPrices(spec(SPOT)).market, "EUR/MWh", *(
                    getattr(spot(date(2025, 6, 2), date(2025, 6, 3), 9), name)
                    for name in ("as_of", "start", "resolution_s", "value", "available_at",
                                 "source", "kind")
                )
            )
        )  # fmt: skip
