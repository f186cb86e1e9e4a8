"""HTML pages: what is shown, in whose words, through which template."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, get_args
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined

from chocolate_factory.insights.alerts import Gravity
from chocolate_factory.market.indexed import (
    ASSUMED_ADJUSTMENT_SERVICES_EUR_MWH,
    ASSUMED_MARGIN_EUR_MWH,
)
from chocolate_factory.pipeline import HEALTH_DAYS
from chocolate_factory.web import (
    analysis_schemas,
    climate_drawing,
    curves,
    drawing,
    forecast_views,
    power_drawing,
    reference,
    schemas,
)
from chocolate_factory.web.advice_views import limit_text, urgency_key
from chocolate_factory.web.alert_schemas import AlertsAnswer
from chocolate_factory.web.asked import SetupState
from chocolate_factory.web.asked_site import PARAMETER, SiteName, asked_site
from chocolate_factory.web.backtest_schemas import BacktestAnswer, BacktestPage
from chocolate_factory.web.fleet_schemas import AlertCounts, FleetAnswer, Order
from chocolate_factory.web.problems import MEANINGS, OTHERS, in_language
from chocolate_factory.web.texts import LANGUAGES, MESSAGES, Language
from chocolate_factory.web.views import BEST_HOURS, stage
from chocolate_factory.web.wording import WORDS, Words

DISAGREEMENTS_SHOWN = 5
"""So many of the newest disagreements are listed; the rest is counted."""

HOURS_NAMED = 3
"""Every so many hours one is named below a chart."""


TEMPLATES = Environment(
    loader=PackageLoader("chocolate_factory.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)


def compile_templates() -> None:
    """Ahead of whoever asks first: else that reader waits for it."""
    for name in TEMPLATES.list_templates():
        TEMPLATES.get_template(name)


class Pages:
    """Renders the pages of one program version."""

    def __init__(self, version: str, sites: Sequence[SiteName] = ()) -> None:
        self._version = version
        self._sites = sites

    def dashboard(
        self, shown: schemas.Dashboard, language: Language, *, only_dashboards: bool = False
    ) -> str:
        """The one page: everything `/dashboard/complete` holds, drawn.

        ``only_dashboards``: the reader can ask for nothing else, and is offered nothing else.
        """
        words = WORDS[language]
        plan, outlook = shown.plan, shown.outlook
        told: dict[str, list[str]] = {}
        for reading in shown.weather:
            told.setdefault(words.provenance(reading), []).append(words.series(reading.series))
        scale = () if shown.heatmap is None else drawing.swatches(shown.heatmap)
        return self._render(
            "dashboard.html",
            language,
            only_dashboards=only_dashboards,
            shown=shown,
            scale=scale,
            shade=lambda price: drawing.shade(price, scale),
            levels=drawing.levels,
            price_tip=lambda hour: drawing.price_tip(hour, words, shown.advice),
            quarter_lines=lambda part: drawing.quarter_lines(part, words),
            is_now=lambda hour: (
                _age_s(hour.start, shown.as_of) >= 0 > _age_s(hour.end, shown.as_of)
            ),
            timeline=None if plan is None else drawing.timeline(plan, words),
            habit=None if plan is None else drawing.habit(plan, words),
            next_starts=() if shown.starts is None else drawing.by_day(shown.starts.next),
            sheet=() if plan is None else drawing.by_day(drawing.shown_blocks(plan)),
            carried=frozenset() if plan is None else {block.batch for block in plan.carried},
            band=None if outlook is None else drawing.band(outlook, shown.as_of, words),
            provenance=told,
            yesterday=None
            if shown.yesterday is None
            else drawing.deviation(shown.yesterday, words),
            per_kwh=forecast_views.PER_KWH,
            best_hours=BEST_HOURS,
            health_days=HEALTH_DAYS,
            stage=stage(shown),
            alerts_first=_pressing(shown.alerts),
            urgency_key=urgency_key,
            limit_text=limit_text,
            **_climate(shown.climate, words),
            power_chart=None
            if shown.power.site is None
            else power_drawing.power(shown.power.site, shown.as_of, words),
            part_bars=()
            if shown.power.parts is None
            else power_drawing.part_bars(shown.power.parts),
            disagreements_shown=DISAGREEMENTS_SHOWN,
        )

    def backtest(self, shown: BacktestPage, language: Language) -> str:
        """How good the models are: everything `/models/backtest/complete` holds, drawn."""
        words, report = WORDS[language], shown.report
        return self._render(
            "backtest.html",
            language,
            shown=shown,
            by_lead=None if report is None else _by_lead(report, words),
            by_hour=None if report is None else _by_hour(report, words),
            digits=0 if report is None else 4 if report.unit.endswith("kWh") else 2,
        )

    def overview(self, shown: FleetAnswer, language: Language) -> str:
        """Every site at a glance: everything `/fleet` holds, drawn."""
        words = WORDS[language]
        return self._render(
            "overview.html",
            language,
            shown=shown,
            orders=get_args(Order),
            counts=lambda told: _counted(told, words),
            age=lambda instant: words.age(_age_s(instant, shown.as_of)).replace(
                " ", "\N{NO-BREAK SPACE}"
            ),
            again={} if shown.order == "site" else {"order": shown.order},
        )

    def setup(self, shown: SetupState, language: Language) -> str:
        """The first steps."""
        words = WORDS[language]
        return self._render(
            "setup.html",
            language,
            shown=shown,
            assumed_margin=words.number(ASSUMED_MARGIN_EUR_MWH),
            assumed_services=[
                (words.number(value), words.calendar_day(since))
                for since, (value,) in ASSUMED_ADJUSTMENT_SERVICES_EUR_MWH.rows
            ],
        )

    def error(self, told: schemas.Problem, language: Language) -> str:
        """The page in place of one that cannot be shown."""
        key = f"problem.{told.type.rpartition('#')[2]}"
        title = WORDS[language].text(key) if key in MESSAGES else told.title
        said, spoken = in_language(told, language)
        return self._render("error.html", language, told=said, title=title, spoken=spoken)

    def interface(self, openapi: dict[str, Any], language: Language) -> str:
        """The HTTP interface, for people; `/openapi.json` is the same for programs."""
        return self._render(
            "interface.html",
            language,
            title=openapi["info"]["title"],
            summary=openapi["info"]["description"],
            operations=reference.operations(openapi),
            records=reference.records(openapi),
            problems=(*MEANINGS.values(), *OTHERS),
        )

    def _render(self, template: str, language: Language, **values: Any) -> str:
        words = WORDS[language]
        others: Sequence[Language] = [other for other in LANGUAGES if other != language]
        return TEMPLATES.get_template(template).render(
            words=words,
            t=words.text,
            language=language,
            others=[(other, WORDS[other].text("language.name")) for other in others],
            version=self._version,
            sites=self._sites,
            site=asked_site(),
            link=partial(_link, language),
            **{"again": {}, "only_dashboards": False, **values},
        )


def _link(language: Language, path: str, **query: str) -> str:
    """A path of this program in the reader's language, about the same site; ``query`` wins."""
    site = {PARAMETER: asked_site()} if asked_site() else {}
    return f"{path}?{urlencode({'lang': language, **site, **query})}"


def _age_s(instant: datetime, as_of: datetime) -> float:
    """Time passed since an instant [s]: between two on Madrid's clock, Python would count what the
    clock shows."""
    return (as_of.astimezone(UTC) - instant.astimezone(UTC)).total_seconds()


def _counted(told: AlertCounts, words: Words) -> list[tuple[str, str]]:
    """How many of each gravity there are, in words, the gravest first; those there are none of
    are left out."""
    found = []
    for gravity in Gravity:
        count = getattr(told, gravity.value)
        if count:
            one = "_1" if count == 1 else ""
            said = words.text(f"fleet.{gravity.value}{one}", count=words.number(count))
            found.append((gravity.value, said))
    return found


def _climate(told: analysis_schemas.ClimatePanel, words: Words) -> dict[str, Any]:
    months = climate_drawing.best_three(told.best_months)
    return {
        "climate_year": climate_drawing.year(told, words),
        "climate_strip": climate_drawing.strip,
        "climate_lean": climate_drawing.lean,
        "climate_decimals": climate_drawing.DECIMALS,
        "climate_best": [words.month_name(month) for month in months],
        "climate_without": [words.series(name) for name in told.without],
    }


def _pressing(alerts: AlertsAnswer | None) -> bool:
    """Whether something holds that has to be acted on and that nobody has seen."""
    return alerts is not None and any(
        one.gravity != "notice" and one.acknowledged_at is None for one in alerts.holding
    )


def _by_lead(report: BacktestAnswer, words: Words) -> curves.Curves:
    days = [day.lead for day in report.models[0].by_lead]
    return curves.curves(
        [(one.model, [day.mae for day in one.by_lead]) for one in report.models],
        [words.text("backtest.lead_day", day=str(day)) for day in days],
        unit=words.unit(report.unit),
        shown=[str(day) for day in days],
        words=words,
    )


def _by_hour(report: BacktestAnswer, words: Words) -> curves.Curves:
    hours = range(len(report.models[0].by_hour_mae))
    return curves.curves(
        [(one.model, one.by_hour_mae) for one in report.models],
        [f"{hour:02d}:00" for hour in hours],
        unit=words.unit(report.unit),
        shown=[str(hour) if hour % HOURS_NAMED == 0 else "" for hour in hours],
        words=words,
    )
