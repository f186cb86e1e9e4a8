"""When each job of the table runs, on ordinary days and on the nights the clock changes."""

import re
from collections import Counter
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from chocolate_factory.market.calendar import MADRID, day_bounds
from chocolate_factory.schedule import TABLE, Lane, next_fire
from chocolate_factory.schedule.table import missed

ORDINARY = date(2026, 11, 24)
SPRING = date(2026, 3, 29)
AUTUMN = date(2026, 10, 25)
ONCE_A_DAY = ("train-prices", "score", "savings-close", "backup", "retention")
BY_NAME = {timing.name: timing for timing in TABLE}


def fires(timing, day):
    """Its instants of a Madrid day."""
    start, end = day_bounds(day)
    found = []
    at = next_fire(timing, after=start - timedelta(microseconds=1))
    while at < end:
        found.append(at)
        at = next_fire(timing, after=at)
    return found


def wall(timing, day):
    return [f"{at.astimezone(MADRID):%H:%M}" for at in fires(timing, day)]


def test_an_ordinary_day_has_the_times_that_the_table_tells_people():
    said = {
        "gap-repair": ["03:40", "09:40", "15:40", "21:55"],
        "generation": ["06:40", "10:40", "14:40", "22:40"],
        "forecast": ["00:55", "13:55", "20:55"],
        "plan": ["01:10", "21:10"],
        "train-prices": ["04:20"],
        "train-advice": ["04:50"],
        "score": ["01:30"],
        "savings-close": ["01:45"],
        "backup": ["03:05"],
        "retention": ["04:05"],
        "weather-forecast": [f"{hour:02}:25" for hour in range(0, 24, 3)],
        "advise": [f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 15, 30, 45)],
        "alerts": [f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 15, 30, 45)],
    }
    hourly = {"pvpc": 35, "spot": 5, "weather": 8, "history": 40, "probe": 50}
    for name, minute in hourly.items():
        said[name] = [f"{hour:02}:{minute:02}" for hour in range(24)]
    times = {timing.name: wall(timing, ORDINARY) for timing in TABLE}
    watched = times.pop("day-ahead-watch")
    assert times == said
    assert watched[0] == "13:00"
    assert watched[35:37] == ["15:55", "20:15"]
    assert watched[-1] == "22:55"
    assert len(watched) == 36 + 33


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
@pytest.mark.parametrize("name", [*ONCE_A_DAY, "forecast", "plan", "gap-repair"])
def test_a_clock_change_neither_drops_nor_repeats_what_has_its_own_hours(name, day):
    assert wall(BY_NAME[name], day) == wall(BY_NAME[name], ORDINARY)


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25)])
@pytest.mark.parametrize(("name", "an_hour"), [("pvpc", 1), ("history", 1), ("alerts", 4)])
def test_what_runs_every_hour_runs_in_each_hour_of_a_short_and_a_long_day(
    name, an_hour, day, hours
):
    at = fires(BY_NAME[name], day)
    assert len(at) == hours * an_hour
    assert {later - earlier for earlier, later in pairwise(at)} == {
        timedelta(minutes=60 // an_hour)
    }


def test_times_of_several_parts_stay_in_order_in_the_repeated_hour(timing):
    twice = timing("twice", ("2", "50"), ("2", "10"))
    told = [at.strftime("%H:%MZ") for at in fires(twice, AUTUMN)]
    assert told == ["00:10Z", "00:50Z", "01:10Z", "01:50Z"]


def test_no_job_of_a_few_times_a_day_has_one_in_the_hour_that_clocks_skip_and_repeat():
    for timing in TABLE:
        for at in timing.at:
            if at.hour.startswith("*"):
                assert at.hour == "*" or 2 % int(at.hour.removeprefix("*/"))
            else:
                assert "2" not in re.split(r"[,-]", at.hour)


def test_a_time_is_not_its_own_next_one():
    (at,) = fires(BY_NAME["score"], ORDINARY)
    assert next_fire(BY_NAME["score"], after=at) == at + timedelta(days=1)
    assert next_fire(BY_NAME["score"], after=at - timedelta(microseconds=1)) == at


@pytest.mark.parametrize("timing", TABLE, ids=lambda timing: timing.name)
def test_jitter_never_reaches_the_next_time(timing):
    at = fires(timing, ORDINARY)
    gaps_s = [(later - earlier).total_seconds() for earlier, later in pairwise(at)]
    assert timing.jitter_s < min(gaps_s, default=86_400)


@pytest.mark.parametrize("name", ["history", "alerts", "day-ahead-watch"])
def test_what_runs_often_has_to_end_before_its_next_time(name):
    timing = BY_NAME[name]
    first, second, *_ = fires(timing, ORDINARY)
    assert timing.jitter_s + timing.time_limit_s <= (second - first).total_seconds()


def test_every_name_is_in_the_table_once_and_long_collecting_has_its_own_lane():
    assert set(Counter(timing.name for timing in TABLE).values()) == {1}
    assert len(TABLE) == 19
    history = {timing.name for timing in TABLE if timing.lane is Lane.HISTORY}
    assert history == {"history", "gap-repair"}


def test_a_plan_comes_after_the_forecast_it_needs_and_the_score_after_both():
    def jittered_by(name):
        (at,) = [at for at in fires(BY_NAME[name], ORDINARY) if at.astimezone(MADRID).hour < 2]
        return at, at + timedelta(seconds=BY_NAME[name].jitter_s)

    order = [jittered_by(name) for name in ("forecast", "plan", "score", "savings-close")]
    assert all(latest < first for (_, latest), (first, _) in pairwise(order))


def test_a_job_that_never_ran_missed_its_time(timing):
    noon = datetime(2026, 6, 15, 12, tzinfo=MADRID)
    assert missed(timing("noon"), last_started=None, now=noon - timedelta(hours=3))


def test_a_job_missed_its_time_once_that_passed_since_it_last_started(timing):
    noon = datetime(2026, 6, 15, 12, tzinfo=MADRID)
    yesterday = noon - timedelta(hours=23)
    assert not missed(timing("noon"), last_started=yesterday, now=noon - timedelta(seconds=1))
    assert missed(timing("noon"), last_started=yesterday, now=noon)
    assert not missed(timing("noon"), last_started=noon, now=noon + timedelta(hours=5))


def test_operations_lists_the_table_as_it_is():
    text = (Path(__file__).parents[2] / "docs/operations.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \| (.+) \| (.+) \| (.+) \|$", text, re.MULTILINE)
    lanes = [(timing.name, timing.when, timing.lane.value, timing.why) for timing in TABLE]
    assert [(name, when, lane, why) for name, when, lane, why in rows] == lanes
