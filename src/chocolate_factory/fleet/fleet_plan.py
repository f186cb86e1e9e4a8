"""The whole fleet planned: the prices of each zone forecast once, then every site."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from time import perf_counter

from chocolate_factory import pipeline
from chocolate_factory.errors import NotPublished
from chocolate_factory.fleet.memory import Errand, Opens, program
from chocolate_factory.fleet.planning import (
    FleetSite,
    PlanJob,
    SitePlan,
    State,
    kept_plan,
    plan_site,
)
from chocolate_factory.fleet.results import (
    Begun,
    Verb,
    begin_at,
    begin_for,
    keep_refusal,
    mark,
    newest_begun,
    refusal_of,
    result_of,
)
from chocolate_factory.fleet.spreading import Lost, Spread
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.market.catalog import DAY, spec
from chocolate_factory.market.series import Forecast, SeriesKey
from chocolate_factory.store.base import IssuedForecast, Store

MakeForecast = Callable[[SeriesKey, datetime], Forecast]
"""The forecast of a series as seen at an origin, ``pipeline.HORIZON`` ahead."""
Tell = Callable[[int, int, str], None]
"""Told how many are done, of how many, and what was done last."""


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """What became of every site, in the order of the sites, in a run or so far."""

    begun: Begun
    sites: tuple[SitePlan, ...]
    seconds: float = 0.0

    @property
    def counts(self) -> Mapping[State, int]:
        """How many sites are in each state that any is in."""
        return Counter(one.state for one in self.sites)


def plan_fleet(
    store: Store,
    opens: Opens,
    sites: Sequence[FleetSite],
    spread: Spread,
    *,
    now: datetime,
    origin: datetime | None = None,
    make_forecast: MakeForecast,
    tell: Tell,
) -> FleetPlan:
    """Plan every site once tomorrow's prices are out; a run that was interrupted is taken up.

    ``opens`` gives those who work the same store. ``origin``: plan as of that instant, whatever is
    published.

    Raises ``NotPublished`` if tomorrow's prices are not all stored; ``ModelNotFitted`` or
    ``MissingData`` if they cannot be forecast; ``ClusterUnavailable``, ``StoreError``.
    """
    began_s = perf_counter()
    keys = markets(sites)
    tomorrow = delivery_day(now) + DAY
    if origin is None:
        for key in keys:
            _require_published(store, key, tomorrow, now)
        begun = begin_for(store, Verb.PLAN, tomorrow, now=now)
    else:
        begun = begin_at(store, Verb.PLAN, origin)
    models = {key: shared_forecast(store, key, begun.origin, make_forecast).model for key in keys}
    errand = Errand(opens, begun, program())
    jobs = [
        PlanJob(errand, site, (*_named(models, site.task.market), *pipeline.MODELS))
        for site in sites
    ]
    told: dict[int, SitePlan] = {}
    try:
        for number, result in spread(plan_site, jobs):
            told[number] = (
                _lost(store, sites[number], begun, result) if isinstance(result, Lost) else result
            )
            tell(len(told), len(sites), sites[number].name)
    finally:
        errand.let_go()
    ordered = tuple(told[number] for number in range(len(sites)))
    return FleetPlan(begun, ordered, perf_counter() - began_s)


def fleet_status(store: Store, sites: Sequence[FleetSite], *, as_of: datetime) -> FleetPlan | None:
    """How far the newest run is, as the store tells; None if there was none."""
    begun = newest_begun(store, Verb.PLAN, as_of=as_of)
    if begun is None:
        return None
    return FleetPlan(begun, tuple(_state(store.of_site(one.kept_as), one, begun) for one in sites))


def markets(sites: Sequence[FleetSite]) -> tuple[SeriesKey, ...]:
    """The price series that any site pays by, each once."""
    found = {site.task.market for site in sites} - {None}
    return tuple(sorted(key for key in found if key is not None))


def shared_forecast(store: Store, key: SeriesKey, origin: datetime, make: MakeForecast) -> Forecast:
    """The forecast of a zone's prices at an origin, which every site stands on: made once."""
    name = f"{key}-{origin:%Y%m%dT%H%M%SZ}"
    kept = store.forecast(key, as_of=origin)
    if kept is not None and kept.origin == origin:
        return kept
    made = make(key, origin)
    event = mark(Verb.OUTLOOK, name, {"series": str(key), "model": made.model}, at=origin)
    store.save_once(event, forecasts=(IssuedForecast(made, origin),))
    kept = store.forecast(key, as_of=origin)
    return made if kept is None or kept.origin != origin else kept


def _lost(store: Store, site: FleetSite, begun: Begun, lost: Lost) -> SitePlan:
    keep_refusal(store.of_site(site.kept_as), Verb.PLAN, lost.why, at=begun.origin)
    return SitePlan(site.name, State.LOST, reason=lost.why)


def _named(models: Mapping[SeriesKey, str], market: SeriesKey | None) -> tuple[str, ...]:
    return () if market is None else (models[market],)


def _require_published(store: Store, key: SeriesKey, day: date, now: datetime) -> None:
    report = pipeline.gaps(store, key, first=day, last=day, as_of=now)
    if report.expected and not report.gaps:
        return
    due = spec(key).published_at(day)
    raise NotPublished(
        str(key),
        f"the prices of {day} are not all stored; they are due at {due:%Y-%m-%d %H:%MZ}. Repeat it "
        "then, or name with --origin the instant whose knowledge is to be planned with",
    )


def _state(store: Store, site: FleetSite, begun: Begun) -> SitePlan:
    known = result_of(store, Verb.PLAN, begun.key, at=begun.origin)
    if known is not None:
        return kept_plan(site.name, known)
    reason = refusal_of(store, Verb.PLAN, at=begun.origin)
    state = State.WAITING if reason is None else State.REFUSED
    return SitePlan(site.name, state, reason=reason)
