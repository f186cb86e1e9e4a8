"""Texts in two languages, and numbers and times as each writes them."""

from __future__ import annotations

import re
import string
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from babel.numbers import format_decimal

import chocolate_factory.web
from chocolate_factory.forecasting.monitor import Amiss, State, Unjudged
from chocolate_factory.insights.advice.answer import LimitKind
from chocolate_factory.insights.alerts import AlertKind, Basis, Gravity
from chocolate_factory.insights.heatmap import Level
from chocolate_factory.market.calendar import MADRID
from chocolate_factory.market.gaps import Severity
from chocolate_factory.market.series import Kind
from chocolate_factory.schedule import TABLE
from chocolate_factory.store.base import Outcome
from chocolate_factory.web.alert_texts import ALERT_MESSAGES
from chocolate_factory.web.document_texts import DOCUMENT_MESSAGES
from chocolate_factory.web.fleet_texts import FLEET_MESSAGES
from chocolate_factory.web.note_texts import NOTE_MESSAGES
from chocolate_factory.web.notes import FORMS
from chocolate_factory.web.panel_texts import PANEL_MESSAGES
from chocolate_factory.web.problems import MEANINGS, OTHERS
from chocolate_factory.web.refusal_texts import REFUSAL_MESSAGES
from chocolate_factory.web.report_texts import REPORT_MESSAGES
from chocolate_factory.web.run_texts import RUN_MESSAGES
from chocolate_factory.web.texts import LANGUAGES, MESSAGES, PAGE_MESSAGES, Language
from chocolate_factory.web.wording import WORDS

EN, ES = WORDS["en"], WORDS["es"]
WEB = Path(chocolate_factory.web.__file__).parent
FAMILIES = {  # keys put together at run time: prefix → endings
    "kind": {kind.value for kind in Kind},
    "level": set(get_args(Level)),
    "state": {"ok", "late", "empty"},
    "run": {state.value for state in Outcome if state.failed},
    "finding": {amiss.value for amiss in Amiss},
    "verdict": {state.value for state in State},
    "unjudged": {why.value for why in Unjudged},
    "advice": {
        *("optimal", "moderate", "reduced", "halt", "run", "either", "wait"),
        *("judged_inside", "judged_outside", "judged_unknown"),
    },
    "about": {"price", "coming", "period", "calendar", "shift", "weather"},
    "limit": set(get_args(LimitKind)),
    "urgency": {
        *("high", "medium", "low", "limit"),
        *("hold_high", "hold_medium", "hold_low"),
    },
    "severity": {severity.value for severity in Severity},
    "lead": {"1_1", "2_7", "8_14"},
    "complete": {"prices", "meter", "days", "reported", "measured"},
    "cell": {"published", "forecast", "unknown"},
    "month": {
        *("all", "batches", "contracted", "day", "energy_eur", "excess_eur", "highest", "kwh"),
        *("machines", "no_vat", "part", "period", "power_eur", "saving_eur", "share", "should"),
        *(
            "consumption_eur",
            "habit_eur",
            "paid_eur",
            "sum_eur",
            "tax",
            "there",
            "vat",
            "what",
            "when",
        ),
    },
    "part": {
        *("adjustment_services", "agreed_price", "capacity_payment", "day_ahead", "losses"),
        *("efficiency_fund", "margin", "municipal_tax", "operator_fees", "pvpc"),
        *("electricity_tax", "given", "tolls_and_charges"),
    },
    "note": {key.removeprefix("note.") for key in FORMS},
    "template": {"chocolate", "bakery", "cold_store"},
    "setup": {
        *("contract", "power", "plant", "orders", "notifications"),
        *("kind_indexed", "kind_fixed", "kind_pvpc"),
    },
    "money": {"week", "month", "year"},
    "group": {"energy", "regulated", "taxes"},
    "sheet": {
        *("at", "batch", "begun", "item", "machine", "problem", "stage", "unit", "until"),
        "value",
    },
    "alert": {kind.value for kind in AlertKind},
    "gravity": {gravity.value for gravity in Gravity},
    "basis": {basis.value for basis in Basis},
    "why": {
        *(
            kind.value
            for kind in AlertKind
            if kind.value not in {"heat", "cold", "humidity", "model_drift"}
        ),
        *("heat_inside", "heat_outside", "cold_inside", "cold_outside"),
    },
    "way": {"none", "overtime", "later", "power", "tank", "machine", "fewer"},
    "alerts": {"recovered", "over"},
    "fleet": {
        *("site", "saving", "alerts", "plan", "start", "data", "impossible", "none"),
        "unreadable",
        *(f"{gravity.value}{one}" for gravity in Gravity for one in ("", "_1")),
    },
    "sites": {"all"},
    "problem": {meaning.name for meaning in (*MEANINGS.values(), *OTHERS)},
}


def keys_in_use() -> set[str]:
    sources = [*WEB.glob("*.py"), *WEB.glob("templates/**/*.html")]
    text = "\n".join(
        path.read_text("utf-8") for path in sources if not path.name.endswith("texts.py")
    )
    literal = set(re.findall(r'"([a-z]+\.[a-z0-9_]+)"', text)) & set(MESSAGES)
    made = {f"{prefix}.{ending}" for prefix, endings in FAMILIES.items() for ending in endings}
    named = {key for key in MESSAGES if key.startswith(("series.", "job."))}
    return literal | made | named


def test_every_text_stands_in_every_language():
    assert [key for key, texts in MESSAGES.items() if len(texts) != len(LANGUAGES)] == []
    assert [key for key, texts in MESSAGES.items() if not all(t.strip() for t in texts)] == []


def test_pages_and_files_name_no_two_texts_alike():
    apart = (
        PAGE_MESSAGES, PANEL_MESSAGES, REPORT_MESSAGES, NOTE_MESSAGES, REFUSAL_MESSAGES,
        RUN_MESSAGES, DOCUMENT_MESSAGES, ALERT_MESSAGES, FLEET_MESSAGES,
    )  # fmt: skip
    assert len(MESSAGES) == sum(map(len, apart))


def test_no_text_is_unused_and_none_is_missing():
    assert keys_in_use() == set(MESSAGES)


def test_the_templates_ask_for_known_texts_only():
    asked = set()
    for path in WEB.glob("templates/**/*.html"):
        asked |= set(re.findall(r'\bt\("([^"]+)"[,)]', path.read_text("utf-8")))
    assert asked - set(MESSAGES) == set()


def test_both_languages_put_in_the_same_values():
    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert [key for key, (en, es) in MESSAGES.items() if fields(en) != fields(es)] == []


def test_english_and_spanish_differ_but_for_names():
    same = {key for key, (en, es) in MESSAGES.items() if en == es}
    assert same == set()


def test_instants_are_written_as_people_write_them():
    instant = datetime(2026, 11, 25, 14, 15, tzinfo=MADRID)

    assert EN.when(instant) == "Wed 25 Nov, 14:15"
    assert ES.when(instant) == "mié 25 nov, 14:15"
    assert EN.moment(instant) == "25 Nov 2026, 14:15"
    assert ES.moment(instant) == "25 nov 2026, 14:15"
    assert EN.long_day(date(2026, 11, 25)) == "Wednesday 25 November"
    assert ES.long_day(date(2026, 11, 25)) == "miércoles 25 de noviembre"


def test_numbers_have_the_marks_of_their_language():
    assert EN.price(0.08424) == "0.0842 €/kWh"
    assert ES.price(0.08424) == "0,0842 €/kWh"
    assert EN.number(26280) == "26,280"
    assert ES.number(26280) == "26.280"
    assert EN.money(312.4) == "€312.40"
    assert ES.money(312.4) == "312,40\N{NO-BREAK SPACE}€"
    assert ES.percent(17.08) == "17,1\N{NO-BREAK SPACE}%"


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_are_written_as_the_locale_s_own_tables_say(language: Language):
    values = np.random.default_rng(5).normal(0, 1, 300) * 10.0 ** np.arange(300 // 10).repeat(10)
    for decimals in range(5):
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        for value in (*(values % 1e9), 0, -0.0, 999.5, 1234, np.float64(0.125), -1e6):
            told = format_decimal(round(value, decimals) or 0.0, pattern, locale=language)
            assert WORDS[language].number(value, decimals) == told.replace("-", "−")


def test_negative_numbers_have_a_true_minus_sign():
    assert EN.cents(-0.0123) == "−1.2"
    assert ES.price(-0.0123) == "−0,0123 €/kWh"
    assert EN.money(-5) == "−€5.00"


def test_a_number_that_rounds_to_zero_has_no_sign():
    assert EN.cents(-0.0001) == "0.0"
    assert EN.money(-0.001) == "€0.00"


def test_units_are_written_as_people_write_them():
    assert ES.quantity(17.4, "degC") == "17,4\N{NO-BREAK SPACE}°C"
    assert EN.quantity(412, "W/m2", 0) == "412\N{NO-BREAK SPACE}W/m²"


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ((2026, 11, 25, 14), (2026, 11, 25, 15), "Wed 25, 14:00–15:00"),
        ((2026, 11, 25, 23), (2026, 11, 26, 0), "Wed 25, 23:00–00:00"),
        ((2026, 11, 25, 22), (2026, 11, 26, 3), "Wed 25 Nov, 22:00 – Thu 26 Nov, 03:00"),
        ((2026, 11, 24, 0), (2026, 12, 1, 8), "Tue 24 Nov, 00:00 – Tue 1 Dec, 08:00"),
        ((2026, 10, 20, 0), (2026, 10, 27, 0), "Tue 20 Oct, 00:00 – Tue 27 Oct, 00:00"),
    ],
)
def test_a_span_over_several_days_names_both_with_their_month(
    start: tuple[int, ...], end: tuple[int, ...], said: str
):
    assert EN.span(datetime(*start, tzinfo=MADRID), datetime(*end, tzinfo=MADRID)) == said


def test_a_span_over_several_days_in_spanish():
    start, end = datetime(2026, 11, 24, tzinfo=MADRID), datetime(2026, 12, 1, 8, tzinfo=MADRID)

    assert ES.span(start, end) == "mar 24 nov, 00:00 – mar 1 dic, 08:00"


def test_the_first_day_of_a_row_and_of_a_month_are_named_with_their_month():
    days = [date(2026, 11, 29), date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 2)]

    assert EN.days(days) == ("Sun 29 Nov", "Mon 30", "Tue 1 Dec", "Wed 2")
    assert ES.days(days) == ("dom 29 nov", "lun 30", "mar 1 dic", "mié 2")


def test_in_a_long_row_the_month_takes_the_place_of_the_weekday():
    days = [date(2026, 11, 24) + timedelta(days=day) for day in range(14)]

    assert EN.days(days)[:2] == ("24 Nov", "Wed 25")
    assert EN.days(days)[6:8] == ("Mon 30", "1 Dec")


def test_the_two_hours_of_october_that_look_alike_show_their_offsets():
    first = [datetime(2025, 10, 26, h, tzinfo=UTC).astimezone(MADRID) for h in (0, 1, 2)]

    assert EN.span(first[0], first[1]) == "Sun 26, 02:00 +0200–02:00 +0100"
    assert EN.span(first[1], first[2]) == "Sun 26, 02:00 +0100–03:00 +0100"


def test_ages_are_short():
    assert EN.age(20 * 60) == "20 min"
    assert ES.age(3 * 3600) == "3 h"


def test_a_series_without_a_text_goes_by_its_own_name():
    assert ES.series("spot") == "Mercado diario"
    assert ES.series("soil_moisture") == "soil moisture"


def test_every_job_of_the_schedule_goes_by_what_it_does():
    assert [job.name for job in TABLE if f"job.{job.name}" not in MESSAGES] == []
    assert ES.job("gap-repair") == "Reparación de huecos"
    assert EN.job("something-new") == "something-new"


def test_sources_go_by_their_own_names_and_simulated_ones_say_so():
    assert EN.source("open-meteo") == "Open-Meteo"
    assert ES.source("simulation:aemet") == "AEMET, simulada"
    assert EN.source("mine") == "mine"


def test_an_instant_of_the_hour_that_comes_twice_says_which_it_is():
    first, second, after = (
        datetime(2025, 10, 26, *wall, tzinfo=UTC).astimezone(MADRID)
        for wall in ((0, 45), (1, 15), (2, 0))
    )

    assert [EN.clock(at) for at in (first, second, after)] == [
        "02:45 +0200", "02:15 +0100", "03:00",
    ]  # fmt: skip
    assert EN.when(first) == "Sun 26 Oct, 02:45 +0200"
    assert ES.moment(second) == "26 oct 2025, 02:15 +0100"
    assert EN.clock(datetime(2026, 3, 29, 3, tzinfo=MADRID)) == "03:00"
