"""The whole fleet planned: the prices of each zone forecast once, then every site."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import inf
from time import perf_counter

from chocolate_factory import pipeline
from chocolate_factory.errors import NotPublished, StoreError
from chocolate_factory.fleet.memory import Errand, Opens, program
from chocolate_factory.fleet.planning import (
    FleetSite,
    PlanJob,
    SitePlan,
    State,
    kept_plan,
    plan_site,
    why_not,
)
from chocolate_factory.fleet.results import (
    Begun,
    Verb,
    begin_at,
    begin_for,
    keep_refusal,
    mark,
    newest_begun,
    newest_result,
    refusal_of,
    result_of,
)
from chocolate_factory.fleet.spreading import Lost, Spread
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.market.catalog import DAY, spec
from chocolate_factory.market.series import Forecast, SeriesKey
from chocolate_factory.store.base import IssuedForecast, Store

TAKEN_WITHIN = 7 * DAY
"""A plan not older than this tells how long the next one of its site will take."""

MakeForecast = Callable[[SeriesKey, datetime], Forecast]
"""The forecast of a series as seen at an origin, ``pipeline.HORIZON`` ahead."""
Tell = Callable[[int, int, str], None]
"""Told how many are done, of how many, and what was done last."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """Prices of ``day`` that are not out, when they are due (UTC), and how many sites wait."""

    market: SeriesKey
    day: date
    due: datetime
    sites: int

    def __str__(self) -> str:
        return f"the prices of {self.day} ({self.market}), due at {self.due:%Y-%m-%d %H:%MZ}"


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """What became of every site, in the order of the sites, in a run or so far.

    ``awaited``: the markets whose sites wait, those that are due first before others.
    """

    begun: Begun
    sites: tuple[SitePlan, ...]
    seconds: float = 0.0
    awaited: tuple[Awaited, ...] = ()

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
    """Plan the sites of every market whose prices of tomorrow are out; the others wait.

    A site that cannot be planned, and those of a market whose prices cannot be forecast, are told
    with the reason and hold back no other.

    A run that was interrupted is taken up, unless a market came out after its origin. ``opens``
    gives those who work the same store. ``origin``: plan all as of that instant, whatever is
    published.

    Raises ``NotPublished`` if tomorrow's prices are not all stored for any market;
    ``ClusterUnavailable``, ``StoreError``.
    """
    began_s = perf_counter()
    awaited: dict[SeriesKey | None, Awaited] = {}
    if origin is None:
        tomorrow = delivery_day(now) + DAY
        awaited = {one.market: one for one in _awaited(store, sites, tomorrow, now)}
        ready = [one for one in sites if one.task.market not in awaited]
        out = _require_any(markets(ready), awaited)
        begun = begin_for(
            store, Verb.PLAN, tomorrow, now=now,
            markets=tuple(sorted({_market_name(one) for one in ready})),
            sees=lambda at: all(_published(store, key, tomorrow, at) for key in out),
        )  # fmt: skip
    else:
        ready = list(sites)
        begun = begin_at(store, Verb.PLAN, origin)
    models, unforetold = _forecast(store, markets(ready), begun, make_forecast)
    told = {
        one.kept_as: _came_to_nothing(store, one, begun, State.REFUSED, unforetold[one.task.market])
        for one in ready
        if one.task.market in unforetold
    }
    errand = Errand(opens, begun, program())
    jobs = [
        PlanJob(errand, site, (*_named(models, site.task.market), *pipeline.MODELS))
        for site in _longest_first(store, ready, begun.origin)
        if site.kept_as not in told
    ]
    try:
        for number, result in spread(plan_site, jobs):
            site = jobs[number].site
            told[site.kept_as] = (
                _came_to_nothing(store, site, begun, State.LOST, result.why)
                if isinstance(result, Lost)
                else result
            )
            tell(len(told), len(ready), site.name)
    finally:
        errand.let_go()
    ordered = tuple(
        told[one.kept_as]
        if one.kept_as in told
        else SitePlan(one.name, State.WAITING, reason=f"waits for {awaited[one.task.market]}")
        for one in sites
    )
    return FleetPlan(begun, ordered, perf_counter() - began_s, tuple(awaited.values()))


def fleet_status(store: Store, sites: Sequence[FleetSite], *, as_of: datetime) -> FleetPlan | None:
    """How far the newest run is, as the store tells; None if there was none.

    A site that it does not plan is told as an earlier run for the same day left it.
    """
    runs = newest_begun(store, Verb.PLAN, as_of=as_of)
    if not runs:
        return None
    told = tuple(_newest_state(store.of_site(one.kept_as), one, runs) for one in sites)
    return FleetPlan(runs[0], told)


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


def _forecast(
    store: Store, keys: Sequence[SeriesKey], begun: Begun, make: MakeForecast
) -> tuple[Mapping[SeriesKey, str], Mapping[SeriesKey | None, str]]:
    """The model that forecast each market, and why there is none where it could not be."""
    models: dict[SeriesKey, str] = {}
    unforetold: dict[SeriesKey | None, str] = {}
    for key in keys:
        try:
            models[key] = shared_forecast(store, key, begun.origin, make).model
        except StoreError:
            raise
        except Exception as fault:  # noqa: BLE001 - a defect at one market does not end the others
            unforetold[key] = why_not(fault, f"prices {key}")
    return models, unforetold


def _longest_first(store: Store, sites: Sequence[FleetSite], origin: datetime) -> list[FleetSite]:
    """By the processor time of the newest plan, unknown ones in front: at the end none is long."""

    def took_s(site: FleetSite) -> float:
        own = store.of_site(site.kept_as)
        told = newest_result(own, Verb.PLAN, since=origin - TAKEN_WITHIN, as_of=origin)
        return inf if told is None else float(told["cpu_s"])

    return sorted(sites, key=took_s, reverse=True)


def _came_to_nothing(
    store: Store, site: FleetSite, begun: Begun, state: State, reason: str
) -> SitePlan:
    keep_refusal(store.of_site(site.kept_as), Verb.PLAN, reason, at=begun.origin)
    return SitePlan(site.name, state, reason=reason)


def _named(models: Mapping[SeriesKey, str], market: SeriesKey | None) -> tuple[str, ...]:
    return () if market is None else (models[market],)


def _published(store: Store, key: SeriesKey, day: date, as_of: datetime) -> bool:
    report = pipeline.gaps(store, key, first=day, last=day, as_of=as_of)
    return bool(report.expected) and not report.gaps


def _awaited(store: Store, sites: Sequence[FleetSite], day: date, now: datetime) -> list[Awaited]:
    found = [
        Awaited(key, day, spec(key).published_at(day), sum(one.task.market == key for one in sites))
        for key in markets(sites)
        if not _published(store, key, day, now)
    ]
    return sorted(found, key=lambda one: (one.due, one.market))


def _require_any(
    out: tuple[SeriesKey, ...], awaited: Mapping[SeriesKey | None, Awaited]
) -> tuple[SeriesKey, ...]:
    if out or not awaited:
        return out
    first = next(iter(awaited.values()))
    raise NotPublished(
        str(first.market),
        f"the prices of {first.day} are not all stored; they are due at "
        f"{first.due:%Y-%m-%d %H:%MZ}. Repeat it then, or name with --origin the instant whose "
        "knowledge is to be planned with",
    )


def _market_name(site: FleetSite) -> str:
    return "" if site.task.market is None else str(site.task.market)


def _newest_state(store: Store, site: FleetSite, runs: Sequence[Begun]) -> SitePlan:
    for begun in runs:
        told = _state(store, site, begun)
        planned = not begun.markets or _market_name(site) in begun.markets
        if planned or told.state is not State.WAITING:
            return told
    return SitePlan(site.name, State.WAITING)


def _state(store: Store, site: FleetSite, begun: Begun) -> SitePlan:
    known = result_of(store, Verb.PLAN, begun.key, at=begun.origin)
    if known is not None:
        return kept_plan(site.name, known)
    reason = refusal_of(store, Verb.PLAN, at=begun.origin)
    state = State.WAITING if reason is None else State.REFUSED
    return SitePlan(site.name, state, reason=reason)
