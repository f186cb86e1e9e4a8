"""Texts, numbers and times as a reader of one language writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_currency, get_decimal_symbol, get_group_symbol

from chocolate_factory.errors import one_line
from chocolate_factory.market.calendar import which_of_two
from chocolate_factory.market.catalog import CLIMATE_STATION
from chocolate_factory.market.series import SIMULATED_PREFIX, Kind
from chocolate_factory.web import notes
from chocolate_factory.web.forecast_schemas import Finding
from chocolate_factory.web.schemas import Weather
from chocolate_factory.web.texts import LANGUAGES, MESSAGES, Language

DAYS_WITH_ROOM = 8
"""A week's plan may touch eight days."""

SOURCES = {
    "aemet": "AEMET",
    "esios": "ESIOS",
    "omie": "OMIE",
    "open-meteo": "Open-Meteo",
    "openweathermap": "OpenWeatherMap",
    "ree": "REE",
    "siar": "SIAR",
}
"""How sources write their own names."""

_MINUS = "−"
_UNITS = {
    "degC": "°C", "W/m2": "W/m²", "MJ/m2": "MJ/m²", "EUR/kWh": "€/kWh", "EUR/MWh": "€/MWh",
}  # fmt: skip


class Words:
    """How one language says things. Instants must be on the clock they are to be shown in."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self._column = LANGUAGES.index(language)
        self._locale = Locale.parse(language)
        marks = {",": get_group_symbol(self._locale), ".": get_decimal_symbol(self._locale)}
        self._marks = str.maketrans({**marks, "-": _MINUS})

    def text(self, key: str, **values: str) -> str:
        """The message ``key`` with ``values`` put in; an unknown key is a ``KeyError``."""
        return MESSAGES[key][self._column].format(**values)

    def number(self, value: float, decimals: int = 0) -> str:
        """``1,234.5`` or ``1.234,5``, with a true minus sign; never ``−0``."""
        shown = round(value, decimals) or 0.0
        return f"{shown:,.{decimals}f}".translate(self._marks)

    def signed(self, value: float, decimals: int = 0) -> str:
        """``+0.36`` or ``−0.36``; zero has no sign."""
        return ("+" if round(value, decimals) > 0 else "") + self.number(value, decimals)

    def price(self, eur_kwh: float) -> str:
        """``0.0842 €/kWh``."""
        return f"{self.number(eur_kwh, 4)} €/kWh"

    def cents(self, eur_kwh: float) -> str:
        """A price [EUR/kWh] in cents, one decimal, without its unit: ``8.4``."""
        return self.number(eur_kwh * 100, 1)

    def money(self, eur: float) -> str:
        """``€312.40`` or ``312,40 €``."""
        shown = round(eur, 2) or 0.0
        return format_currency(shown, "EUR", locale=self._locale).replace("-", _MINUS)

    def euros(self, eur: float) -> str:
        """The same without cents, for sums of a year: ``€4,021`` or ``4.021 €``."""
        shown = round(eur) or 0
        pattern = "¤#,##0" if self.language == "en" else "#,##0\N{NO-BREAK SPACE}¤"
        told = format_currency(shown, "EUR", pattern, locale=self._locale, currency_digits=False)
        return told.replace("-", _MINUS)

    def percent(self, per_cent: float, decimals: int = 1) -> str:
        """``17.1 %`` of a number given in per cent."""
        return f"{self.number(per_cent, decimals)}\N{NO-BREAK SPACE}%"

    def quantity(self, value: float, unit: str, decimals: int = 1) -> str:
        """``17.4 °C``: a value with its unit as people write it."""
        return f"{self.number(value, decimals)}\N{NO-BREAK SPACE}{self.unit(unit)}"

    def unit(self, unit: str) -> str:
        """``€/kWh`` for ``EUR/kWh``: a unit as people write it."""
        return _UNITS.get(unit, unit)

    def calendar_day(self, day: date) -> str:
        """``25 Nov 2026``."""
        return format_date(day, "d MMM y", locale=self._locale)

    def month(self, day: date) -> str:
        """``November 2026`` or ``noviembre de 2026``."""
        pattern = "MMMM 'de' y" if self.language == "es" else "MMMM y"
        return format_date(day, pattern, locale=self._locale)

    def month_name(self, number: int, *, short: bool = False) -> str:
        """``November``, or ``Nov`` of the eleventh month of any year."""
        return format_date(date(2000, number, 1), "LLL" if short else "LLLL", locale=self._locale)

    def weekday(self, number: int) -> str:
        """``Monday`` for 0."""
        return format_date(date(2024, 1, 1 + number), "cccc", locale=self._locale)

    def when(self, instant: datetime) -> str:
        """``Wed 25 Nov, 14:15`` or ``mié 25 nov, 14:15``; in the hour that comes twice, which."""
        said = format_datetime(instant, "EEE d MMM, HH:mm", locale=self._locale)
        return said + which_of_two(instant)

    def moment(self, instant: datetime) -> str:
        """``25 Nov 2026, 14:15``: with month and year, for what may be long ago."""
        said = format_datetime(instant, "d MMM y, HH:mm", locale=self._locale)
        return said + which_of_two(instant)

    def clock(self, instant: datetime) -> str:
        """``14:15``; ``02:15 +0200`` in the hour that comes twice."""
        return f"{instant:%H:%M}{which_of_two(instant)}"

    def day(self, day: date) -> str:
        """``Wed 25``."""
        return format_date(day, "EEE d", locale=self._locale)

    def dated(self, day: date) -> str:
        """``Wed 25 Nov``."""
        return format_date(day, "EEE d MMM", locale=self._locale)

    def days(self, days: Sequence[date]) -> tuple[str, ...]:
        """Days in a row: the first and every first of a month are named with their month.

        In rows longer than a week, where there is little room, those go without their weekday.
        """
        with_month = "EEE d MMM" if len(days) <= DAYS_WITH_ROOM else "d MMM"
        return tuple(
            format_date(day, with_month, locale=self._locale)
            if place == 0 or day.day == 1
            else self.day(day)
            for place, day in enumerate(days)
        )

    def long_day(self, day: date) -> str:
        """``Wednesday 25 November``."""
        pattern = "EEEE d 'de' MMMM" if self.language == "es" else "EEEE d MMMM"
        return format_date(day, pattern, locale=self._locale)

    def span(self, start: datetime, end: datetime) -> str:
        """``Wed 25, 14:00–15:00``, or ``Tue 24 Nov, 00:00 – Tue 1 Dec, 08:00`` over several days.

        Where the clock was changed or shows an hour again both ends show their offsets.
        """
        if (end - timedelta(seconds=1)).date() > start.date():
            return f"{self.when(start)} – {self.when(end)}"
        day = self.day(start)
        if start.utcoffset() != end.utcoffset() or which_of_two(start) or which_of_two(end):
            return f"{day}, {start:%H:%M %z}–{end:%H:%M %z}"
        return f"{day}, {self.clock(start)}–{self.clock(end)}"

    def age(self, seconds: float) -> str:
        """``12 min``, ``3 h``, ``2 days``."""
        return format_timedelta(
            timedelta(seconds=seconds), format="short", threshold=1.5, locale=self._locale
        )

    def provenance(self, reading: Weather) -> str:
        """Who said a reading, how it is known and of when: ``AEMET 5279X · measured 08:00``.

        If another source is believed first in that hour, it is named too.
        """
        source = self.source(reading.source)
        if reading.kind == Kind.MEASURED and reading.source.endswith("aemet"):
            source = source.replace(SOURCES["aemet"], f"{SOURCES['aemet']} {CLIMATE_STATION}")
        if reading.instead_of is not None:
            preferred = self.source(reading.instead_of)
            source = self.text("weather.instead", source=source, preferred=preferred)
        return f"{source} · {self.text(f'kind.{reading.kind}')} {self.clock(reading.start)}"

    def source(self, name: str) -> str:
        """A source as it writes its own name; a simulated one says so."""
        plain = name.removeprefix(SIMULATED_PREFIX)
        shown = SOURCES.get(plain, plain)
        return shown if plain == name else self.text("feed.simulated", source=shown)

    def finding(self, finding: Finding) -> str:
        """What is amiss with forecasts, in a sentence."""
        together = finding.what == "loses-to-naive" and not finding.model
        return self.text(
            "models.lose_together" if together else f"finding.{finding.what}",
            model=finding.model,
            ratio=self.number(finding.measured, 2),
            share=self.percent(100 * finding.measured, 0),
            low=self.percent(100 * finding.low, 0),
            high=self.percent(100 * finding.high, 0),
        )

    def unjudged(self, why: str) -> str:
        """Why forecasts cannot be said to be well, in a sentence."""
        return self.text(f"unjudged.{why}")

    def note(self, text: str) -> tuple[str, Language]:
        """What a plan, forecast, run or refusal says, and the language it stands in: what has no
        known form stays in English."""
        told = notes.in_spanish(one_line(text)) if self.language == "es" else None
        return (notes.in_english(text), "en") if told is None else (told, "es")

    def notes(self, texts: Iterable[str]) -> tuple[tuple[str, ...], Language]:
        """Sentences that are told as one, and their language: all in Spanish, or none is."""
        told = tuple(texts)
        said = tuple(self.note(text) for text in told)
        if any(language != self.language for _, language in said):
            return told, "en"
        return tuple(text for text, _ in said), self.language

    def job(self, name: str) -> str:
        """What a job does, in this language, or its name in the schedule."""
        key = f"job.{name}"
        return self.text(key) if key in MESSAGES else name

    def contract(self, name: str) -> str:
        """A contract by its name; one of a file without the folders that the file lies in."""
        return Path(name).name

    def series(self, name: str) -> str:
        """A series by its name in this language, or as the catalogue calls it."""
        key = f"series.{name}"
        return self.text(key) if key in MESSAGES else name.replace("_", " ")


WORDS: Mapping[Language, Words] = {language: Words(language) for language in LANGUAGES}


def preferred(asked: Language | None, accept_language: str) -> Language:
    """The language asked for, else the best of ``Accept-Language`` (RFC 9110), else English."""
    if asked is not None:
        return asked
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept_language.split(",")):
        name, _, weight = part.strip().partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight.strip() else 1.0
        except ValueError:
            continue
        wanted.append((-quality, place, name.strip().split("-")[0].lower()))
    for quality, _, name in sorted(wanted):
        for language in LANGUAGES:
            if quality < 0 and name == language:
                return language
    return "en"
