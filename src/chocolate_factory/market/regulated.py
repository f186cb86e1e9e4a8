"""What the State sets for a consumer on the peninsula: dated tables of every regulated term.

Facts only; ``market.tariff`` answers questions about them. Each table names its source. All days
are Madrid delivery days. The terms of a year are set by a CNMC resolution (tolls) and a TED order
(charges) published in the BOE in the December before; until the tables here are extended, the
newest terms go on, and ``carried_forward`` says so.

The toll, capacity, loss, fee and power figures were read in the public workbook of regulated
components of github.com/PowerAvenger/epowerapp (sheet PYC_E; ``backend_opt2.py`` for power). Its
rows of 2022-03-31 overlap 2023 by mistake; here they end with 2022.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.market.dated import DatedTable

PERIODS_SINCE = date(2021, 6, 1)
"""First day of 2.0TD, 3.0TD and 6.1TD and of their periods (CNMC Circular 3/2020)."""

KNOWN_UNTIL = date(2026, 12, 31)
"""Last day for which the terms below are known. Extend every table before moving it."""

Row = tuple[date, tuple[float, ...]]


def carried_forward(end: datetime) -> tuple[str, ...]:
    """What to tell a reader of prices up to ``end`` if they reach beyond the tables, in words."""
    last = delivery_day(end - timedelta(seconds=1))
    if last <= KNOWN_UNTIL:
        return ()
    return (
        f"Tolls, charges and taxes are known to {KNOWN_UNTIL}; later days are priced with those of "
        "that day until market/regulated.py is extended.",
    )


EXCESS_BEFORE_2025_EUR_KW = 1.4064
"""Price of excess power before it had one for each tariff (CNMC Circular 3/2020)."""

UNDATED_EXCESS_RATES_UNTIL = date(2024, 12, 31)
"""Last day of the excess rates whose source does not say from when they held: a bill says so."""


def _kp_rates(*kp: float) -> tuple[float, ...]:
    return tuple(EXCESS_BEFORE_2025_EUR_KW * each for each in kp)


def _table(name: str, *rows: Row) -> DatedTable:
    remedy = f"Add the row of '{name}' to market/regulated.py from the BOE; none is guessed."
    return DatedTable(name, rows, remedy)


# Tolls and charges of the energy term together [EUR/kWh]. 2.0TD up to 2025-10 agrees with the
# hourly values ESIOS publishes; 2024 and 2025 also with respiraenergia.com. Changes within a year:
# Royal Decree-law 17/2021 from 2021-09-16, 6/2022 from 2022-03-31 (both cut the charges). 2025
# charges: Order TED/1487/2024. 2026: CNMC resolution of 2025-12-18 (BOE-A-2025-26348) and Order
# TED/1524/2025 (BOE-A-2025-26705).
TOLLS_AND_CHARGES_EUR_KWH = {
    "2.0TD": _table(
        "tolls and charges 2.0TD",
        (date(2021, 6, 1), (0.133118, 0.041772, 0.006001)),
        (date(2021, 9, 16), (0.031511, 0.021451, 0.000921)),
        (date(2022, 1, 1), (0.100756, 0.033740, 0.004351)),
        (date(2022, 3, 31), (0.074409, 0.028470, 0.003034)),
        (date(2023, 1, 1), (0.072991, 0.028573, 0.003175)),
        (date(2024, 1, 1), (0.076974, 0.027963, 0.002752)),
        (date(2025, 1, 1), (0.092539, 0.028201, 0.002994)),
        (date(2026, 1, 1), (0.097553, 0.029267, 0.003292)),
    ),
    "3.0TD": _table(
        "tolls and charges 3.0TD",
        (date(2021, 6, 1), (0.077436, 0.059310, 0.032102, 0.017413, 0.007897, 0.005056)),
        (date(2021, 9, 16), (0.020793, 0.017370, 0.009445, 0.006085, 0.000635, 0.000524)),
        (date(2022, 1, 1), (0.058430, 0.044686, 0.024226, 0.013497, 0.005536, 0.003575)),
        (date(2022, 3, 31), (0.043742, 0.033811, 0.018351, 0.010559, 0.003653, 0.002400)),
        (date(2023, 1, 1), (0.043935, 0.033803, 0.016170, 0.009539, 0.003549, 0.002370)),
        (date(2024, 1, 1), (0.048443, 0.030938, 0.017361, 0.010389, 0.003561, 0.002192)),
        (date(2025, 1, 1), (0.061031, 0.036409, 0.017674, 0.009183, 0.004286, 0.002631)),
        (date(2026, 1, 1), (0.063352, 0.038914, 0.019279, 0.009795, 0.004706, 0.002898)),
    ),
    "6.1TD": _table(
        "tolls and charges 6.1TD",
        (date(2021, 6, 1), (0.050891, 0.039222, 0.021931, 0.012193, 0.004437, 0.002892)),
        (date(2021, 9, 16), (0.020091, 0.016407, 0.009611, 0.006033, 0.000489, 0.000428)),
        (date(2022, 1, 1), (0.039483, 0.030631, 0.016972, 0.009852, 0.003151, 0.002085)),
        (date(2022, 3, 31), (0.031496, 0.024715, 0.013777, 0.008254, 0.002127, 0.001446)),
        (date(2023, 1, 1), (0.031341, 0.024210, 0.011287, 0.007054, 0.002068, 0.001426)),
        (date(2024, 1, 1), (0.035204, 0.021531, 0.012716, 0.008037, 0.002112, 0.001276)),
        (date(2025, 1, 1), (0.044778, 0.024986, 0.011795, 0.006274, 0.002388, 0.001443)),
        (date(2026, 1, 1), (0.046274, 0.026717, 0.012928, 0.006678, 0.002619, 0.001588)),
    ),
}

# Capacity payments [EUR/kWh], on energy at the busbar.
CAPACITY_PAYMENT_EUR_KWH = {
    "2.0TD": _table(
        "capacity payment 2.0TD",
        (date(2021, 6, 1), (0.001780, 0.000297, 0.000000)),
        (date(2022, 1, 1), (0.001444, 0.000241, 0.000000)),
        (date(2023, 1, 1), (0.001068, 0.000178, 0.000000)),
        (date(2024, 2, 15), (0.000926, 0.000154, 0.000000)),
        (date(2025, 1, 1), (0.000844, 0.000140, 0.000000)),
        (date(2026, 1, 1), (0.000800, 0.000133, 0.000000)),
    ),
    "3.0TD": _table(
        "capacity payment 3.0TD",
        (date(2021, 6, 1), (0.002406, 0.001111, 0.000740, 0.000555, 0.000555, 0.000000)),
        (date(2022, 1, 1), (0.001952, 0.000902, 0.000601, 0.000450, 0.000450, 0.000000)),
        (date(2023, 1, 1), (0.001443, 0.000667, 0.000444, 0.000333, 0.000333, 0.000000)),
        (date(2024, 2, 15), (0.001251, 0.000578, 0.000385, 0.000289, 0.000289, 0.000000)),
        (date(2025, 1, 1), (0.001141, 0.000527, 0.000351, 0.000264, 0.000264, 0.000000)),
        (date(2026, 1, 1), (0.001082, 0.000500, 0.000333, 0.000250, 0.000250, 0.000000)),
    ),
    "6.1TD": _table(
        "capacity payment 6.1TD",
        (date(2021, 6, 1), (0.001031, 0.000476, 0.000317, 0.000238, 0.000238, 0.000000)),
        (date(2022, 1, 1), (0.000837, 0.000386, 0.000257, 0.000193, 0.000193, 0.000000)),
        (date(2023, 1, 1), (0.000619, 0.000285, 0.000190, 0.000143, 0.000143, 0.000000)),
        (date(2024, 2, 15), (0.000537, 0.000247, 0.000165, 0.000124, 0.000124, 0.000000)),
        (date(2025, 1, 1), (0.000490, 0.000225, 0.000150, 0.000113, 0.000113, 0.000000)),
        (date(2026, 1, 1), (0.000465, 0.000213, 0.000142, 0.000107, 0.000107, 0.000000)),
    ),
}

# Standard loss coefficients [fraction of the metered energy]. REE corrects them hourly afterwards.
LOSS_COEFFICIENT = {
    "2.0TD": _table(
        "standard loss coefficient 2.0TD",
        (date(2021, 6, 1), (0.167, 0.163, 0.180)),
    ),
    "3.0TD": _table(
        "standard loss coefficient 3.0TD",
        (date(2021, 6, 1), (0.166, 0.175, 0.165, 0.165, 0.138, 0.180)),
    ),
    "6.1TD": _table(
        "standard loss coefficient 6.1TD",
        (date(2021, 6, 1), (0.067, 0.068, 0.065, 0.065, 0.043, 0.077)),
    ),
}

# Power term, tolls and charges together [EUR per contracted kW and year], one per power period.
# 2024 and 2025 agree with respiraenergia.com, 2025 with somenergia.coop.
POWER_TERM_EUR_KW_YEAR = {
    "2.0TD": _table(
        "power term 2.0TD",
        (date(2023, 1, 1), (25.383055, 1.342713)),
        (date(2024, 1, 1), (25.391661, 0.968852)),
        (date(2025, 1, 1), (26.930550, 0.697588)),
        (date(2026, 1, 1), (27.704413, 0.725423)),
    ),
    "3.0TD": _table(
        "power term 3.0TD",
        (date(2023, 1, 1), (13.982509, 11.899074, 4.002045, 3.653973, 2.732707, 2.001136)),
        (date(2024, 1, 1), (15.713047, 9.547036, 4.658211, 4.142560, 2.285209, 1.553638)),
        (date(2025, 1, 1), (19.658495, 10.251651, 4.262536, 3.681551, 2.328167, 1.356394)),
        (date(2026, 1, 1), (20.376927, 10.617621, 4.481534, 3.886333, 2.513851, 1.442287)),
    ),
    "6.1TD": _table(
        "power term 6.1TD",
        (date(2023, 1, 1), (22.965215, 19.841178, 10.327582, 8.560662, 1.908583, 1.148958)),
        (date(2024, 1, 1), (24.414407, 14.692911, 11.328635, 9.250764, 1.727525, 0.967900)),
        (date(2025, 1, 1), (28.791866, 15.077643, 6.559170, 5.172085, 1.932805, 0.916088)),
        (date(2026, 1, 1), (29.595368, 15.514709, 6.801881, 5.393829, 2.125113, 1.004181)),
    ),
}

# Excess power by quarter-hours, meters of types 1 to 3 [EUR/kW: on the root of a month's sum of
# squares], one per power period. 2025 and 2026: ``backend_opt2.py`` of epowerapp and
# ``excesos_pot.py`` of github.com/marcosbonilla09/Optimizador-BESS; P5 and P6 of 2025 are the
# latter's, because the former repeats those of 6.2TD there. Before 2025: Kp · 1.4064, with the Kp
# of support.somenergia.coop, article 1094, a page without a date
# (``UNDATED_EXCESS_RATES_UNTIL``).
EXCESS_RATE_EUR_KW = {
    "3.0TD": _table(
        "rates of excess power 3.0TD",
        (PERIODS_SINCE, _kp_rates(1.0, 0.873773, 0.352340, 0.267883, 0.107572, 0.107572)),
        (date(2025, 1, 1), (3.361213, 1.776546, 0.563477, 0.430844, 0.121880, 0.121880)),
        (date(2026, 1, 1), (3.325715, 1.757877, 0.557353, 0.424794, 0.119179, 0.119179)),
    ),
    "6.1TD": _table(
        "rates of excess power 6.1TD",
        (PERIODS_SINCE, _kp_rates(1.0, 1.0, 0.542746, 0.410260, 0.026371, 0.026371)),
        (date(2025, 1, 1), (3.332942, 1.762138, 0.661311, 0.465989, 0.009852, 0.008771)),
        (date(2026, 1, 1), (3.431797, 1.818277, 0.680379, 0.478581, 0.010172, 0.008984)),
    ),
}

# Excess power by the highest reading, meters of types 4 and 5 [EUR per kW above the contracted
# power and day]. 2025 and 2026: as above. Before 2025 the price was 1.4064 EUR/kW and month of
# thirty days, the same in every period, on twice the excess (article 1092 there). Since 2025 the
# price holds the factor of two and Kp (CNMC Circular 1/2025, as told by
# elperiodicodelaenergia.com).
EXCESS_RATE_EUR_KW_DAY = {
    "3.0TD": _table(
        "daily rates of excess power 3.0TD",
        (PERIODS_SINCE, (EXCESS_BEFORE_2025_EUR_KW * 2 / 30,) * 6),
        (date(2025, 1, 1), (0.168944, 0.089294, 0.028322, 0.021656, 0.006126, 0.006126)),
        (date(2026, 1, 1), (0.171373, 0.090584, 0.028721, 0.021891, 0.006142, 0.006142)),
    ),
    "6.1TD": _table(
        "daily rates of excess power 6.1TD",
        (PERIODS_SINCE, (EXCESS_BEFORE_2025_EUR_KW * 2 / 30,) * 6),
        (date(2025, 1, 1), (0.272540, 0.144093, 0.054076, 0.038105, 0.000806, 0.000717)),
        (date(2026, 1, 1), (0.275735, 0.146094, 0.054668, 0.038455, 0.000817, 0.000722)),
    ),
}

# Fees of the market operator (OMIE) and the system operator (REE) together [EUR/kWh].
OPERATOR_FEES_EUR_KWH = _table(
    "market and system operator fees",
    (date(2021, 6, 1), (0.00017086,)),
    (date(2022, 1, 1), (0.00016686,)),
    (date(2023, 1, 1), (0.00019673,)),
    (date(2024, 2, 15), (0.00021594,)),
    (date(2025, 1, 1), (0.00020949,)),
    (date(2026, 1, 1), (0.00024402,)),
)

# National energy-efficiency fund (FNEE) [EUR/kWh], as passed on by suppliers. Read in
# ``regulacion_fnee.py`` of the same repository; what held before 2023 was not found.
EFFICIENCY_FUND_EUR_KWH = _table(
    "energy-efficiency fund (FNEE)",
    (date(2023, 1, 1), (0.000264,)),
    (date(2023, 3, 31), (0.000498,)),
    (date(2024, 3, 24), (0.000975,)),
    (date(2025, 3, 5), (0.001429,)),
    (date(2026, 3, 1), (0.002658,)),
)

# Special tax on electricity (IEE) [fraction], from ``regulacion_iee.py`` of the same repository,
# enova-enerxia.com and iberley.es: cut by Royal Decree-law 17/2021 from 2021-09-16, restored in
# steps during 2024, cut again by Royal Decree-law 7/2026 from 2026-03-22 to 2026-05-31.
ELECTRICITY_TAX = _table(
    "electricity tax (IEE)",
    (date(2015, 1, 1), (0.0511269632,)),
    (date(2021, 9, 16), (0.005,)),
    (date(2024, 1, 1), (0.025,)),
    (date(2024, 4, 1), (0.038,)),
    (date(2024, 7, 1), (0.0511269632,)),
    (date(2026, 3, 22), (0.005,)),
    (date(2026, 6, 1), (0.0511269632,)),
)

MUNICIPAL_TAX = 0.015
"""Levy on the use of public ground, on every part of the energy price but tolls and charges."""

# Floor of the electricity tax [EUR/MWh]: industrial uses, and all others.
ELECTRICITY_TAX_FLOOR_EUR_MWH = {"industrial": 0.5, "other": 1.0}

# VAT [fraction]. The lower rate of supplies up to 10 kW: ``regulacion_iva.py`` of the same
# repository and sistemaelectrico-ree.es (PVPC 2024); in 2024 it was suspended after a month whose
# mean price was below 45 EUR/MWh.
VAT = 0.21
VAT_SMALL_SUPPLY_KW = 10.0
VAT_SMALL_SUPPLY = _table(
    "VAT of supplies up to 10 kW",
    (date(2022, 7, 1), (0.05,)),
    (date(2024, 1, 1), (0.10,)),
    (date(2024, 3, 1), (0.21,)),
    (date(2024, 7, 1), (0.10,)),
    (date(2025, 1, 1), (0.21,)),
    (date(2026, 3, 22), (0.10,)),
    (date(2026, 6, 1), (0.21,)),
)
