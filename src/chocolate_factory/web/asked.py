"""What the web asks of the rest of the program: values to show, and work to begin.

The composition root fills in the callables. Those of ``Reads`` only read what is stored; all are
called from worker threads, and may raise errors of the tree.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

from chocolate_factory.advising import Asked, ClassAnswer, CurrentAdvice, ScoreAnswer
from chocolate_factory.alerting import Held
from chocolate_factory.conduct.contracting import ContractReport
from chocolate_factory.conduct.month import MonthReport
from chocolate_factory.errors import NoForecast
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.market.series import Forecast, Series, SeriesKey
from chocolate_factory.oversight import Deviation, ForecastHealth, KeptModel
from chocolate_factory.pipeline import Snapshot
from chocolate_factory.planning.account import SavingsAccount
from chocolate_factory.store.base import Run
from chocolate_factory.store.revision import Revision
from chocolate_factory.upkeep import Disagreement, FeedHealth, GapSummary, HybridWeather
from chocolate_factory.web.analysis_schemas import ClimatePanel
from chocolate_factory.web.schemas import SetupName

RUNS_SHOWN = 100
"""Newest runs a page looks at for work under way and for what failed."""


class JobLine(Protocol):
    """How one job of the schedule stands. Instants in UTC."""

    @property
    def name(self) -> str:
        """Name in the schedule's table."""

    @property
    def why(self) -> str:
        """What it is for, one line."""

    @property
    def when(self) -> str:
        """Its times for people, Madrid time."""

    @property
    def next_run(self) -> datetime:
        """Its next time."""

    @property
    def running(self) -> Run | None:
        """The run under way."""

    @property
    def last(self) -> Run | None:
        """The newest run that ended; None if none is kept."""

    @property
    def last_done(self) -> datetime | None:
        """When it last ended well; None if no such run is kept."""

    @property
    def runs_kept(self) -> int:
        """Newest runs that are counted."""

    @property
    def failures_kept(self) -> int:
        """Those of them that failed."""

    @property
    def mean_duration_s(self) -> float | None:
        """How long its runs take [s]; None if none ended."""

    @property
    def solve_ms(self) -> float | None:
        """How long the newest planning took [ms]; None if no run that is kept planned."""

    @property
    def time_limit_s(self) -> float:
        """It has to end within [s]."""

    @property
    def overrun(self) -> bool:
        """Whether the run under way is past its limit."""


@dataclass(frozen=True, slots=True)
class Upkeep:
    """How the data looks after itself, each part read once for one page."""

    gaps: GapSummary
    hybrid: HybridWeather
    disagreements: tuple[Disagreement, ...]
    feeds: tuple[FeedHealth, ...]
    jobs: tuple[JobLine, ...]
    runs: tuple[Run, ...]
    advice: CurrentAdvice | None = None


@dataclass(frozen=True, slots=True)
class ModelHealth:
    """How the forecasts of one series stand, and the trained model that is kept of it.

    Parameters
    ----------
    kept
        The newest trained model; None if there is none.
    fault
        Why it is not used, and what is instead; None if it is.
    weights
        How much each member counts in the model in use, together 1.
    details
        What the trained model says of itself, by name.
    """

    health: ForecastHealth
    kept: KeptModel | None = None
    fault: str | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Review:
    """What changes by the day or slower, for one page.

    How the forecasts do (``yesterday`` of ``market``, None without a forecast), the climate, what
    was saved (``week``, ``month``, ``year``), and the running month as far as its days are over:
    None on its first day. ``setup``: whether anything is configured. ``contract``: the newest
    advice on contracted power.
    """

    models: tuple[ModelHealth, ...]
    yesterday: Deviation | None
    climate: ClimatePanel
    saved: Mapping[str, SavingsAccount]
    month: MonthReport | None
    setup: SetupName = "done"
    contract: ContractReport | None = None


@dataclass(frozen=True, slots=True)
class Alerts:
    """Every alert of the last two months as of an instant: those that hold in front.

    ``looked_at``: when everything was last looked at; None if it never was.
    """

    as_of: datetime
    looked_at: datetime | None
    simulated: bool
    every: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Reads:
    """What may be read, afresh at each call.

    Parameters
    ----------
    now
        The present instant, UTC.
    snapshot
        Everything a page shows of prices, plan and weather.
    ready
        What keeps the program from being of use; nothing if all is well.
    gaps
        Gaps of the recent past, in every watched series.
    detect
        The same over so many days back from today.
    hybrid
        The hybrid weather of the hours around now, those up to now included.
    disagreements
        Prices on which sources differ, newest first.
    feeds
        How each feed does.
    scheduler
        How each job stands, in the order of the schedule.
    job
        How the job of a name stands; None if the schedule has no such job.
    run
        The run of an id; None if there is none.
    runs
        So many of the newest runs, newest first.
    market
        The price series that is meant where none is named.
    prices_ahead
        Delivery periods of a series that end after an instant; raises ``NoForecast``.
    published
        Published prices of a series on so many Madrid days from one on, as known now.
    models
        How the forecasts and the models of every price series stand.
    deviation
        A series' forecast of a Madrid day beside what came; raises ``NoForecast``.
    advice
        The advice that was worked out for the hour under way; None if none was.
    climate
        What the dashboard shows of the climate, worked out once for each state of the record.
    saved
        The accounts of the running ``week``, ``month`` and ``year``.
    month
        The running month's report, worked out once a day and when more is stored; None on the
        first day.
    setup
        Whether anything is configured, or this is the demo.
    contract
        The newest advice on contracted power; None if there is none.
    revision
        A mark of what is stored.
    state
        What the page rests on: the page is the same while this is. None: it is made each time.
    """

    now: Callable[[], datetime]
    snapshot: Callable[[], Snapshot]
    ready: Callable[[], tuple[str, ...]]
    gaps: Callable[[], GapSummary]
    detect: Callable[[int], GapSummary]
    hybrid: Callable[[], HybridWeather]
    disagreements: Callable[[], tuple[Disagreement, ...]]
    feeds: Callable[[], tuple[FeedHealth, ...]]
    scheduler: Callable[[], tuple[JobLine, ...]]
    job: Callable[[str], JobLine | None]
    run: Callable[[str], Run | None]
    runs: Callable[[int], tuple[Run, ...]]
    market: SeriesKey
    prices_ahead: Callable[[SeriesKey, datetime], Forecast]
    published: Callable[[SeriesKey, date, int], Series]
    models: Callable[[], tuple[ModelHealth, ...]]
    deviation: Callable[[SeriesKey, date], Deviation]
    advice: Callable[[], CurrentAdvice | None]
    climate: Callable[[], ClimatePanel]
    saved: Callable[[], Mapping[str, SavingsAccount]]
    month: Callable[[], MonthReport | None]
    revision: Callable[[], Revision]
    state: Callable[[], Hashable | None]
    setup: Callable[[], SetupName] = lambda: "done"
    contract: Callable[[], ContractReport | None] = lambda: None

    def upkeep(self) -> Upkeep:
        """Each part of the upkeep, read once."""
        return Upkeep(
            gaps=self.gaps(),
            hybrid=self.hybrid(),
            disagreements=self.disagreements(),
            feeds=self.feeds(),
            jobs=self.scheduler(),
            runs=self.runs(RUNS_SHOWN),
            advice=self.advice(),
        )

    def review(self) -> Review:
        """How the forecasts do, how yesterday's turned out, the climate and the money."""
        day = delivery_day(self.now()) - timedelta(days=1)
        try:
            yesterday = self.deviation(self.market, day)
        except NoForecast:
            yesterday = None
        return Review(
            models=self.models(),
            yesterday=yesterday,
            climate=self.climate(),
            saved=self.saved(),
            month=self.month(),
            setup=self.setup(),
            contract=self.contract(),
        )


@dataclass(frozen=True, slots=True)
class ContractSaid:
    """What the first step asks, as the contract has it: ``margin_eur_mwh`` and
    ``services_eur_mwh`` None where they are assumed or ``dated_services`` stand in the file,
    ``prices`` by energy period [EUR/kWh] where they are agreed."""

    kind: str
    tariff: str
    margin_eur_mwh: float | None = None
    prices: tuple[float, ...] = ()
    services_eur_mwh: float | None = None
    dated_services: bool = False


@dataclass(frozen=True, slots=True)
class SetupState:
    """How far the set-up is: for each step the file it has, and whether something else says it.

    ``steps``: step → (file that was written, or None; variable of the environment that wins over
    it, or None). ``weekly``: kg by weekday and product. ``contract``
    and ``contracted_kw`` [kW]: as the next start reads them. ``demo``: whether this is the demo.
    """

    steps: Mapping[str, tuple[str | None, str | None]]
    folder: str
    templates: tuple[str, ...]
    products: tuple[str, ...]
    weekly: Mapping[str, Mapping[str, float]]
    contract: ContractSaid
    contracted_kw: tuple[float, ...]
    demo: bool


@dataclass(frozen=True, slots=True)
class Advice:
    """What may be worked out for anybody on the local network: it changes nothing.

    Parameters
    ----------
    score
        How cheap a price is among those of the following 24 h.
    production
        What to do in the hour of an instant.
    """

    score: Callable[[Asked], ScoreAnswer]
    production: Callable[[Asked], ClassAnswer]


@dataclass(frozen=True, slots=True)
class Actions:
    """Work that may be begun. Each returns at once: the run begun, or the same one under way.

    Parameters
    ----------
    backfill
        Ask again for what is missing in the Madrid days ``first`` to ``last``, inclusive; of one
        series by its key as text (``spot@peninsula``), or of all if None.
    backfill_auto
        Ask again for every gap not longer than so many hours [h].
    ingest_now
        Ask every source for what is due, without waiting for the schedule.
    train
        Train the price models, and forecast anew.
    """

    backfill: Callable[[date, date, str | None], Run]
    backfill_auto: Callable[[float], Run]
    ingest_now: Callable[[], Run]
    train: Callable[[], Run]
