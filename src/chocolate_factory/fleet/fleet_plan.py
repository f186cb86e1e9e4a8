"""The whole fleet planned: the prices of each zone forecast once, then every site."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import inf
from time import perf_counter

from chocolate_factory import pipeline
from chocolate_factory.errors import NotPublished, RequestInvalid, StoreError
from chocolate_factory.fleet.limited import SITE_LIMIT_S
from chocolate_factory.fleet.memory import Errand, Opens
from chocolate_factory.fleet.naming import program
from chocolate_factory.fleet.planning import (
    FleetSite,
    PlanJob,
    SitePlan,
    State,
    as_it_stands,
    kept_plan,
    plan_site,
    why_not,
)
from chocolate_factory.fleet.results import (
    RESUMED_WITHIN,
    Asked,
    Begun,
    Verb,
    asked_of,
    begin_at,
    begin_for,
    keep_asked,
    keep_refusal,
    key_of,
    mark,
    newest_begun,
    refusal_of,
    results,
    under,
)
from chocolate_factory.fleet.spreading import Lost, Spread
from chocolate_factory.fleet.totals import Expected, expected
from chocolate_factory.market.calendar import MADRID, delivery_day, local_text, utc_iso
from chocolate_factory.market.catalog import DAY, spec
from chocolate_factory.market.series import Forecast, SeriesKey
from chocolate_factory.standing import KeptPlan, standing
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
        return f"the prices of {self.day} ({self.market}), due at {local_text(self.due)}"


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """What became of every site, in the order of the sites, in a run or so far.

    ``awaited``: the markets whose sites wait, those that are due first before others. ``others``:
    sites of the run that were not asked about, as the store calls them.
    """

    begun: Begun
    sites: tuple[SitePlan, ...]
    seconds: float = 0.0
    awaited: tuple[Awaited, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def total(self) -> Expected:
        """The sums over the sites whose plan in force is of this run."""
        return expected(self.sites)

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
    limit_s: float = SITE_LIMIT_S,
) -> FleetPlan:
    """Plan the sites of every market whose prices of tomorrow are out; the others wait.

    A site that has a plan since those prices came out is not planned again, unless its plant,
    orders, contract or rules are others now. One that cannot be
    planned, and those of a market whose prices cannot be forecast, are told with the reason and
    hold back no other; so is one that takes longer than ``limit_s``.

    A run that was interrupted is taken up, unless a market came out after its origin, or a site
    is to be planned again. ``opens`` gives those who work the same store. ``origin``: plan all as
    of that instant, whatever is published, once for each such instant.

    Raises ``NotPublished`` if all sites wait for tomorrow's prices of their market;
    ``RequestInvalid`` as ``require_lately``; ``ClusterUnavailable``, ``StoreError``.
    """
    began_s = perf_counter()
    if origin is not None:
        require_lately(origin, now=now)
    awaited: dict[SeriesKey | None, Awaited] = {}
    if origin is None:
        awaited = {one.market: one for one in require_out(store, sites, now)}
    ready = [one for one in sites if one.task.market not in awaited]
    day = None if origin is not None else delivery_day(now) + DAY
    told, left, changed_at = _kept_and_left(store, ready, day, origin or now)
    if day is None:
        begun = begin_at(store, Verb.PLAN, origin or now)
    else:

        def sees(at: datetime) -> bool:
            newer = changed_at is None or at > changed_at
            return newer and all(_published(store, key, day, at) for key in markets(left))

        within = RESUMED_WITHIN if left else DAY
        begun = begin_for(store, Verb.PLAN, day, now=now, within=within, sees=sees)
    keep_asked(
        store,
        begun,
        Asked(
            planned=frozenset(one.kept_as for one in left),
            waiting=frozenset(one.kept_as for one in sites if one.task.market in awaited),
        ),
    )
    models, unforetold = _forecast(store, markets(left), begun, make_forecast)
    told |= {
        one.kept_as: _came_to_nothing(store, one, begun, State.REFUSED, unforetold[one.task.market])
        for one in left
        if one.task.market in unforetold
    }
    errand = Errand(opens, begun, program())
    jobs = [
        PlanJob(errand, site, (*_named(models, site.task.market), *pipeline.MODELS), limit_s)
        for site in left
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
    # a clock that goes behind that of who began the run would not see what has come of it
    by_now = max(now, begun.origin) + timedelta(seconds=perf_counter() - began_s)
    ordered = tuple(
        _by_now(store, one, told[one.kept_as], by_now)
        if one.kept_as in told
        else _by_now(
            store,
            one,
            SitePlan(one.name, State.WAITING, reason=f"waits for {awaited[one.task.market]}"),
            by_now,
        )
        for one in sites
    )
    return FleetPlan(begun, ordered, perf_counter() - began_s, tuple(awaited.values()))


def require_lately(origin: datetime, *, now: datetime) -> None:
    """Raise ``RequestInvalid`` unless ``origin`` is now or was a few minutes ago.

    Plans are in force from their origin on, so a run of another day would write another history.
    """
    if not timedelta(0) <= now - origin <= RESUMED_WITHIN:
        minutes = RESUMED_WITHIN // timedelta(minutes=1)
        raise RequestInvalid(
            f"--origin {local_text(origin)}: plans are in force from then on, so it is now or at "
            f"most {minutes} minutes ago, and now it is {local_text(now)}. For one plant, "
            "`plan --as-of` shows what another instant would have planned, and keeps nothing"
        )


def require_out(store: Store, sites: Sequence[FleetSite], now: datetime) -> tuple[Awaited, ...]:
    """The markets whose prices of tomorrow are not all stored, those that are due first in front.

    Raises ``NotPublished`` if every site waits for one of them: those of agreed prices never do.
    """
    day = delivery_day(now) + DAY
    found = [
        Awaited(key, day, spec(key).published_at(day), sum(one.task.market == key for one in sites))
        for key in markets(sites)
        if not _published(store, key, day, now)
    ]
    found.sort(key=lambda one: (one.due, one.market))
    if found and sum(one.sites for one in found) == len(sites):
        raise _none_out(found, now)
    return tuple(found)


def fleet_status(store: Store, sites: Sequence[FleetSite], *, as_of: datetime) -> FleetPlan | None:
    """How far the newest run is, as the store tells; None if there was none.

    A site that it does not plan is told as an earlier run for the same day left it, and one that
    none of them was asked for as absent. One that came to nothing there and was planned since, as
    by the schedule, has its plan.
    """
    runs = newest_begun(store, Verb.PLAN, as_of=as_of)
    if not runs:
        return None
    asked = [(run, asked_of(store, run)) for run in runs]
    told = tuple(
        _by_now(store, one, _newest_state(store.of_site(one.kept_as), one, asked, as_of), as_of)
        for one in sites
    )
    every = frozenset().union(*(one.planned | one.waiting for _, one in asked))
    others = every - {one.kept_as for one in sites}
    return FleetPlan(runs[0], told, others=tuple(sorted(others)))


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


def _kept_and_left(
    store: Store, sites: Sequence[FleetSite], day: date | None, at: datetime
) -> tuple[dict[str, SitePlan], list[FleetSite], datetime | None]:
    """What is planned already, by site, the sites that are left to plan, and of when the newest
    plan of those is that have one, of what they had before.

    Those left by the processor time of their newest plan, unknown ones in front: at the end none
    is long.
    """
    kept: dict[str, SitePlan] = {}
    took_s: dict[str, float] = {}
    changed: list[datetime] = []
    for site in sites:
        own = store.of_site(site.kept_as)
        told = results(own, Verb.PLAN, since=at - TAKEN_WITHIN, as_of=at)
        before = under(told, key_of(day, at, site.task.market))
        known = kept_plan(site, before)
        if known is not None:
            kept[site.kept_as] = known
        elif before and "origin" in before[-1]:
            changed.append(datetime.fromisoformat(before[-1]["origin"]))
        took_s[site.kept_as] = float(told[-1][1].get("cpu_s", inf)) if told else inf
    left = [one for one in sites if one.kept_as not in kept]
    left.sort(key=lambda one: took_s[one.kept_as], reverse=True)
    return kept, left, max(changed, default=None)


def _by_now(store: Store, site: FleetSite, told: SitePlan, as_of: datetime) -> SitePlan:
    """``told`` as it stands; as it is where a worker said so a moment ago, or nothing can be read.

    What is damaged at one site holds back no other.
    """
    if told.state is State.DONE:
        return told
    try:
        return as_it_stands(store.of_site(site.kept_as), site, told, as_of=as_of)
    except Exception as fault:  # noqa: BLE001 - what cannot be read is said, whatever it is
        why = f"its plan cannot be read: {why_not(fault, f'site {site.name}')}"
        return replace(told, plan_id=None, reason=told.reason or why)


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


def _none_out(awaited: Sequence[Awaited], now: datetime) -> NotPublished:
    when = "; ".join(
        f"{one.market} {'is' if one.due > now else 'was'} due at {local_text(one.due)}"
        for one in awaited
    )
    return NotPublished(
        ", ".join(str(one.market) for one in awaited),
        f"the prices of {awaited[0].day} are not all stored: {when}. Repeat it once they are, or "
        "plan with what is known by now: "
        f"--origin {now.astimezone(MADRID).isoformat(timespec='minutes')}",
    )


def _newest_state(
    store: Store, site: FleetSite, runs: Sequence[tuple[Begun, Asked]], as_of: datetime
) -> SitePlan:
    newest, (since, until) = runs[0][0], runs[0][0].within
    told = results(store, Verb.PLAN, since=since, as_of=until)
    before = under(told, newest.key(site.task.market))
    known = kept_plan(site, before)
    if known is not None:
        return known
    tried = next((run for run, asked in runs if site.kept_as in asked.planned), None)
    if tried is not None:
        of_before = {one.get("plan_id") for one in before}
        found = _since_tried(store, site, tried, as_of=as_of, of_before=of_before)
        if found is not None:
            return found
    if before:
        other = "has another plant, orders, contract or rules than it was planned with"
        return SitePlan(site.name, State.WAITING, reason=other)
    if tried is not None:
        return SitePlan(site.name, State.WAITING)
    if any(site.kept_as in asked.waiting for _, asked in runs):
        return SitePlan(site.name, State.WAITING, reason="waits for the prices of its market")
    return SitePlan(site.name, State.ABSENT, reason="is not among the sites of this run")


def _since_tried(
    store: Store, site: FleetSite, run: Begun, *, as_of: datetime, of_before: Set[object]
) -> SitePlan | None:
    """What came of a site in a run that left no result ``of_before``: nothing, and nobody planned
    it since, or somebody else did; None if neither is known."""
    running = _running(store, site, as_of)
    planned_at = None if running is None else running.made_at
    reason = refusal_of(store, Verb.PLAN, since=run.origin, as_of=run.origin, planned_at=planned_at)
    if reason is not None:
        return SitePlan(site.name, State.REFUSED, reason=reason)
    if running and running.made_at > run.origin and running.plan_id not in of_before:
        return SitePlan(site.name, State.KEPT, origin=utc_iso(running.made_at))
    return None


def _running(store: Store, site: FleetSite, as_of: datetime) -> KeptPlan | None:
    """The plan in force; None also where it cannot be read, which ``_by_now`` tells."""
    try:
        return standing(store, as_of=as_of, slot=site.task.plant.slot).in_force
    except Exception:  # noqa: BLE001 - what is damaged at one site holds back no other
        return None
