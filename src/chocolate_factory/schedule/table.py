"""WHEN: the one table of jobs, and its instants on the Madrid wall clock.

Everything that asks when a job is due (the scheduler, the status page, catching up, simulated time)
asks ``next_fire``. An hour that the clock skips in March has no times, and one that it repeats in
October has each of its times twice; the jobs that run once a day therefore keep out of 02:00–03:00.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from apscheduler.triggers.cron import CronTrigger

from chocolate_factory.market.calendar import MADRID

_INSTANT = timedelta(microseconds=1)


class Lane(StrEnum):
    """Jobs of one lane run one after the other; lanes do not wait for each other."""

    FETCH = "fetch"  # what is new at the sources
    PLACES = "places"  # the weather of each of several sites: prices must not wait for hundreds
    HISTORY = "history"  # long collecting: it must not delay today's prices
    COMPUTE = "compute"  # models and plans by the schedule: one has the processors at a time
    CARE = "care"  # looking after the store and the sources
    MEASURE = "measure"  # what is asked for and takes hours: beside all that is scheduled


@dataclass(frozen=True, slots=True)
class At:
    """Times of day: ``hour`` and ``minute`` as in cron, on the Madrid wall clock."""

    hour: str
    minute: str


@dataclass(frozen=True, slots=True)
class Timing:
    """When a job runs.

    Parameters
    ----------
    name
        What it is called in the store, the log and on pages.
    at
        Its times; it runs whenever one of them comes.
    when
        The same for people, Madrid time.
    jitter_s
        It starts up to so much later, at random [s], so that not every plant asks at one second.
    time_limit_s
        It has to end within [s].
    lane
        What it never runs beside.
    why
        What it is for, one line.
    catch_up
        Whether a time that passed while nothing ran is made up for at the start.
    site
        The named site it is of; empty for a job of all sites, or of the only one.
    """

    name: str
    at: tuple[At, ...]
    when: str
    jitter_s: int
    time_limit_s: float
    lane: Lane
    why: str
    catch_up: bool = True
    site: str = ""

    @property
    def key(self) -> str:
        """Its name, with its site: ``plan@jaen``; unique in a table."""
        return key_of(self.name, self.site)


def key_of(job: str, site: str) -> str:
    """How the schedule calls a job of a site."""
    return f"{job}@{site}" if site else job


def at_sites(table: tuple[Timing, ...], sites: Mapping[str, Container[str]]) -> tuple[Timing, ...]:
    """``table`` for several sites: each line once for each site that has a job of that name.

    ``sites``: the names of the jobs of each site; the empty name stands for all of them.
    """
    return tuple(
        replace(timing, site=site)
        for timing in table
        for site, names in sites.items()
        if timing.name in names
    )


TABLE = (
    Timing(
        "pvpc",
        (At("*", "35"),),
        "every hour at :35",
        120,
        600,
        Lane.FETCH,
        "regulated prices that are due and missing",
    ),
    Timing(
        "spot",
        (At("*", "5"),),
        "every hour at :05",
        120,
        600,
        Lane.FETCH,
        "day-ahead prices that are due and missing",
    ),
    Timing(
        "day-ahead-watch",
        (At("13-15", "*/5"), At("20", "15-59/5"), At("21-22", "*/5")),
        "every 5 min, 13:00–15:59 and 20:15–22:59",
        60,
        240,
        Lane.FETCH,
        "tomorrow's prices as soon as they are published, then forecast and plan",
        catch_up=False,
    ),
    Timing(
        "weather",
        (At("*", "8"),),
        "every hour at :08",
        120,
        600,
        Lane.FETCH,
        "measured and analysed weather",
    ),
    Timing(
        "weather-forecast",
        (At("*/3", "25"),),
        "every 3 h at :25, from 00:25",
        180,
        600,
        Lane.FETCH,
        "weather of the coming days",
    ),
    Timing(
        "generation",
        (At("6,10,14,22", "40"),),
        "06:40, 10:40, 14:40, 22:40",
        180,
        900,
        Lane.FETCH,
        "generation by technology, and demand",
    ),
    Timing(
        "history",
        (At("*", "40"),),
        "every hour at :40",
        60,
        3000,
        Lane.HISTORY,
        "years that are not stored yet, newest first, until the history is whole",
    ),
    Timing(
        "gap-repair",
        (At("3,9,15", "40"), At("21", "55")),
        "03:40, 09:40, 15:40, 21:55",
        120,
        3000,
        Lane.HISTORY,
        "finds gaps in every series and asks for them again",
    ),
    Timing(
        "train-prices",
        (At("4", "20"),),
        "04:20",
        60,
        3600,
        Lane.COMPUTE,
        "trains the price models, keeps them as files, and forecasts anew",
    ),
    Timing(
        "forecast",
        (At("0,13,20", "55"),),
        "00:55, 13:55, 20:55",
        60,
        900,
        Lane.COMPUTE,
        "price forecasts, at the start of the day and after each publication",
    ),
    Timing(
        "plan",
        (At("1,21", "10"),),
        "01:10, 21:10",
        60,
        900,
        Lane.COMPUTE,
        "goes on with the plan in force and proposes a better one, once prices are published",
    ),
    Timing(
        "score",
        (At("1", "30"),),
        "01:30",
        60,
        900,
        Lane.COMPUTE,
        "scores every stored forecast whose prices are known, and says what is amiss",
    ),
    Timing(
        "savings-close",
        (At("1", "45"),),
        "01:45",
        60,
        900,
        Lane.COMPUTE,
        "closes yesterday's savings at the prices paid, and the excess power of a month over",
    ),
    Timing(
        "train-advice",
        (At("4", "50"),),
        "04:50",
        60,
        3600,
        Lane.COMPUTE,
        "learns the advice anew once a week, from prices and the plans that would have been best",
    ),
    Timing(
        "alerts",
        (At("*", "*/15"),),
        "every 15 min",
        30,
        120,
        Lane.CARE,
        "what a person should know now",
        catch_up=False,
    ),
    Timing(
        "advise",
        (At("*", "0,15,30,45"),),
        "every 15 min",
        5,
        120,
        Lane.CARE,
        "what to do in this hour, for pages to show",
    ),
    Timing(
        "backup",
        (At("3", "5"),),
        "03:05",
        120,
        3600,
        Lane.CARE,
        "a copy of everything that is stored, and of the configuration",
    ),
    Timing(
        "retention",
        (At("4", "5"),),
        "04:05",
        120,
        1800,
        Lane.CARE,
        "drops raw answers and run records past their age",
    ),
    Timing(
        "probe",
        (At("*", "50"),),
        "every hour at :50",
        300,
        300,
        Lane.CARE,
        "whether each source can be reached",
    ),
)


def next_fire(timing: Timing, *, after: datetime) -> datetime:
    """First of the job's times later than the instant ``after``, without jitter. UTC."""
    local = (after.astimezone(UTC) + _INSTANT).astimezone(MADRID)
    times: list[datetime] = [
        trigger.get_next_fire_time(None, local) for trigger in _triggers(timing.at)
    ]
    # In UTC: within one zone wall clocks are compared, which order October's repeated hour wrongly.
    return min(time.astimezone(UTC) for time in times)


def missed(timing: Timing, *, last_started: datetime | None, now: datetime) -> bool:
    """Whether one of the job's times passed since it last started; True if it never did."""
    return last_started is None or next_fire(timing, after=last_started) <= now


@lru_cache
def _triggers(at: tuple[At, ...]) -> tuple[CronTrigger, ...]:
    return tuple(CronTrigger(hour=t.hour, minute=t.minute, timezone=MADRID) for t in at)
