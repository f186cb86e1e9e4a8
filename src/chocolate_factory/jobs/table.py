"""WHAT EACH NAME OF THE SCHEDULE'S TABLE DOES. Each is a loop over the verbs.

Alone, a factory does all of it. Where there are several, what concerns the market is done once,
for all, and each site does what is its own, under its own key: one that fails stops no other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from chocolate_factory.jobs.advice import advise, train_advice
from chocolate_factory.jobs.alerts import alerts, alerts_of_all
from chocolate_factory.jobs.apart import Place, here
from chocolate_factory.jobs.collecting import (
    history,
    others,
    outlook,
    prices,
    recent,
    repair_nightly,
    repair_weather,
    watch,
    weather_history,
)
from chocolate_factory.jobs.factory import Factory, Sites, Zone
from chocolate_factory.jobs.foretelling import forecast, score, train_prices
from chocolate_factory.jobs.keeping import backup, probe, retention
from chocolate_factory.jobs.planning import plan, savings_close, timings_of
from chocolate_factory.schedule import Job, JobResult, Lane, Progress, Timing, at_sites, key_of

Whose = TypeVar("Whose", bound=Zone)
Doing = Callable[[Whose, datetime, Progress], JobResult]

_FOR_ALL: Mapping[str, Doing[Zone]] = {
    "pvpc": lambda zone, now, tell: prices(zone, zone.feeds.pvpc)(now, tell),
    "spot": lambda zone, now, tell: prices(zone, zone.feeds.spot)(now, tell),
    "day-ahead-watch": watch,
    "weather": lambda zone, now, tell: recent(zone, zone.feeds.weather, now, tell),
    "weather-forecast": outlook,
    "generation": others,
    "history": history,
    "gap-repair": repair_nightly,
    "train-prices": train_prices,
    "score": score,
    "backup": backup,
    "retention": retention,
    "probe": probe,
}
_OF_PLANT: Mapping[str, Doing[Factory]] = {
    "savings-close": savings_close,
    "advise": advise,
    "alerts": alerts,
}
_OF_PLACE: Mapping[str, Doing[Factory]] = {
    "weather": lambda site, now, tell: recent(site, site.feeds.weather, now, tell),
    "weather-forecast": outlook,
    "history": weather_history,
    "gap-repair": repair_weather,
}
OF_PLANT_JOBS = frozenset({*_OF_PLANT, "plan", "train-advice"})
"""Jobs that are done for each plant."""
OF_SITE_JOBS = frozenset({*_OF_PLACE, *OF_PLANT_JOBS})
"""Jobs that each of several sites does for itself."""
PASSED_ON = frozenset({"plan", "train-advice"})
"""What follows at every site from what became known to all."""


def jobs_of(factory: Factory, place: Place = here) -> Mapping[str, Job]:
    """What each name of the table does for a factory that is alone, or its own zone; what computes
    for seconds at ``place``."""
    return {**_of_zone(factory, place), **_of_plant(factory, place)}


def every_job(sites: Sites, place: Place = here) -> tuple[tuple[Timing, ...], Mapping[str, Job]]:
    """The table of all that is done for ``sites``, and what each of its keys does.

    Where a cluster plans after publication, no plan follows what became known: see ``timings_of``.
    """
    zone = sites.zone
    common: Mapping[str, Job] = (
        jobs_of(zone, place)
        if isinstance(zone, Factory)
        else {**_of_zone(zone, place), "alerts": partial(alerts_of_all, zone)}
    )
    own: Mapping[str, Mapping[str, Job]] = {
        name: {**_bound(_OF_PLACE, site), **_of_plant(site, place)}
        for name, site in sites.named.items()
    }
    table = tuple(
        replace(timing, lane=Lane.PLACES) if timing.site and timing.lane is Lane.FETCH else timing
        for timing in at_sites(timings_of(zone.settings), {"": common, **own})
    )

    def for_all(name: str) -> tuple[str, ...]:
        if name == "plan" and zone.settings.cluster_url:
            return ()
        passed_on = [key_of(name, site) for site in own] if name in PASSED_ON else []
        return (*([name] if name in common else []), *passed_on)

    jobs = {name: _followed(job, for_all) for name, job in common.items()}
    for site, named in own.items():
        at_site = partial(_at_site, site)
        jobs |= {key_of(name, site): _followed(job, at_site) for name, job in named.items()}
    return table, jobs


def _of_zone(zone: Zone, place: Place) -> dict[str, Job]:
    return {**_bound(_FOR_ALL, zone), "forecast": partial(place, forecast, zone)}


def _of_plant(factory: Factory, place: Place) -> dict[str, Job]:
    return {
        **_bound(_OF_PLANT, factory),
        "plan": partial(plan, factory, place=place),
        "train-advice": partial(train_advice, factory, place=place),
    }


def _bound(doings: Mapping[str, Doing[Whose]], whose: Whose) -> dict[str, Job]:
    return {name: partial(doing, whose) for name, doing in doings.items()}


def _at_site(site: str, name: str) -> tuple[str, ...]:
    return (key_of(name, site),)


def _followed(job: Job, keys: Callable[[str], tuple[str, ...]]) -> Job:
    """``job`` with what follows it by the keys of the table."""

    def work(now: datetime, tell: Progress) -> JobResult:
        result = job(now, tell)
        return replace(result, then=tuple(key for name in result.then for key in keys(name)))

    return work
